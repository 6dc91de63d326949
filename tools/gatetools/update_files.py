"""Changed firmware files onto a gate in service mode, all of them or none. The gate's side: firmware/gate/update.py."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gatetools.build import SETTINGS_FILES
from gatetools.service_errors import GateFailed, ServiceModeError
from gatetools.service_mode import FileOnGate, ServiceMode
from gatetools.sim.board import names

STAGING = "update/"
LAST = "gate/update.mpy"  # the one that began puts the others in place
KEPT = (*SETTINGS_FILES, "board.py")
OWN_FOLDERS = ("gate/", "lib/", "boards/")
CODE = (".py", ".mpy")
FOLDER_BLOCKS = 2  # LittleFS keeps a folder in a pair of blocks
SPARE_BLOCKS = 4  # the staging folder, and what LittleFS moves while it writes
BOARD_LINE = re.compile(rb"from boards\.(\w+) import \*\s*")
PLAIN_PATH = re.compile(r"[!-~]+(?: [!-~]+)*")
VERSION = re.compile(r"[0-9A-Za-z.+-]{1,20}")
MPY_VERSION = "import sys\nprint(sys.implementation._mpy & 0xFF)"
ROOM = "import os\nroom = os.statvfs('/')\nprint(room[0], room[4])"
FINISH = "from gate import update\nupdate.finish()"


class CannotUpdate(Exception):
    """This firmware does not go onto this gate; nothing has changed there. The text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an update does: `put` path -> content, in the order in which it happens; `drop`: files that go."""

    put: Mapping[str, bytes]
    drop: tuple[str, ...]

    @property
    def size_bytes(self) -> int:
        """What has to be sent."""
        return sum(map(len, self.put.values()))

    def manifest(self) -> bytes:
        """As `gate/update.py` describes it."""
        lines = [f"put {sha256(data)} {path}" for path, data in self.put.items()]
        return "\n".join([*lines, *(f"drop {path}" for path in self.drop), "end", ""]).encode()

    def needs_bytes(self, block_bytes: int) -> int:
        """Room that the staged files take, and the copy on its way to its place, at most."""
        folders = {str(parent) for path in self.put for parent in Path(path).parents}
        contents = [*self.put.values(), self.manifest(), max(self.put.values(), key=len, default=b"")]
        blocks = sum(-(-len(data) // block_bytes) for data in contents)
        return (blocks + SPARE_BLOCKS + FOLDER_BLOCKS * len(folders)) * block_bytes


def sha256(data: bytes) -> str:
    """In hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def plan(wanted: Mapping[str, bytes], there: Mapping[str, FileOnGate]) -> Plan:
    """What leads from the files that are there to the firmware. Settings, board.py and people's own files stay."""
    changed = [path for path, data in wanted.items() if path not in there or there[path].sha256 != sha256(data)]
    changed.sort(key=lambda path: (path == LAST, path))
    drop = (path for path in sorted(there) if path not in wanted and _is_firmware(path))
    return Plan({path: wanted[path] for path in changed}, tuple(drop))


def odd(there: Iterable[str]) -> list[str]:
    """Paths that no firmware has and no manifest can carry; they are left alone, for nothing imports them."""
    return sorted(path for path in there if not PLAIN_PATH.fullmatch(path))


def _is_firmware(path: str) -> bool:
    if path in KEPT or path.startswith(STAGING) or odd([path]):
        return False
    return path.startswith(OWN_FOLDERS) or path.endswith(CODE)


def check_board(service: ServiceMode, wanted: str | None) -> str:
    """The board that the gate is soldered to, as its board.py says. CannotUpdate if that is none, or not the wanted."""
    try:
        match = BOARD_LINE.fullmatch(service.read_file("board.py"))
    except GateFailed:
        match = None
    found = match[1].decode() if match else ""
    if found not in names():
        raise CannotUpdate(f"{service.port}: there is no Gatehouse firmware on this chip. Run gate flash first.")
    if wanted not in (None, found):
        raise CannotUpdate(
            f"{service.port}: this gate's board is {found}, not {wanted}: is it the right gate? To turn it into another"
            " board, use gate flash."
        )
    return found


def check_interpreter(service: ServiceMode, wanted: Mapping[str, bytes]) -> None:
    """CannotUpdate if the MicroPython on the gate does not load these files."""
    needed = {data[1] for path, data in wanted.items() if path.endswith(".mpy")}
    if {service.run(MPY_VERSION).strip()} != {str(version) for version in needed}:
        raise CannotUpdate(f"{service.port}: the gate's MicroPython does not load this firmware. Use gate flash.")


def check_room(service: ServiceMode, chosen: Plan, there: Mapping[str, FileOnGate]) -> None:
    """CannotUpdate if the gate's file system has no room beside the old files."""
    try:
        block_bytes, free_blocks = map(int, service.run(ROOM).split())
        freed = sum(-(-file.size_bytes // block_bytes) for path, file in there.items() if path.startswith(STAGING))
    except (ValueError, ZeroDivisionError):
        raise CannotUpdate(f"{service.port}: the gate does not tell how much room it has. Use gate flash.") from None
    needs, has = chosen.needs_bytes(block_bytes), (free_blocks + freed) * block_bytes
    if needs > has:
        raise CannotUpdate(
            f"{service.port}: the gate's file system is full: this update needs {needs} bytes and it has {has}. Nothing"
            " has changed. Remove files that are not Gatehouse's, or use gate flash."
        )


def running_version(service: ServiceMode) -> str:
    """Of the firmware that lies on the gate, "unknown" if it does not say."""
    try:
        told = service.run("from gate import version\nprint(version.FIRMWARE)").strip()
    except GateFailed:
        return "unknown"
    return told if VERSION.fullmatch(told) else "unknown"


def settle(service: ServiceMode) -> None:
    """An update that was interrupted is put in place if it was decided on, else dropped."""
    try:
        service.run(FINISH)
    except GateFailed:
        raise CannotUpdate(f"{service.port}: the firmware on this gate cannot be updated. Use gate flash.") from None


def send(service: ServiceMode, chosen: Plan, progress: Callable[[int], None]) -> None:
    """Stage, verify, decide. `progress`: told how many bytes more have arrived. Until the decision nothing changes."""
    service.run("from gate import update\nupdate.begin()")
    staged = {f"{STAGING}{number}": data for number, data in enumerate(chosen.put.values())}
    staged[f"{STAGING}manifest"] = chosen.manifest()
    for path, data in staged.items():
        before = 0

        def advance(written: int) -> None:
            nonlocal before
            progress(written - before)
            before = written

        service.write_file(path, data, advance)
    arrived = service.hashes()
    if any(path not in arrived or arrived[path].sha256 != sha256(data) for path, data in staged.items()):
        raise ServiceModeError(
            f"{service.port}: what arrived is not what was sent. Nothing has changed. Is the cable sound? Try again."
        )
    service.run("update.commit()")
