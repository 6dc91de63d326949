"""Processes that make and change key files: killed at every line of the product's code, or two at once.

Run as a script: python key_processes.py ACTION FOLDER. `killed-ACTION` works in FOLDER/0, FOLDER/1, ...; in folder n
the process is killed before the n-th line, so every effect that a line has lies between two of them. What happens
inside one call of SQLite is SQLite's own promise.
"""

import contextlib
import functools
import os
import shutil
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import gatehouse
from gatehouse.backups import key_restore
from gatehouse.backups.key_archive import KeyBackup
from gatehouse.keyfile import KeyFile, KeyFileError

HOST = str(Path(gatehouse.__file__).parent)
NOBODY = 65534
OLD = Path(__file__).parents[1] / "vectors" / "keys_version_1.sql"


def old_file(path: Path) -> None:
    """A key file of version 1 in WAL mode, as Gatehouse 0.1 left it."""
    path.touch(mode=0o600)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("pragma journal_mode = wal")
        database.executescript(OLD.read_text())


def create(folder: Path) -> None:
    KeyFile(folder / "keys.db", create=True, protector="file").close()


def migrate(folder: Path) -> None:
    KeyFile(folder / "keys.db", protector="file").close()


def key_file(path: Path, lane: str) -> KeyBackup:
    """A key file with one gate; what a backup of it holds."""
    with contextlib.closing(KeyFile(path, create=True, protector="file")) as keys:
        keys.add_gate(f"GATE-{lane}0.".encode(), lane, bytes(32), bytes(32))
        return KeyBackup(0, *keys.for_backup())


@functools.cache
def models(folder: Path) -> KeyBackup:
    """The files of a station with lane A, made in `folder`; a backup of one with lane B."""
    key_file(folder / "keys.db", "A")
    return key_file(folder / "elsewhere" / "keys.db", "B")


def station(folder: Path) -> None:
    """A key file with lane A."""
    models(folder.parent / "models")
    for name in ("keys.db", "keys.db.master"):
        shutil.copy(folder.parent / "models" / name, folder / name)


def restore(folder: Path) -> None:
    """The keys of lane B instead."""
    key_restore.restore(models(folder.parent / "models"), folder / "keys.db", "file", replace=True)


ACTIONS = {
    "create": (lambda folder: None, create),
    "migrate": (lambda folder: old_file(folder / "keys.db"), migrate),
    "restore": (station, restore),
}


def killed_at(point: int, act: Callable[[Path], object], place: Path) -> None:
    """Do it, and be killed at this line of the product's code, if it comes so far."""
    passed = 0

    def trace(frame, event, _arg):
        nonlocal passed
        if not frame.f_code.co_filename.startswith(HOST):
            return None
        if event == "line":
            if passed == point:
                os.kill(os.getpid(), signal.SIGKILL)
            passed += 1
        return trace

    sys.settrace(trace)
    act(place)


def kill_everywhere(action: str, folder: Path) -> int:
    """How many points there were."""
    prepare, act = ACTIONS[action]
    point = 0
    while True:
        place = folder / str(point)
        place.mkdir(mode=0o700)
        prepare(place)
        child = child_that(killed_at, point, act, place)
        status = os.waitpid(child, 0)[1]
        if not os.WIFSIGNALED(status):
            assert os.WEXITSTATUS(status) == 0, place
            return point
        point += 1


def child_that(work: Callable[..., object], *given: object) -> int:
    """The process id of a child that does it and ends, whatever comes of it."""
    child = os.fork()
    if child:
        return child
    try:
        work(*given)
        os._exit(0)
    finally:
        traceback.print_exc()
        os._exit(1)


def take_key(start: int, path: Path, told: Path) -> None:
    os.read(start, 1)
    with contextlib.closing(KeyFile(path, create=True, protector="file")) as keys:
        told.write_bytes(keys.secret("register"))


def race(folder: Path, rounds: int = 15) -> None:
    """Two processes make the same key file at the same moment and take a key from it."""
    for number in range(rounds):
        path = folder / str(number) / "keys.db"
        start, go = os.pipe()
        children = [child_that(take_key, start, path, folder / f"{number}{name}") for name in "ab"]
        os.write(go, b"go")
        assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
        os.close(start)
        os.close(go)


def unwritable(folder: Path) -> None:
    """Open keys.db as a user who owns it, in a folder that this user may only read; prints what is said."""
    if os.geteuid() == 0:  # root may write everywhere
        for path in folder.iterdir():
            os.chown(path, NOBODY, NOBODY)
        os.setuid(NOBODY)
    try:
        KeyFile(folder / "keys.db").close()
    except KeyFileError as refused:
        print(refused)


if __name__ == "__main__":
    what, where = sys.argv[1], Path(sys.argv[2])
    if what == "race":
        race(where)
    elif what == "unwritable":
        unwritable(where)
    else:
        print(kill_everywhere(what.removeprefix("killed-"), where))
