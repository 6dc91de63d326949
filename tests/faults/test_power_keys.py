"""The key file when the power fails in any write: no gate ever has keys that the file has forgotten."""

import contextlib
import sqlite3

import pytest
from gatehouse.gate_record import ENROLLED, REVOKED
from gatehouse.keyfile import KeyFile
from host.key_processes import old_file
from host.test_key_migration import assert_has_everything

from faults.cuts import judge
from faults.recorder import Recorder

NEW, OTHER = b"GATE-NEW", b"GATE-OTH"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "disk"
    made.mkdir(mode=0o700)
    return made


def test_keys_are_the_old_ones_or_the_new_ones(folder, tmp_path):
    """A station's first file, a purpose's key, a gate proposed, confirmed, exchanged, taken back."""
    path, recorded = folder / "keys.db", Recorder(folder)
    with recorded.listening(), contextlib.closing(KeyFile(path, create=True, protector="file")) as keys:
        recorded.promise("made")
        register = keys.secret("register")
        recorded.promise("register")
        keys.propose(NEW, "lane 1", b"s" * 32, b"c" * 32)
        recorded.promise("proposed")
        keys.confirm(NEW)
        recorded.promise("enrolled")
        keys.propose(OTHER, "lane 1", b"t" * 32, b"d" * 32, former=NEW, begins=7)
        recorded.promise("proposed again")
        keys.confirm(OTHER)
        recorded.promise("exchanged")
        keys.revoke("lane 1")
        recorded.promise("taken back")

    def check(found, cut):
        with contextlib.closing(
            KeyFile(found / "keys.db", create="made" not in cut.promised, protector="file")
        ) as keys:
            new, other = keys.gate(NEW), keys.gate(OTHER)
            states = new and new.state, other and other.state
            if "register" in cut.promised:
                assert keys.secret("register") == register
            if "proposed" in cut.promised:
                assert (new.keys.static_key, new.keys.chain_key) == (b"s" * 32, b"c" * 32)
            if "proposed again" in cut.promised:
                assert (other.keys.static_key, other.former, other.begins) == (b"t" * 32, NEW, 7)
            # Exchanged in one step: at no moment a lane without a gate, or with two.
            assert states in {
                (None, None),
                ("proposed", None),
                (ENROLLED, None),
                (ENROLLED, "proposed"),
                (REVOKED, ENROLLED),
                (REVOKED, REVOKED),
            }
            assert "enrolled" not in cut.promised or states[0] in {ENROLLED, REVOKED}
            assert "exchanged" not in cut.promised or states[0] == REVOKED
            assert "taken back" not in cut.promised or states == (REVOKED, REVOKED)

    assert judge(recorded, tmp_path / "found", check, seed=1) > 60


def test_a_migration_of_keys_that_loses_its_power_leaves_the_old_file_or_the_new_one(folder, tmp_path):
    """Version 1 to this one: the next start takes it on from there, and every key is what it was."""
    old_file(folder / "keys.db")
    recorded = Recorder(folder)
    with recorded.listening():
        KeyFile(folder / "keys.db", protector="file").close()
        recorded.promise("sealed")

    def check(found, cut):
        with contextlib.closing(sqlite3.connect(found / "keys.db")) as database:
            version = database.execute("pragma user_version").fetchone()[0]
        assert version in {1, 2}
        assert not cut.promised or version == 2
        with contextlib.closing(KeyFile(found / "keys.db", protector="file")) as keys:
            assert_has_everything(keys)

    assert judge(recorded, tmp_path / "found", check, seed=2) > 20
