"""`gatehouse backup data`: while others write, whole or not there at all, and without a key."""

import contextlib
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import zipfile

import pytest
from click.testing import CliRunner
from gatehouse import snapshot
from gatehouse.backups import data_archive
from gatehouse.cli import main
from gatehouse.ledger import Ledger
from gatehouse.status import Colour
from gatehouse.workplace import PREFIX, workplace
from host.saved_station import entry


@pytest.fixture
def filled(station, number_of):
    """A station with people, records and a gate's keys."""
    station.enrol()
    station.know(*((number_of(n), Colour.GREEN, 60) for n in range(5)))
    with contextlib.closing(Ledger(station.data / "ledger.db")) as ledger:
        ledger.commit(*(entry(index) for index in range(1, 4)))
    station.write_config("loop://")
    return station


@pytest.fixture
def call():
    def run(*arguments):
        return CliRunner().invoke(main, [str(one) for one in arguments])

    return run


def left_over(folder):
    return [one.name for one in folder.iterdir() if one.name.startswith(PREFIX)]


def test_a_backup_says_what_it_saved_and_is_for_its_owner_only(filled, call):
    """Nothing else is left in its folder."""
    target = filled.folder / "out" / "data.zip"
    target.parent.mkdir()
    shown = call("backup", "data", target, "--config", filled.config)

    assert shown.exit_code == 0
    assert shown.stdout == f"{target}: saved 5 people in the register, 3 entries in the ledger.\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(target.parent.iterdir()) == [target]


def test_no_key_is_in_it(filled, call, number_of):
    """Neither a gate's nor a pseudonym's, and no number."""
    target = filled.folder / "data.zip"
    call("backup", "data", target, "--config", filled.config)
    with zipfile.ZipFile(target) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        assert archive.namelist() == ["manifest.json", "register.db", "ledger.db"]
    with contextlib.closing(filled.keys()) as keys:
        secrets = [key for gate in keys.gates() for key in (gate.keys.static_key, gate.keys.chain_key)]
        secrets.append(keys.secret("register"))

    assert len(secrets) == 3
    assert not any(secret in everything for secret in secrets)
    assert number_of(1).encode() not in everything


def test_a_backup_while_the_ledger_is_written_is_one_moment_of_it(filled, tmp_path):
    """Every commit before it, none after: as many entries as the cursor says."""
    going = threading.Event()
    ending = threading.Event()

    def write():
        with contextlib.closing(Ledger(filled.data / "ledger.db")) as ledger:
            for index in range(4, 100_000):
                ledger.commit(entry(index))
                going.set()
                if ending.is_set():
                    return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        going.wait(20)
        counted = []
        for n in range(5):
            told = data_archive.write(filled.data, tmp_path / f"{n}.zip", lambda *_: None)
            counted.append(told.files[1].rows)
            (tmp_path / str(n)).mkdir()
            data_archive.unpack(tmp_path / f"{n}.zip", tmp_path / str(n), lambda *_: None)
            with contextlib.closing(sqlite3.connect(tmp_path / str(n) / "ledger.db")) as database:
                assert database.execute("select report from cursor").fetchone() == (counted[-1],)
    finally:
        ending.set()
        writer.join()

    assert counted == sorted(counted)
    assert counted[-1] > counted[0]


def test_what_cannot_be_saved_is_a_message_and_leaves_nothing(filled, call, tmp_path):
    """A name that is taken, a folder that is not there, nothing to save, damaged and newer data."""
    out = tmp_path / "out"
    out.mkdir()
    target = out / "data.zip"
    target.write_text("somebody's")
    taken = call("backup", "data", target, "--config", filled.config)
    assert target.read_text() == "somebody's"
    target.unlink()
    nowhere = call("backup", "data", out / "no" / "data.zip", "--config", filled.config)
    with contextlib.closing(sqlite3.connect(filled.data / "ledger.db")) as database, database:
        database.execute("update meta set value = '4' where name = 'version'")
    newer = call("backup", "data", target, "--config", filled.config)
    with (filled.data / "ledger.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"x" * 4096)
    damaged = call("backup", "data", target, "--config", filled.config)
    for name in ("ledger.db", "register.db"):
        (filled.data / name).unlink()
    nothing = call("backup", "data", target, "--config", filled.config)

    for shown, says in (
        (taken, "there is such a file already. Choose another name. Nothing was saved."),
        (nowhere, "there is no such folder. Mount the disk, or make the folder first. Nothing was saved."),
        (newer, "a later Gatehouse has written it (version 4)"),
        (damaged, "it is damaged"),
        (nothing, "nothing to save"),
    ):
        assert shown.exit_code == 1, says
        assert says in shown.stderr
    assert list(out.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from gatehouse import snapshot
from gatehouse.backups import data_archive
parts = []
def progress(done, total):
    parts.append(done)
    if done >= total * float(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
data_archive.write(Path(sys.argv[1]), Path(sys.argv[2]), progress)
"""


@pytest.mark.parametrize("part", [0.1, 0.6, 1.0])
def test_a_backup_that_was_killed_is_not_there_and_the_next_one_sweeps_up(filled, tmp_path, part):
    """While it copies and while it packs."""
    out = tmp_path / "out"
    out.mkdir()
    arguments = [sys.executable, "-c", KILLED, str(filled.data), str(out / "data.zip"), str(part)]
    killed = subprocess.run(arguments, timeout=30, check=False)
    behind = left_over(out)
    before = (out / "data.zip").exists()
    data_archive.write(filled.data, out / "data.zip", lambda *_: None)

    assert killed.returncode == -signal.SIGKILL
    assert not before
    assert len(behind) == 1
    assert [one.name for one in out.iterdir()] == ["data.zip"]


def test_the_work_of_a_backup_that_still_runs_is_not_swept_away(filled, tmp_path):
    """Two at once into one folder: both are there."""
    inner = []

    def progress(done, total):
        if not inner:
            inner.append(1)
            data_archive.write(filled.data, tmp_path / "second.zip", lambda *_: None)

    data_archive.write(filled.data, tmp_path / "first.zip", progress)

    for name in ("first.zip", "second.zip"):
        (tmp_path / f"{name}.d").mkdir()
        assert data_archive.unpack(tmp_path / name, tmp_path / f"{name}.d", lambda *_: None).files
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("room_bytes", [0, 40_000])
def test_a_full_disk_is_a_message_and_leaves_nothing(filled, gatehouse_command, number_of, room_bytes):
    """As the system says it of the new file, not of the data."""
    filled.know(*((number_of(n), Colour.GREEN, 60) for n in range(2000)))
    out = filled.folder / "out"
    out.mkdir()
    target = out / "data.zip"
    command = [*gatehouse_command, "backup", "data", str(target), "--config", str(filled.config)]
    limited = (
        f"import os,resource,signal,sys; resource.setrlimit(resource.RLIMIT_FSIZE,({room_bytes},{room_bytes}));"
        "signal.signal(signal.SIGXFSZ,signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", limited, *command], capture_output=True, text=True, timeout=30, check=False
    )

    assert (shown.returncode, shown.stdout) == (1, "")
    assert shown.stderr.startswith(f"{target}: cannot be made (")
    assert "Make room, or choose another place. Nothing was saved." in shown.stderr
    assert list(out.iterdir()) == []


def test_a_full_disk_under_the_copy_is_not_blamed_on_the_data(filled, tmp_path, monkeypatch):
    """SQLite's word for it does not say which of the two files was meant."""
    connect = sqlite3.connect

    def full(path, **more):
        database = connect(path, **more)
        if path == tmp_path / "copy.db":
            database.execute("pragma max_page_count = 1")
        return database

    monkeypatch.setattr(sqlite3, "connect", full)
    with pytest.raises(OSError, match="No space left on device"):
        snapshot.take(filled.data / "register.db", tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_a_lock_that_cannot_be_made_leaves_no_folder(tmp_path, monkeypatch):
    """Its reason comes through, as on a disk that has not one byte left."""

    def full(*_, **__):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(sqlite3, "connect", full)
    with pytest.raises(OSError, match="database or disk is full"), workplace(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_backup_goes_neither_into_the_data_nor_to_the_keys(filled, call):
    """By whatever way the path leads there."""
    (filled.folder / "link").symlink_to(filled.data)
    for folder in (filled.data, filled.folder / "link", filled.keys_path.parent):
        shown = call("backup", "data", folder / "data.zip", "--config", filled.config)
        assert shown.exit_code == 2
        assert "choose another" in shown.stderr
        assert not (folder / "data.zip").exists()


def test_a_large_register_is_saved_whole(tmp_path):
    """Two hundred thousand people, each of them once."""
    data = tmp_path / "data"
    data.mkdir()
    from gatehouse.register import Register

    with contextlib.closing(Register(data / "register.db", bytes(32))) as register:
        rows = sorted((os.urandom(16), 1, "", 1_700_000_000, "city", None) for _ in range(200_000))
        register.load([rows])
    told = data_archive.write(data, tmp_path / "data.zip", lambda *_: None)

    assert told.files[0].rows == 200_000
