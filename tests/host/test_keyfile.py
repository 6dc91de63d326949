"""The key file: who may read it, what it keeps, what it refuses."""

import os
import sqlite3
import stat

import pytest
from gatehouse.key_tables import APPLICATION_ID
from gatehouse.keyfile import KeyFile, KeyFileError

IDENTITY, STATIC, CHAIN = b"GATE-A1.", bytes(range(32)), bytes(range(32, 64))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys" / "keys.db"


@pytest.fixture
def keys(path):
    opened = KeyFile(path, create=True, protector="file")
    yield opened
    opened.close()


def test_a_new_key_file_is_its_owners_alone(path, keys):
    """File, write-ahead log and folder: no rights for anybody else."""
    keys.secret("register")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for beside in path.parent.iterdir():
        assert not beside.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), beside


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o777])
def test_a_key_file_that_others_may_touch_is_refused(path, mode):
    """The message says what to run."""
    KeyFile(path, create=True, protector="file").close()
    path.chmod(mode)

    with pytest.raises(KeyFileError, match=f"chmod 600 {path}"):
        KeyFile(path)


def test_a_missing_key_file_is_not_made_by_chance(path):
    """Serving with a mistyped path does not end in a house without gates."""
    with pytest.raises(KeyFileError, match=r"no key file\. Put it back"):
        KeyFile(path)
    assert not path.exists()


def test_a_file_that_is_no_key_file_is_refused(tmp_path):
    """Text, another program's database, a later version."""
    text = tmp_path / "text"
    text.write_text("not a database, but long enough to have a header of one hundred bytes" * 4)
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as database:
        database.execute("create table notes (text)")
    database.close()
    later = tmp_path / "later.db"
    with sqlite3.connect(later) as database:
        database.execute(f"pragma application_id = {APPLICATION_ID}")
        database.execute("pragma user_version = 99")
    database.close()
    same_version = tmp_path / "same version.db"
    with sqlite3.connect(same_version) as database:
        database.execute("create table gates (text)")
        database.execute("pragma user_version = 2")
    database.close()
    cases = (text, "not a database"), (foreign, "another program"), (same_version, "another program"), (later, "later")
    for path, says in cases:
        path.chmod(0o600)
        with pytest.raises(KeyFileError, match=says):
            KeyFile(path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    """A file stands where the folder should be."""
    (tmp_path / "keys").write_text("")

    with pytest.raises(KeyFileError, match="cannot be made"):
        KeyFile(tmp_path / "keys" / "keys.db", create=True, protector="file")


def test_an_enrolled_gate_is_found_again(path, keys):
    """After closing and opening, with count 0 and not revoked."""
    keys.add_gate(IDENTITY, "lane 1", STATIC, CHAIN)
    again = KeyFile(path)
    found = again.gate(IDENTITY)
    again.close()

    assert (found.lane, found.revoked) == ("lane 1", False)
    assert (found.keys.static_key, found.keys.count, found.keys.chain_key) == (STATIC, 0, CHAIN)
    assert [gate.identity for gate in keys.gates()] == [IDENTITY]
    assert keys.gate(b"unknown.") is None


def test_a_lane_or_identity_is_enrolled_once(keys):
    """The second is refused and the first stays."""
    keys.add_gate(IDENTITY, "lane 1", STATIC, CHAIN)

    for identity, lane in ((IDENTITY, "lane 2"), (b"OTHER...", "lane 1")):
        with pytest.raises(KeyFileError, match="enrolled already"):
            keys.add_gate(identity, lane, CHAIN, STATIC)
    assert keys.gate(IDENTITY).keys.static_key == STATIC


def test_keys_only_advance(keys):
    """An older or equal count changes nothing."""
    keys.add_gate(IDENTITY, "lane 1", STATIC, CHAIN)
    keys.advance(IDENTITY, 5, b"5" * 32)
    for count in (5, 4, 0):
        keys.advance(IDENTITY, count, b"x" * 32)

    assert (keys.gate(IDENTITY).keys.count, keys.gate(IDENTITY).keys.chain_key) == (5, b"5" * 32)


def test_a_replaced_chain_key_is_not_left_in_the_file(path, keys):
    """Freed places are overwritten: not even its seal is there."""
    sealed = "select sealed from gates"
    assert keys._db.execute("pragma secure_delete").fetchone() == (1,)
    keys.add_gate(IDENTITY, "lane 1", STATIC, CHAIN)
    (old,) = keys._db.execute(sealed).fetchone()
    keys.advance(IDENTITY, 1, b"next" * 8)
    (new,) = keys._db.execute(sealed).fetchone()
    keys.close()

    assert old not in path.read_bytes()
    assert new in path.read_bytes()


def test_no_key_lies_in_the_file_unsealed(path, keys):
    """Neither a gate's nor a purpose's, in the file, its write-ahead log or beside it."""
    keys.propose(IDENTITY, "lane 1", STATIC, CHAIN)
    keys.confirm(IDENTITY)
    keys.advance(IDENTITY, 1, b"next" * 8)
    mine = [STATIC, CHAIN, b"next" * 8, keys.secret("register"), keys._vault.data_key]

    for file in path.parent.iterdir():
        content = file.read_bytes()
        assert not any(key in content or key.hex().encode() in content for key in mine), file


def test_each_purpose_has_a_key_of_its_own(path, keys):
    """Made at first use, the same for ever, the same for every process."""
    register, day = keys.secret("register"), keys.secret("ledger 20261123")
    other_process = KeyFile(path)

    assert len(register) == 32
    assert register != day
    assert other_process.secret("register") == keys.secret("register") == register
    other_process.close()


def test_a_key_file_in_use_elsewhere_does_not_hold_the_house_for_ever(path, keys):
    """A writer that never ends is an error that names the file, within about a second."""
    keys.add_gate(IDENTITY, "lane 1", STATIC, CHAIN)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("begin immediate")
    try:
        with pytest.raises(KeyFileError, match="locked"):
            keys.advance(IDENTITY, 1, CHAIN)
        assert keys.gate(IDENTITY).keys.count == 0
    finally:
        blocker.execute("rollback")
        blocker.close()


def test_a_key_file_of_another_user_is_refused(path, monkeypatch):
    """Without the right to read and write it."""
    KeyFile(path, create=True, protector="file").close()
    # A test that runs as root may read everything, so the system's answer is put in its mouth.
    monkeypatch.setattr(os, "access", lambda *_: False)

    with pytest.raises(KeyFileError, match="Run the command as that user"):
        KeyFile(path)


def test_no_error_shows_a_key(keys):
    """Whatever fails, the text holds no key bytes."""
    keys.add_gate(IDENTITY, "lane 1", STATIC, CHAIN)
    with pytest.raises(KeyFileError) as refused:
        keys.add_gate(IDENTITY, "lane 1", STATIC, CHAIN)
    shown = repr(refused.value) + repr(refused.value.__cause__)

    assert STATIC.hex() not in shown
    assert repr(STATIC) not in shown
