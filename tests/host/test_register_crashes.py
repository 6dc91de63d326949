"""Imports that are killed or run out of disk, at points chosen by a seed: it is the old register or the new one."""

import contextlib
import json
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gatehouse import room, staging
from gatehouse.register import Loaded, Register
from gatehouse.schema import DatabaseError
from gatehouse.status import Colour, Outcome

KILLS = 16
KEY = bytes(32)


def person(nth):
    return random.Random(nth).randbytes(16)


def row(nth, colour=Colour.GREEN, updated_s=1000):
    return person(nth), int(colour), "", updated_s, "city", None


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "register.db"


@pytest.fixture
def register(path):
    opened = Register(path, KEY)
    yield opened
    opened.close()


def colours(path):
    """What is in the register, read by somebody who has just come; the file is sound."""
    with contextlib.closing(Register(path, KEY)) as register:
        found = [group.colour for group in register.stats(0).groups]
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    return found


def test_an_import_that_is_killed_leaves_the_old_register_or_the_new_one(tmp_path):
    """At every moment of it, half of the kills between statements, half inside of them; the next import clears up."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    script = Path(__file__).with_name("killed_imports.py")
    arguments = [sys.executable, str(script), str(tmp_path / "register.db"), str(seed), str(KILLS)]
    shown = subprocess.run(arguments, capture_output=True, text=True, timeout=300, check=True)
    *kills, last = [json.loads(line) for line in shown.stdout.splitlines()]

    assert len(kills) == KILLS
    for one in kills:
        print(one)
        ((generation, colour),) = one["found"]
        assert generation in (one["before"], one["before"] + 1)
        assert colour == 1 + generation % 3
        assert (one["count"], one["sound"]) == (6000, "ok")
    assert sum(one["killed"] for one in kills) >= KILLS // 2
    ((generation, _),) = last["found"]
    assert (generation, last["leftovers"], last["sound"]) == (last["last"], False, "ok")


def test_a_command_that_is_killed_has_imported_nothing(gatehouse_command, station, number_of):
    """As an operator would do it, at any moment; the register still answers, and the next import goes through."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    station.enrol()
    station.know((number_of(1), Colour.RED, 3600))
    file = station.data.parent / "people.csv"
    now = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    rows = "".join(f"{number_of(n)},green,{now}\n" for n in range(20_000))
    file.write_text(f"number,colour,updated\n{rows}", encoding="utf-8")
    config = str(station.write_config("loop://"))
    command = [*gatehouse_command, "register", "import", str(file), "--config", config]

    def outcome():
        with contextlib.closing(station.register()) as store:
            return store.look_up(number_of(1).encode()).outcome, store.count()

    for _ in range(3):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(chance.uniform(0.3, 1.5))
            running.send_signal(signal.SIGKILL)
        assert outcome() in {(Outcome.RED, 1), (Outcome.GREEN, 20_000)}
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert outcome() == (Outcome.GREEN, 20_000)


@contextlib.contextmanager
def file_limit(size_bytes):
    """No file of this process may grow beyond it, as on a disk that is full; a write that would is an error."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_leaves_the_old_register(path, register, monkeypatch):
    """Wherever writing stops, in the register or in its log: a message, the old answers, and with room the new ones."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    monkeypatch.setattr(staging, "STEP_ROWS", 1000)
    register.load([[row(n, Colour.RED) for n in range(2000)]])
    told = []
    for updated_s in range(2000, 2012):
        new = sorted(row(n, Colour.GREEN, updated_s) for n in range(20_000))
        batches = [new[start : start + 1000] for start in range(0, len(new), 1000)]
        with file_limit(chance.randrange(path.stat().st_size, path.stat().st_size + 900_000)):
            try:
                register.load(batches)
                break
            except DatabaseError as failure:
                told.append(str(failure))
                assert colours(path) == [Colour.RED]
    assert told
    assert all("that disk" in one for one in told)
    assert register.load(batches) == Loaded(20_000, 0)
    assert colours(path) == [Colour.GREEN]
    assert not register.stats(0).leftovers


def test_an_import_for_which_there_is_no_room_does_not_begin(path, register, monkeypatch):
    """What is there already counts too, unless it is replaced; what waits in the file's free pages does not."""
    usage = type("Usage", (), {"free": 100 * room.MB})
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _folder: usage)
    register.load([[row(1)]])

    with pytest.raises(DatabaseError, match=r"10000000 people take 680 MB .* 100 MB are free. Free space on it"):
        register.load(iter(()), people=10_000_000)

    assert register.count() == 1
    assert register.load([[row(2)]], people=1) == Loaded(1, 0)


def test_what_an_interrupted_import_left_counts_as_room(path, register, monkeypatch):
    """Else a disk that it filled would never take another one."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("create table status_next (pseudonym blob primary key) without rowid, strict")
        left = ((random.randbytes(1000),) for _ in range(5000))
        database.executemany("insert into status_next values (?)", left)
    needed = 50_000 * room.BYTES_A_PERSON + room.LOG_BYTES + room.LEFT_FOR_OTHERS_BYTES
    usage = type("Usage", (), {"free": needed - 1_000_000})
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _folder: usage)

    assert register.load([[row(1)]], people=50_000) == Loaded(1, 0)
