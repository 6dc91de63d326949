"""What the doctor asks of the operating system. Never writes; never waits longer than PROBE_S for anything.

`root` stands for "/", so that everything that parses /sys, /proc, /dev and /etc can be shown another machine's files.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

PROBE_S = 2.0
TEXT_MAX_BYTES = 65536


class ProbeTimedOut(Exception):
    """Something did not answer within PROBE_S; the text names it."""


@dataclass(frozen=True, slots=True)
class User:
    """Who runs the doctor. `groups`: ids of all groups that this session has."""

    name: str
    uid: int
    groups: frozenset[int]


@dataclass(frozen=True, slots=True)
class PortSeen:
    """A serial port that the system lists. `what`: the system's description."""

    device: str
    what: str


def this_user() -> User:
    """The user of this process. Windows has no ids: 0, and permissions are not looked at there."""
    if sys.platform == "win32":
        return User(os.environ.get("USERNAME", ""), 0, frozenset())
    import pwd

    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:  # a container's user that nobody has named
        name = str(uid)
    return User(name, uid, frozenset({os.getegid(), *os.getgroups()}))


def listed_ports() -> list[PortSeen]:
    """Every serial port that pyserial finds."""
    return [PortSeen(str(port.device), str(port.description)) for port in list_ports.comports()]


class System:
    """The operating system, or a folder that looks like one."""

    def __init__(
        self,
        root: Path = Path("/"),
        *,
        platform: str = sys.platform,
        programs: str | None = None,
        user: User | None = None,
        ports: Callable[[], list[PortSeen]] = listed_ports,
    ) -> None:
        """`programs`: folders where commands are looked for, None = those of PATH. `platform`: as sys.platform."""
        self.root = root
        self.platform = platform
        self.user = user or this_user()
        self.ports = ports
        self._programs = programs

    def path(self, name: str) -> Path:
        """Where a file lies that the system calls `name`."""
        return self.root / name.lstrip("/") if name.startswith("/") else Path(name)

    def name(self, path: Path) -> str:
        """What the system calls a file that lies at `path`, links followed."""
        try:
            # Not Path.resolve: that raises where links turn in a circle.
            real, root = Path(os.path.realpath(path)), Path(os.path.realpath(self.root))
        except ValueError:  # a name that no file can have
            return str(path)
        return f"/{real.relative_to(root)}" if real.is_relative_to(root) else str(real)

    def there(self, name: str) -> bool:
        """Whether there is a file of this name, links followed."""
        try:
            self.path(name).stat()
        except (OSError, ValueError):
            return False
        return True

    def text(self, name: str) -> str | None:
        """The beginning of a file's text without the white space around it; None if it is none or cannot be read."""
        path = self.path(name)
        try:
            if not path.is_file():  # a pipe would keep us
                return None
            with path.open("rb") as file:
                return file.read(TEXT_MAX_BYTES).decode("utf-8", "replace").strip()
        except OSError:
            return None

    def names(self, folder: str) -> list[str]:
        """What a folder holds, sorted; nothing if it cannot be read."""
        try:
            return sorted(entry.name for entry in self.path(folder).iterdir())
        except OSError:
            return []

    def processes(self) -> Iterable[tuple[int, str]]:
        """(pid, name) of every other process that can be seen."""
        for entry in self.names("/proc"):
            if entry.isdecimal() and int(entry) != os.getpid():
                yield int(entry), self.text(f"/proc/{entry}/comm") or ""

    def run(self, *command: str) -> str | None:
        """What a command prints, whatever its exit status; None if there is no such command. ProbeTimedOut."""
        program = shutil.which(command[0], path=self._programs)
        if program is None:
            return None
        try:
            done = subprocess.run(
                [program, *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=PROBE_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ProbeTimedOut(" ".join(command)) from None
        except OSError:
            return None
        return done.stdout[:TEXT_MAX_BYTES].decode("utf-8", "replace").strip()
