"""A recorded run, with the power cut after each of its operations: what is found then, opened by the product."""

import contextlib
import hashlib
import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from faults.disk import ALL, NOTHING, SOME, Disk, Told, put_into
from faults.recorder import Recorder
from faults.shim import Watcher, shim


@dataclass(frozen=True, slots=True)
class Cut:
    """One: after so many operations, with `arrived` of what was unsynced. promised: what must hold."""

    number: int
    arrived: str
    promised: tuple[object, ...]
    files: dict[str, bytes]


def cuts(recorded: Recorder, seed: int, draws: int = 1) -> Iterator[Cut]:
    """Every cut of the run that leaves another disk or other promises; `draws` random outcomes for each."""
    draw = random.Random(seed)
    disk, promised = Disk(recorded.before), ()
    seen = set()
    for number, operation in enumerate([None, *recorded.operations]):
        if isinstance(operation, Told):
            promised = *promised, operation.what
        elif operation is not None:
            disk.take(operation)
        for arrived in (NOTHING, ALL, *[SOME] * draws):
            files = disk.without_power(arrived, draw)
            mark = len(promised), _digest(files)
            if mark not in seen:
                seen.add(mark)
                yield Cut(number, arrived, promised, files)


def judge(recorded: Recorder, fresh: Path, check: Callable[[Path, Cut], None], seed: int, draws: int = 1) -> int:
    """Open what each cut leaves in the folder `fresh` and check it. How many there were."""
    print("seed", seed)
    count = 0
    with at_rest():
        for cut in cuts(recorded, seed, draws):
            count += 1
            put_into(fresh, cut.files)
            try:
                check(fresh, cut)
            except BaseException as failure:
                failure.add_note(f"power cut after operation {cut.number}, {cut.arrived} arrived, seed {seed}")
                raise
            shutil.rmtree(fresh)
    return count


@contextlib.contextmanager
def at_rest() -> Iterator[None]:
    """Nothing is recorded, and nobody waits for a disk: what lies there ends with the test."""
    before = os.fsync
    os.fsync = lambda _descriptor: None
    try:
        with shim().under(Watcher()):
            yield
    finally:
        os.fsync = before


def _digest(files: dict[str, bytes]) -> bytes:
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        digest.update(f"{path}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.digest()
