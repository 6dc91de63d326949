"""The gatehouse of the rush: enrolled lanes, five platforms, one process on one core, and what it says of itself."""

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from gatehouse.keyfile import KeyFile
from gatelink.keys import GateKeys

from tests.bench.rush import whole_gates
from tests.bench.rush.town import REGIONS, Stands

# The shipped files spare a platform more than a rush does.
FAST = "\n[limits]\nrequests_per_s = 2000.0\nburst = 2000\n"
LIMITS = re.compile(r"^\[limits\]\n(?:[^\[\n].*\n|\n)*", re.MULTILINE)
OPENED = re.compile(r"(\w+): breaker is open")
MEGABYTE = 1 << 20
LOOK_S = 0.2
TAP = '{"event": "tap"'  # as such a line begins


class House:
    """`folder`: where everything of it lies. `core`: the one that it runs on, None for any.

    keys: of the lanes without firmware. whole: names of those with, whose flash lies in `whole_folder`.
    """

    def __init__(self, folder: Path, lanes: int, whole: int, core: int | None) -> None:
        self._folder = folder
        self._core = core
        self.events = folder / "events.jsonl"
        keys = KeyFile(folder / "keys" / "keys.db", create=True, protector="file")
        self.whole = [f"W{number}" for number in range(whole)]
        self.whole_folder = folder / "whole"
        self.whole_folder.mkdir()
        self._whole_urls = whole_gates.enrol(keys, self.whole_folder, self.whole)
        self.keys = []
        for number in range(lanes):
            identity, static_key, chain_key = os.urandom(8), os.urandom(32), os.urandom(32)
            keys.add_gate(identity, f"L{number:03d}", static_key, chain_key)
            self.keys.append(GateKeys(identity, static_key, 0, chain_key))
        keys.close()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, urls: list[str], town: dict[str, Stands]) -> None:
        """Begin to serve."""
        config = self._folder / "gatehouse.toml"
        config.write_text(self._settings([*urls, *self._whole_urls], town), encoding="utf-8")
        command = [sys.executable, "-m", "gatehouse.cli", "run", "--config", str(config), "--events", str(self.events)]
        log = (self._folder / "house.log").open("wb")
        with log:
            self._process = subprocess.Popen(command, stderr=log, stdout=log)
        if self._core is not None:
            os.sched_setaffinity(self._process.pid, {self._core})

    def _settings(self, urls: list[str], town: dict[str, Stands]) -> str:
        text = '[store]\ndata = "data"\nkeys = "keys/keys.db"\nprotector = "file"\n[lane]\nanswer_limit_ms = 1500\n'
        text += "".join(f'[[port]]\nurl = "{url}"\n' for url in urls)
        for name, one in town.items():
            dialect = files("gatehouse").joinpath("platforms", f"{name}.toml").read_text(encoding="utf-8")
            (self._folder / f"{name}.toml").write_text(LIMITS.sub("", dialect) + FAST, encoding="utf-8")
            secrets = self._folder / f"{name}.credentials"
            secrets.touch(0o600)
            secrets.write_text("".join(f'{key} = "{value}"\n' for key, value in one.credentials.items()), "utf-8")
            text += f'[platforms.{name}]\ndialect = "{name}.toml"\nurl = "{one.url}"\ncredentials = "{secrets.name}"\n'
        return text + "".join(
            f'[[route]]\nregions = ["{first}"]\nask = ["{name}"]\n' for name, first in REGIONS.items()
        )

    @property
    def pid(self) -> int:
        """Of the process, 0 before its start."""
        return self._process.pid if self._process is not None else 0

    def memory_mb(self) -> float:
        """What the process holds now."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE

    def busy_s(self) -> float:
        """Seconds of a processor that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def await_whole(self, limit_s: float) -> None:
        """Until the gates with firmware have their sessions. TimeoutError."""
        until_s = time.monotonic() + limit_s
        missing = set(self.whole)
        while missing:
            if time.monotonic() > until_s:
                raise TimeoutError(f"gates with firmware have no session: {', '.join(sorted(missing))}")
            time.sleep(LOOK_S)
            events = map(json.loads, self.events.read_text(encoding="utf-8").splitlines()[:-1])
            missing -= {event["lane"] for event in events if event["event"] == "up"}

    def taps(self, since: int) -> tuple[list[float], list[float], int]:
        """Of each tap told since that place in its events: the process's own share in ms, and how long it took in all.

        And the place after them.
        """
        with self.events.open(encoding="utf-8") as file:
            file.seek(since)
            shares, waits = [], []
            while line := file.readline():
                if not line.endswith("\n"):
                    break
                since = file.tell()
                if TAP in line:
                    event = json.loads(line)
                    shares.append(float(event["ms"]))
                    waits.append(float(event["waited_ms"]))
        return shares, waits, since

    def rests(self) -> Counter[str]:
        """How often each platform's breaker has opened until now, as the log tells it."""
        return Counter(OPENED.findall((self._folder / "house.log").read_text(encoding="utf-8")))

    def log(self) -> str:
        """The last lines of its log."""
        return "".join((self._folder / "house.log").read_text(encoding="utf-8").splitlines(keepends=True)[-10:])

    def end(self) -> None:
        """Ask it to end, and wait."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)


class Beside:
    """A process of the rush that is told line by line what to do: `town` or `whole_gates`."""

    def __init__(self, module: str, *arguments: str) -> None:
        command = [sys.executable, "-m", f"tests.bench.rush.{module}", *arguments]
        self._module = module
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid
        self._expect("ready")

    def tell(self, line: str) -> None:
        """What is done when this returns."""
        self.begin(line)
        self._expect("done")

    def begin(self, line: str) -> None:
        """What takes a while; `answer` is what comes of it."""
        if self._process.stdin is not None:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def answer(self) -> str:
        """The next line that it says. RuntimeError if it has ended."""
        said = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not said:
            raise RuntimeError(f"{self._module} has ended")
        return said.strip()

    def _expect(self, word: str) -> None:
        said = self.answer()
        if said != word:
            raise RuntimeError(f"{self._module} said {said!r} instead of {word}")

    def end(self) -> None:
        """End its input, and wait."""
        self._process.communicate()


@contextlib.contextmanager
def own_core() -> Iterator[int | None]:
    """A core for the gatehouse alone: what is started meanwhile runs on the others. None where there are no others."""
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) == 1:
        yield None
        return
    every = os.sched_getaffinity(0)
    core = min(every)
    os.sched_setaffinity(0, every - {core})
    try:
        yield core
    finally:
        os.sched_setaffinity(0, every)


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder for one rush."""
    return tempfile.TemporaryDirectory(prefix="rush", ignore_cleanup_errors=True)
