"""Key files of older versions: brought to this one as a whole, alone, and after a copy was kept."""

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from gatehouse.key_tables import VERSION
from gatehouse.keyfile import KeyFile, KeyFileError
from host.key_processes import old_file

PROCESSES = Path(__file__).with_name("key_processes.py")
UNSEALED = [bytes([0x11 * number]) * 32 for number in range(1, 7)]


@pytest.fixture
def path(tmp_path):
    old_file(tmp_path / "keys.db")
    return tmp_path / "keys.db"


def version(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute("pragma user_version").fetchone()[0]


def copies(path):
    return list(path.parent.glob("keys.db.v1-*"))


def assert_has_everything(keys):
    one, two = keys.gates()
    assert (one.identity, one.lane, one.state, one.former, one.begins) == (b"GATE-A1.", "lane 1", "enrolled", None, 0)
    assert (one.keys.static_key, one.keys.count, one.keys.chain_key) == (UNSEALED[0], 7, UNSEALED[1])
    assert (two.lane, two.state, two.reason, two.booked) == ("lane 2", "revoked", 3, False)
    assert (two.keys.static_key, two.keys.chain_key) == (UNSEALED[2], UNSEALED[3])
    assert (keys.secret("register"), keys.secret("ledger 20261123")) == (UNSEALED[4], UNSEALED[5])


def test_a_file_of_version_1_is_sealed_when_it_is_opened(path):
    """Every gate and every key of a purpose is there; none lies unsealed in the file any more."""
    with contextlib.closing(KeyFile(path, protector="file")) as keys:
        assert_has_everything(keys)
        assert keys.protector == "file"
    with contextlib.closing(KeyFile(path)) as keys:
        assert_has_everything(keys)
        assert keys.news == []

    assert version(path) == VERSION
    content = path.read_bytes()
    assert not any(key in content for key in UNSEALED)


def test_a_copy_is_kept_and_it_is_said_that_it_holds_unsealed_keys(path):
    """A whole key file of version 1 for its owner only, named in the news with what to do with it."""
    with contextlib.closing(KeyFile(path, protector="file")) as keys:
        (said,) = keys.news
    (copy,) = copies(path)

    assert str(copy) in said
    assert "holds the keys unsealed. Destroy it as soon as all gates are up" in said
    assert copy.stat().st_mode & 0o777 == 0o600
    assert version(copy) == 1
    with contextlib.closing(sqlite3.connect(copy)) as database:
        assert database.execute("select static_key from gates order by lane").fetchall() == [
            (UNSEALED[0],),
            (UNSEALED[2],),
        ]
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)


def test_wherever_it_is_killed_the_file_is_old_or_new(tmp_path):
    """And the next start has everything; a copy was there before anything changed."""
    done = subprocess.run(
        [sys.executable, PROCESSES, "killed-migrate", tmp_path], capture_output=True, text=True, check=True
    )
    points = int(done.stdout)
    versions = []
    for point in range(points):
        path = tmp_path / str(point) / "keys.db"
        versions.append(version(path))
        assert versions[-1] == 1 or copies(path)
        with contextlib.closing(KeyFile(path, protector="file")) as keys:
            assert_has_everything(keys)

    assert points > 50
    assert versions == sorted(versions)
    assert {1, 2} == set(versions)


def test_nothing_is_migrated_under_a_gatehouse_that_has_the_file_open(path):
    """One of the older version, which only looked into it once; it goes on with what it had."""
    older = sqlite3.connect(path, isolation_level=None)
    older.execute("select count(*) from gates").fetchone()
    with pytest.raises(KeyFileError, match=r"older version, and a gatehouse or another program has it open. Stop"):
        KeyFile(path, protector="file")
    assert older.execute("select count from gates where lane = 'lane 1'").fetchone() == (7,)
    older.execute("update gates set count = 8")
    older.close()

    assert copies(path) == []
    with contextlib.closing(KeyFile(path, protector="file")) as keys:
        assert keys.gate(b"GATE-A1.").keys.count == 8


def test_a_migration_that_cannot_be_written_leaves_the_old_file(path, monkeypatch):
    """A protector that fails halfway."""
    monkeypatch.setattr("gatehouse.protectors.MasterFile.wrap", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        KeyFile(path, protector="file")
    monkeypatch.undo()

    assert version(path) == 1
    with contextlib.closing(KeyFile(path, protector="file")) as keys:
        assert_has_everything(keys)


def test_a_protector_that_does_not_work_here_changes_nothing(path):
    """Not even a copy is made."""
    with pytest.raises(KeyFileError, match='protector = "dpapi" does not work here: this is not Windows'):
        KeyFile(path, protector="dpapi")

    assert version(path) == 1
    assert copies(path) == []
