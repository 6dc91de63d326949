"""`gatehouse restore data`: all or nothing, from archives that may be anything, over folders that may be in use."""

import contextlib
import hashlib
import json
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from gatehouse.backups import data_archive, swap
from gatehouse.backups.data_restore import restore
from gatehouse.backups.manifest import BackupRefused
from gatehouse.backups.workplace import PREFIX
from gatehouse.cli import main
from gatehouse.ledger import Entry, Ledger
from gatehouse.sole import SoleRun
from gatehouse.status import Colour, Outcome
from gatelink import codes


def nothing(*_):
    """No progress is shown."""


def entry(index):
    return Entry(b"GATE-A1.", "lane 1", index, codes.REPORT_PASSED, 1, index, 0, 0, 1_700_000_000, None)


def indexes(data):
    with contextlib.closing(Ledger(data / "ledger.db")) as ledger:
        return [(one.index, one.what, one.detail) for one in ledger.entries()]


@pytest.fixture
def saved(station, number_of):
    """A station, and the archive of its first two entries; a third came later."""
    station.enrol()
    station.know((number_of(1), Colour.GREEN, 60), (number_of(2), Colour.RED, 60))
    station.write_config("loop://")
    with contextlib.closing(Ledger(station.data / "ledger.db")) as ledger:
        ledger.commit(entry(1), entry(2))
        data_archive.write(station.data, station.folder / "data.zip", nothing)
        ledger.commit(entry(3))
    station.archive = station.folder / "data.zip"
    return station


@pytest.fixture
def call(saved):
    def run(*arguments):
        return CliRunner().invoke(main, ["restore", "data", *map(str, arguments), "--config", str(saved.config)])

    return run


def beside(station):
    return sorted(one.name for one in station.folder.iterdir() if one.name.startswith(("data", PREFIX)))


def test_a_new_pc_goes_on_from_a_backup(saved, call, number_of):
    """Data folder gone: register and ledger are as they were when they were saved."""
    shutil.rmtree(saved.data)
    shown = call(saved.archive)

    assert shown.exit_code == 0
    assert f"{saved.data}: restored 2 people in the register, 2 entries in the ledger, as of 20" in shown.stdout
    assert [index for index, *_ in indexes(saved.data)] == [1, 2]
    register = saved.register()
    assert register.look_up(number_of(2).encode()).outcome is Outcome.RED
    register.close()
    assert saved.data.stat().st_mode & 0o777 == 0o700
    assert {one.stat().st_mode & 0o777 for one in saved.data.iterdir()} == {0o600}
    assert beside(saved) == ["data", "data.zip"]


def test_data_that_is_there_stays_unless_replacing_is_asked_for(saved, call):
    """And then it is kept under another name, whole."""
    refused = call(saved.archive)
    untouched = [index for index, *_ in indexes(saved.data)]
    done = call(saved.archive, "--replace")
    again = call(saved.archive, "--replace")
    kept = sorted(saved.folder.glob("data.before-*"))

    assert (refused.exit_code, done.exit_code, again.exit_code) == (1, 0, 0)
    assert "there is data already. With --replace that folder is kept under another name." in refused.stderr
    assert untouched == [1, 2, 3]
    assert [index for index, *_ in indexes(saved.data)] == [1, 2]
    assert len(kept) == 2
    assert sorted(len(indexes(one)) for one in kept) == [2, 3]
    assert any(f"is kept in {one}." in done.stdout for one in kept)


def test_an_empty_data_folder_is_filled(saved, call):
    """Nobody has to say --replace for nothing, and no empty folder is kept."""
    shutil.rmtree(saved.data)
    saved.data.mkdir()

    assert call(saved.archive).exit_code == 0
    assert beside(saved) == ["data", "data.zip"]


def test_records_that_the_gates_forgot_show_as_a_gap(saved, call):
    """The next report after those that were lost says how many."""
    call(saved.archive, "--replace")
    with contextlib.closing(Ledger(saved.data / "ledger.db")) as ledger:
        assert ledger.cursors() == {b"GATE-A1.": 2}
        ledger.commit(entry(4))

    assert indexes(saved.data)[-2:] == [(3, codes.REPORT_GAP, 1), (4, codes.REPORT_PASSED, 0)]


def test_a_running_gatehouse_is_not_pulled_from_under_its_gates(saved, call):
    """Told how to stop it; nothing has changed."""
    with contextlib.closing(SoleRun(saved.data)):
        shown = call(saved.archive, "--replace")

    assert shown.exit_code == 1
    assert "a gatehouse serves this folder. Stop it first" in shown.stderr
    assert [index for index, *_ in indexes(saved.data)] == [1, 2, 3]
    assert beside(saved) == ["data", "data.zip"]


def members(archive):
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(archive, named, method=zipfile.ZIP_DEFLATED):
    archive.unlink()
    with zipfile.ZipFile(archive, "w", method) as opened:
        for name, content in named:
            opened.writestr(name, content)


def rewritten(change):
    """Damage that changes members and packs them again."""

    def damage(archive):
        named = members(archive)
        change(named)
        packed(archive, named.items())

    return damage


def manifest_with(**values):
    def change(named):
        named["manifest.json"] = json.dumps(json.loads(named["manifest.json"]) | values)

    return rewritten(change)


def file_with(**values):
    def change(named):
        told = json.loads(named["manifest.json"])
        told["files"][1] |= values
        named["manifest.json"] = json.dumps(told)

    return rewritten(change)


def truncated(archive):
    archive.write_bytes(archive.read_bytes()[:-100])


def twice(archive):
    named = list(members(archive).items())
    with pytest.warns(UserWarning, match="Duplicate name"):
        packed(archive, [*named, named[1]])


def a_link(archive):
    named = members(archive)
    link = zipfile.ZipInfo("ledger.db")
    link.external_attr = 0o120777 << 16
    packed(
        archive,
        [("manifest.json", named["manifest.json"]), ("register.db", named["register.db"]), (link, "/etc/passwd")],
    )


def a_bomb(archive):
    """A gigabyte of zeros in a megabyte, under a manifest that says so or not."""
    named = members(archive)
    packed(archive, [("manifest.json", named["manifest.json"]), ("register.db", named["register.db"])])
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as opened, opened.open("ledger.db", "w") as file:
        for _ in range(200):
            file.write(bytes(1 << 20))


def a_lying_size(archive):
    """The directory says what the manifest says; behind it is more."""
    named = members(archive)
    true_size = len(named["ledger.db"])
    a_bomb(archive)
    content = bytearray(archive.read_bytes())
    at = content.rfind(b"ledger.db") - 46
    assert content[at : at + 4] == b"PK\x01\x02"
    content[at + 24 : at + 28] = struct.pack("<I", true_size)
    archive.write_bytes(content)


def encrypted(archive):
    content = bytearray(archive.read_bytes())
    at = content.rfind(b"ledger.db") - 46
    content[at + 8] |= 1
    archive.write_bytes(content)


def with_a_trigger(named):
    told = json.loads(named["manifest.json"])
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        content = bytearray(named["ledger.db"])
        content[18:20] = b"\x01\x01"  # "Database File Format" 1.3.2: not WAL, which memory cannot have
        database.deserialize(bytes(content))
        database.execute("create trigger t after insert on ledger begin delete from ledger; end")
        named["ledger.db"] = database.serialize()
    told["files"][1] |= {"bytes": len(named["ledger.db"]), "sha256": hashlib.sha256(named["ledger.db"]).hexdigest()}
    named["manifest.json"] = json.dumps(told)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (truncated, "damaged or incomplete"),
        (lambda a: a.write_bytes(b""), "damaged or incomplete"),
        (lambda a: a.write_text("number,colour\n" * 1000), "damaged or incomplete"),
        (lambda a: packed(a, [("photo.jpg", b"x")]), "no backup of Gatehouse's data"),
        (lambda a: packed(a, []), "no backup of Gatehouse's data"),
        (rewritten(lambda n: n.update({"manifest.json": "[" * 5000})), "manifest is damaged"),
        (rewritten(lambda n: n.update({"manifest.json": b"\xff\xfe"})), "manifest is damaged"),
        (rewritten(lambda n: n.update({"manifest.json": " " * 20_000})), "no backup of Gatehouse's data"),
        (rewritten(lambda n: n.pop("ledger.db")), "does not hold what its manifest says"),
        (rewritten(lambda n: n.update({"keys.db": b"x"})), "does not hold what its manifest says"),
        (rewritten(lambda n: n.update({"../evil": b"x"})), "does not hold what its manifest says"),
        (rewritten(lambda n: n.update({"/etc/evil": b"x"})), "does not hold what its manifest says"),
        (
            rewritten(lambda n: n.update({"ledger.db": n["register.db"]})),
            "not what its manifest says|hold what its manif",
        ),
        (rewritten(with_a_trigger), "ledger.db: it is damaged, or no database of ours"),
        (twice, "does not hold what its manifest says"),
        (a_link, "does not hold what its manifest says"),
        (a_bomb, "does not hold what its manifest says"),
        (a_lying_size, "damaged or incomplete|does not hold"),
        (encrypted, "damaged or incomplete"),
        (manifest_with(format=2), "a later Gatehouse made it"),
        (manifest_with(format="1"), "manifest is damaged"),
        (manifest_with(files=[]), "manifest is damaged"),
        (manifest_with(more=1), "manifest is damaged"),
        (file_with(version=2), "ledger.db is of a later Gatehouse"),
        (file_with(name="../ledger.db"), "manifest is damaged"),
        (file_with(name="register.db"), "manifest is damaged"),
        (file_with(sha256="0" * 64), "not what its manifest says"),
        (file_with(rows=99), "not what its manifest says"),
        (file_with(bytes=1 << 49), "does not hold what its manifest says"),
        (lambda a: a.unlink(), "No such file or directory"),
        (lambda a: a.unlink() or a.mkdir(), "Is a directory"),
    ],
)
def test_an_archive_that_is_not_whole_and_ours_is_refused(saved, call, damage, says):
    """In words, with nothing written anywhere."""
    damage(saved.archive)
    everything = {path for path in saved.folder.rglob("*") if path.name != "running.lock"}
    shown = call(saved.archive, "--replace")

    assert shown.exit_code == 1
    assert re.search(says, shown.stderr), shown.stderr
    assert shown.stderr.rstrip().endswith("Nothing was restored.")
    assert not isinstance(shown.exception, BackupRefused | OSError | ValueError)
    assert {path for path in saved.folder.rglob("*") if path.name != "running.lock"} == everything
    assert [index for index, *_ in indexes(saved.data)] == [1, 2, 3]


def test_damage_anywhere_is_found_or_harmless(saved, tmp_path):
    """Each of many flipped bits: refused, or the databases come out as they were saved."""
    whole = saved.archive.read_bytes()
    true = {name: content for name, content in members(saved.archive).items() if name.endswith(".db")}
    found = 0
    places = list(range(0, len(whole), max(1, len(whole) // 200)))
    for at in places:
        content = bytearray(whole)
        content[at] ^= 1 << at % 8
        saved.archive.write_bytes(content)
        into = tmp_path / "into" / str(at)
        into.mkdir(parents=True)
        try:
            data_archive.unpack(saved.archive, into, nothing)
        except (BackupRefused, OSError):
            found += 1
        else:
            assert {one.name: one.read_bytes() for one in into.iterdir()} == true, at

    assert found > len(places) // 2


def test_no_room_on_the_disk_is_said_before_anything_is_written(saved, call, monkeypatch):
    """With how much it takes."""
    usage = shutil.disk_usage(saved.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10))
    shown = call(saved.archive, "--replace")

    assert shown.exit_code == 1
    assert "MB are free. Make room on that disk." in shown.stderr


KILLED = """
import os, signal, sys
from pathlib import Path
from gatehouse.backups.data_restore import restore
number, rename = int(sys.argv[3]), Path.rename
count = 0
def counted(self, target):
    global count
    if count == number:
        os.kill(os.getpid(), signal.SIGKILL)
    count += 1
    return rename(self, target)
Path.rename = counted
def progress(done, total):
    if number < 0:
        os.kill(os.getpid(), signal.SIGKILL)
restore(Path(sys.argv[1]), Path(sys.argv[2]), replace=True, progress=progress)
"""


@pytest.mark.parametrize(("number", "between"), [(-1, False), (0, False), (1, True)])
def test_a_restore_that_was_killed_leaves_no_gatehouse_on_half_of_it(saved, call, gatehouse_command, number, between):
    """While it unpacks, before the folders change names, and between the two renames; run again it does the whole."""
    arguments = [sys.executable, "-c", KILLED, str(saved.archive), str(saved.data), str(number)]
    killed = subprocess.run(arguments, timeout=30, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert saved.data.exists() is not between
    started = subprocess.run(
        [*gatehouse_command, "run" if number >= 0 else "gates", "--config", str(saved.config)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    if number >= 0:
        assert started.returncode == 1
        assert "a restore was interrupted. Run it again" in started.stderr
    assert saved.data.exists() is not between
    shown = call(saved.archive, "--replace")

    assert shown.exit_code == 0
    assert [index for index, *_ in indexes(saved.data)] == [1, 2]
    (kept,) = saved.folder.glob("data.before-*")
    assert [index for index, *_ in indexes(kept)] == [1, 2, 3]
    assert [name for name in beside(saved) if name not in {"data", "data.zip", kept.name}] == []


def test_a_rename_that_fails_is_taken_back(saved, monkeypatch):
    """The old folder is where it was, and nothing says that a restore is open."""
    rename = Path.rename

    def failing(self, target):
        if self.name == "data" and self.parent != saved.folder:
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="Input/output error"):
        restore(saved.archive, saved.data, replace=True, progress=nothing)

    assert [index for index, *_ in indexes(saved.data)] == [1, 2, 3]
    assert beside(saved) == ["data", "data.zip"]


@pytest.mark.parametrize("text", ["", "[]", '{"old": "../../etc"}', '{"old": 5}', '{"old": "data.zip"}', "\0"])
def test_a_mark_that_says_something_else_moves_nothing(saved, text):
    """It is removed; no folder is renamed by it."""
    (saved.folder / "data.restoring").write_text(text)
    before = beside(saved)
    assert swap.is_unfinished(saved.data)
    swap.mend(saved.data)

    assert beside(saved) == [name for name in before if name != "data.restoring"]


def test_a_restore_that_is_at_work_is_not_mended_by_another(saved):
    """Its lock moves with the folder that it keeps."""
    held = SoleRun(saved.data)
    old = saved.data.with_name("data.before-20260131T080000Z")
    saved.data.rename(old)
    (saved.folder / "data.restoring").write_text(json.dumps({"old": old.name}))
    try:
        with pytest.raises(BackupRefused, match="another restore is at work"):
            restore(saved.archive, saved.data, replace=True, progress=nothing)
        assert not saved.data.exists()
    finally:
        held.close()
    restore(saved.archive, saved.data, replace=True, progress=nothing)

    assert [index for index, *_ in indexes(saved.data)] == [1, 2]
