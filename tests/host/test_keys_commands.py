"""`gatehouse keys`: what an operator types and reads about what seals the key file."""

import contextlib
import json

import pytest
from click.testing import CliRunner
from gatehouse.cli import main
from gatehouse.keyfile import KeyFile


@pytest.fixture
def ready(station):
    """A station with two lanes."""
    station.write_config("loop://")
    station.gates = [station.enrol("lane 1"), station.enrol("lane 2")]
    return station


@pytest.fixture
def typed(ready):
    return lambda *words: CliRunner().invoke(main, [*words, "--config", str(ready.config)])


def register_key(path):
    with contextlib.closing(KeyFile(path)) as keys:
        return keys.secret("register")


def test_keys_show_tells_what_seals_them_and_who_has_some(ready, typed):
    """Lanes by state, no key; the same for programs."""
    with contextlib.closing(ready.keys()) as keys:
        keys.propose(b"GATE-C3.", "lane 3", bytes(32), bytes(32))
        keys.revoke("lane 2")
    shown, told = typed("keys", "show"), json.loads(typed("keys", "show", "--json").output)

    assert shown.exit_code == 0
    assert "sealed by file. Protects a copy of the key file" in shown.output
    assert "does not protect against who can read this disk" in shown.output
    assert "proposed: lane 3\nenrolled: lane 1\nrevoked: lane 2\n" in shown.output
    for gate in ready.gates:
        assert gate.static_key.hex() not in shown.output
        assert bytes(gate.chain_key).hex() not in shown.output
    assert told["protector"] == "file"
    assert told["lanes"] == {"proposed": ["lane 3"], "enrolled": ["lane 1"], "revoked": ["lane 2"]}
    assert told["unsealed_copies"] == []


def test_keys_show_names_copies_that_hold_unsealed_keys(ready, typed):
    """Until somebody destroys them."""
    copy = ready.keys_path.with_name("keys.db.v1-20261125T000000.000000Z")
    copy.touch(mode=0o600)

    assert f"{copy}: holds the keys unsealed. Destroy it" in typed("keys", "show").output


def test_keys_show_tells_when_the_settings_want_another_protector(ready, typed):
    """With the command that does it."""
    ready.config.write_text(ready.config.read_text().replace('"file"', '"keyring"'))

    assert "gatehouse keys protect --with keyring" in typed("keys", "show").output


def test_keys_protect_changes_what_seals_them(ready, typed):
    """A gatehouse that has the file open goes on; and it is told what to destroy."""
    before = register_key(ready.keys_path)
    with contextlib.closing(ready.keys()) as running:
        done = typed("keys", "protect", "--with", "systemd-creds")
        running.advance(ready.gates[0].identity, 1, b"n" * 32)
        running.advance(ready.gates[0].identity, 0, b"n" * 32)

    assert done.exit_code == 0, done.output
    assert "sealed by systemd-creds now. Protects" in done.output
    assert "keys.db.master: is needed no more" in done.output
    (ready.keys_path.parent / "keys.db.master").unlink()
    assert register_key(ready.keys_path) == before


def test_keys_protect_by_what_does_not_work_changes_nothing(ready, typed):
    """With the reason."""
    done = typed("keys", "protect", "--with", "dpapi")

    assert done.exit_code == 1
    assert "this is not Windows" in done.output
    assert "Nothing was changed." in done.output
    assert "sealed by file" in typed("keys", "show").output
