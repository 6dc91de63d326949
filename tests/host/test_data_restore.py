"""`gatehouse restore data`: all or nothing, over folders that may be in use."""

import contextlib
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from gatehouse.backups import data_archive, swap
from gatehouse.backups.data_restore import restore
from gatehouse.backups.manifest import BackupRefused
from gatehouse.ledger import Ledger
from gatehouse.sole import SoleRun
from gatehouse.status import Outcome
from gatehouse.workplace import PREFIX
from gatelink import codes
from host.saved_station import entry, indexes, nothing


def beside(station):
    return sorted(one.name for one in station.folder.iterdir() if one.name.startswith(("data", PREFIX)))


def test_a_new_pc_goes_on_from_a_backup(saved, restore_data, number_of):
    """Data folder gone: register and ledger are as they were when they were saved."""
    shutil.rmtree(saved.data)
    shown = restore_data(saved.archive)

    assert shown.exit_code == 0
    assert f"{saved.data}: restored 2 people in the register, 2 entries in the ledger, as of 20" in shown.stdout
    assert [index for index, *_ in indexes(saved.data)] == [1, 2]
    register = saved.register()
    assert register.look_up(number_of(2).encode()).outcome is Outcome.RED
    register.close()
    assert saved.data.stat().st_mode & 0o777 == 0o700
    assert {one.stat().st_mode & 0o777 for one in saved.data.iterdir()} == {0o600}
    assert beside(saved) == ["data", "data.zip"]


def test_data_that_is_there_stays_unless_replacing_is_asked_for(saved, restore_data):
    """And then it is kept under another name, whole."""
    refused = restore_data(saved.archive)
    untouched = [index for index, *_ in indexes(saved.data)]
    done = restore_data(saved.archive, "--replace")
    again = restore_data(saved.archive, "--replace")
    kept = sorted(saved.folder.glob("data.before-*"))

    assert (refused.exit_code, done.exit_code, again.exit_code) == (1, 0, 0)
    assert "there is data already. With --replace that folder is kept under another name." in refused.stderr
    assert untouched == [1, 2, 3]
    assert [index for index, *_ in indexes(saved.data)] == [1, 2]
    assert len(kept) == 2
    assert sorted(len(indexes(one)) for one in kept) == [2, 3]
    assert any(f"is kept in {one}." in done.stdout for one in kept)


def test_an_empty_data_folder_is_filled(saved, restore_data):
    """Nobody has to say --replace for nothing, and no empty folder is kept."""
    shutil.rmtree(saved.data)
    saved.data.mkdir()

    assert restore_data(saved.archive).exit_code == 0
    assert beside(saved) == ["data", "data.zip"]


def test_records_that_the_gates_forgot_show_as_a_gap(saved, restore_data):
    """The next report after those that were lost says how many."""
    restore_data(saved.archive, "--replace")
    with contextlib.closing(Ledger(saved.data / "ledger.db")) as ledger:
        assert ledger.cursors() == {b"GATE-A1.": 2}
        ledger.commit(entry(4))

    assert indexes(saved.data)[-2:] == [(3, codes.REPORT_GAP, 1), (4, codes.REPORT_PASSED, 0)]


def test_a_running_gatehouse_is_not_pulled_from_under_its_gates(saved, restore_data):
    """Told how to stop it; nothing has changed."""
    with contextlib.closing(SoleRun(saved.data)):
        shown = restore_data(saved.archive, "--replace")

    assert shown.exit_code == 1
    assert "a gatehouse serves this folder. Stop it first" in shown.stderr
    assert [index for index, *_ in indexes(saved.data)] == [1, 2, 3]
    assert beside(saved) == ["data", "data.zip"]


def test_no_room_on_the_disk_is_said_before_anything_is_written(saved, restore_data, monkeypatch):
    """With how much it takes."""
    usage = shutil.disk_usage(saved.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10))
    shown = restore_data(saved.archive, "--replace")

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
def test_a_restore_that_was_killed_leaves_no_gatehouse_on_half_of_it(
    saved, restore_data, gatehouse_command, number, between
):
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
    if number >= 0:
        with pytest.raises(BackupRefused, match="a restore was interrupted"):
            data_archive.write(saved.data, saved.folder / "other.zip", nothing)
    shown = restore_data(saved.archive, "--replace")

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


def test_a_register_of_another_key_file_is_told_at_once(saved, restore_data):
    """Not at the next start; the data is in place all the same."""
    for path in saved.keys_path.parent.iterdir():
        path.unlink()
    saved.keys().close()
    shown = restore_data(saved.archive, "--replace")

    assert shown.exit_code == 0
    assert "no gatehouse will start on it" in shown.stderr
    assert "this register was filled with another key file" in shown.stderr


def test_a_mount_point_is_told_as_one(saved, restore_data, monkeypatch):
    """With the setting that helps."""
    monkeypatch.setattr("pathlib.Path.is_mount", lambda path: path == saved.data)
    shown = restore_data(saved.archive, "--replace")

    assert shown.exit_code == 1
    assert "where a disk is mounted, which cannot be exchanged as a whole. Name a folder on that disk" in shown.stderr
    assert f'[store] data = "{saved.data}/data"' in shown.stderr
