"""All of it, one after the other, each import in a process of its own."""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gatehouse.register import Register

from tests.bench.register import people
from tests.bench.register.trial import KEY

PEOPLE = 10_000_000
QUIET_S = 3.0  # of lookups beside nothing


@dataclass(frozen=True, slots=True)
class Trial:
    """One import of so many people."""

    people: int
    seconds: float
    cpu_s: float
    memory_mb: float

    @property
    def rate(self) -> float:
        """People a second."""
        return self.people / self.seconds


@dataclass(frozen=True, slots=True)
class AtSize:
    """bare, load: the better of two. csv: into an empty register; again: all of them anew. *_ms: of single lookups.

    file_mb: of the register's file after both, with what it keeps free for the next import.
    """

    people: int
    bare: Trial
    load: Trial
    csv: Trial
    again: Trial
    quiet_ms: list[float]
    beside_ms: list[float]
    bytes_per_person: float
    file_mb: float


def measure(count: int, build: Path, told: Callable[[str], None]) -> AtSize:
    """With so many people, in a folder under `build` that is gone afterwards. `told(what is done now)`."""
    build.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as name:
        folder = Path(name)
        tries: dict[str, list[Trial]] = {"bare": [], "load": []}
        for nth in range(2):
            for way, found in tries.items():
                told(f"{way}, {nth + 1} of 2")
                found.append(trial(way, folder, count, generation=1))
                for left in folder.iterdir():
                    left.unlink()
        told("writing a file of people")
        people.write_csv(folder / "people.csv", count, generation=1)
        told("csv, into an empty register")
        first = trial("csv", folder, count, generation=1)
        told("lookups beside nothing")
        with asking(folder, count) as quiet_ms:
            time.sleep(QUIET_S)
        people.write_csv(folder / "people.csv", count, generation=2)
        told("csv, everybody anew, lookups beside it")
        with asking(folder, count) as beside_ms:
            again = trial("csv", folder, count, generation=2)
        told("counting")
        with contextlib.closing(Register(folder / "register.db", KEY)) as register:
            stats = register.stats(time.time())
        if stats.people != count:
            raise RuntimeError(f"{stats.people} people are in the register, {count} were imported")
        file_mb = (folder / "register.db").stat().st_size / 1e6
    best = {way: min(found, key=lambda one: one.seconds) for way, found in tries.items()}
    return AtSize(count, best["bare"], best["load"], first, again, quiet_ms, beside_ms, stats.bytes_per_person, file_mb)


def trial(way: str, folder: Path, count: int, generation: int) -> Trial:
    """One import."""
    command = [sys.executable, "-m", "tests.bench.register.trial", way, str(folder), str(count), str(generation)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    return Trial(count, **json.loads(shown.stdout))


@contextlib.contextmanager
def asking(folder: Path, count: int) -> Iterator[list[float]]:
    """A list that has, afterwards, the milliseconds of each lookup meanwhile."""
    command = [sys.executable, "-m", "tests.bench.register.asking", str(folder / "register.db"), str(count)]
    times_ms: list[float] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            process.stdout.readline()
            yield times_ms
        finally:
            shown, _ = process.communicate()
    if process.returncode:
        raise RuntimeError("lookups beside the import failed")
    times_ms += json.loads(shown)
