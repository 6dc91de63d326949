"""How a key file comes to be: whole or not at all; and what is said of files that are not whole."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from gatehouse.backups import key_restore
from gatehouse.backups.key_archive import KeyBackup
from gatehouse.keyfile import KeyFile, KeyFileError

PROCESSES = Path(__file__).with_name("key_processes.py")


def child(*arguments):
    return subprocess.run([sys.executable, PROCESSES, *arguments], capture_output=True, text=True, check=True).stdout


def test_wherever_it_is_killed_there_is_no_key_file_or_a_whole_one(tmp_path):
    """And in either case the next start works."""
    points = int(child("killed-create", tmp_path))
    there = []
    for point in range(points):
        path = tmp_path / str(point) / "keys.db"
        there.append(path.exists())
        if path.exists():
            KeyFile(path).close()
        with contextlib.closing(KeyFile(path, create=True, protector="file")) as keys:
            assert len(keys.secret("register")) == 32
        assert sorted(one.name for one in path.parent.iterdir()) == ["keys.db", "keys.db.master"], "nothing is left"

    assert points > 50
    assert there == sorted(there), "once whole, it stays"
    assert {True, False} == set(there)


def lanes(path):
    with contextlib.closing(KeyFile(path)) as keys:
        return [gate.lane for gate in keys.gates() if gate.keys.static_key == bytes(32)]


def test_wherever_a_restore_is_killed_there_is_the_old_key_file_or_the_new_one(tmp_path):
    """Never none, which a new one would be made for; and the next restore works."""
    points = int(child("killed-restore", tmp_path))
    there = [lanes(tmp_path / str(point) / "keys.db") for point in range(points)]

    assert points > 50
    assert there == [["A"]] * there.count(["A"]) + [["B"]] * there.count(["B"])
    assert there.count(["A"])
    assert there.count(["B"])
    for point in range(points):
        with contextlib.closing(KeyFile(tmp_path / str(point) / "keys.db", create=True)):
            left = {path.name for path in (tmp_path / str(point)).iterdir() if ".replaced-" not in path.name}
        assert left - {"keys.db-wal", "keys.db-shm"} == {"keys.db", "keys.db.master"}, "and nothing half made"


def test_two_processes_that_make_it_at_once_have_one_key_file(tmp_path):
    """Whichever was first: both have its keys."""
    child("race", tmp_path)
    found = [path.read_bytes() for path in sorted(tmp_path.glob("*[ab]"))]

    assert len(found) == 30
    assert found[::2] == found[1::2]


def test_an_empty_file_is_refused_and_filled_only_on_request(tmp_path):
    """It may be what is left of a key file that had gates."""
    path = tmp_path / "keys.db"
    path.touch(mode=0o600)

    with pytest.raises(KeyFileError, match=r"is empty.*gatehouse restore keys.*delete the file"):
        KeyFile(path)
    assert path.stat().st_size == 0
    KeyFile(path, create=True, protector="file").close()
    KeyFile(path).close()


def test_a_key_file_that_is_there_is_not_made_anew(tmp_path):
    """`create` finds it and takes it as it is."""
    path = tmp_path / "keys.db"
    with contextlib.closing(KeyFile(path, create=True, protector="file")) as keys:
        mine = keys.secret("register")
        assert [line.split(":")[0] for line in keys.news] == [str(path)]
    with contextlib.closing(KeyFile(path, create=True, protector="file")) as keys:
        assert keys.secret("register") == mine
        assert keys.news == []


def test_nothing_but_the_key_file_and_its_master_is_left(tmp_path):
    """No file of the making, with rights for its owner alone."""
    KeyFile(tmp_path / "keys.db", create=True, protector="file").close()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys.db", "keys.db.master"]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_full_disk_leaves_no_key_file(tmp_path):
    """A real process that may write no more than two pages."""
    code = (
        "import resource, signal, sys; from pathlib import Path; from gatehouse.keyfile import KeyFile, KeyFileError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))\n"
        "try: KeyFile(Path(sys.argv[1]), create=True, protector='file')\n"
        "except KeyFileError as failure: sys.exit(str(failure))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "keys.db"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "keys.db: cannot be made" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["keys.db.master"]


def test_a_full_file_refuses_a_proposal_and_keeps_what_it_has(tmp_path):
    """SQLite itself has no page left."""
    with contextlib.closing(KeyFile(tmp_path / "keys.db", create=True, protector="file")) as keys:
        keys.add_gate(b"GATE-A1.", "A", bytes(32), bytes(32))
        pages = keys._db.execute("pragma page_count").fetchone()[0]
        keys._db.execute(f"pragma max_page_count = {pages}")

        def propose_many():
            for _ in range(100):
                keys.propose(os.urandom(8), "B", bytes(32), bytes(32))

        with pytest.raises(KeyFileError, match=r"full\. Free space"):
            propose_many()
        full = len(keys.gates())
        keys._db.execute("pragma max_page_count = 1000")
        keys.propose(b"GATE-B2.", "B", bytes(32), bytes(32))
        assert len(keys.gates()) == full + 1
    KeyFile(tmp_path / "keys.db").close()


def test_a_folder_that_may_only_be_read_is_told():
    """As on a disk that was mounted for reading only: SQLite cannot make its log there."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        KeyFile(folder / "keys.db", create=True, protector="file").close()
        folder.chmod(0o555)
        said = child("unwritable", folder)
        folder.chmod(0o700)

    assert "keys.db: " in said
    assert "this user may write" in said


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_key_file_that_was_cut_off_is_refused(tmp_path, part):
    """With where to get it back."""
    path = tmp_path / "keys.db"
    KeyFile(path, create=True, protector="file").close()
    os.truncate(path, int(path.stat().st_size * part))

    with pytest.raises(KeyFileError, match=r"(?i)restore"):
        KeyFile(path)


def test_a_key_file_of_garbage_is_refused(tmp_path):
    """Wherever the garbage begins, its header included."""
    path = tmp_path / "keys.db"
    KeyFile(path, create=True, protector="file").close()
    whole = path.read_bytes()
    for begin in (0, 16, 100, 4096):
        path.write_bytes(whole[:begin] + bytes([0xA5]) * (len(whole) - begin))
        with pytest.raises(KeyFileError):
            KeyFile(path)


def test_a_key_file_without_its_data_key_is_refused(tmp_path):
    """Without it nothing opens."""
    path = tmp_path / "keys.db"
    KeyFile(path, create=True, protector="file").close()
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("delete from vault")

    with pytest.raises(KeyFileError, match="has lost its data key"):
        KeyFile(path)


def test_a_folder_is_no_key_file(tmp_path):
    """It is told, and neither changed nor put aside."""
    path = tmp_path / "keys.db"
    path.mkdir()
    for attempt in (
        lambda: KeyFile(path),
        lambda: KeyFile(path, create=True, protector="file"),
        lambda: key_restore.restore(KeyBackup(0, bytes(32), b""), path, "file", replace=True),
    ):
        with pytest.raises(KeyFileError, match=r"is no file\. Look at \[store\] keys"):
            attempt()
    assert list(tmp_path.iterdir()) == [path]
