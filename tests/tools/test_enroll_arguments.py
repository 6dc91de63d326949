"""What is typed after `gate enroll` and its neighbours: what cannot be meant is refused, and no screen is painted."""

import contextlib
import os

import pytest
from click.testing import CliRunner
from gatehouse.keyfile import KeyFile
from gatetools.cli import main

# What a shell hands over for bytes that are no UTF-8.
NO_TEXT = os.fsdecode(b"\xff\xfe")
UNREADABLE = ["", "  ", "A\x1b[2J", "A\n1", "\x07", "\u202eA", NO_TEXT]


@pytest.fixture
def typed(tmp_path):
    """Types a command of `gate` at a station that has a gate on lane A1."""
    config, keys = tmp_path / "gatehouse.toml", tmp_path / "keys.db"
    config.write_text('[store]\ndata = "data"\nkeys = "keys.db"\n[[port]]\nurl = "unset"\n', encoding="utf-8")
    with contextlib.closing(KeyFile(keys, create=True, protector="file")) as made:
        made.add_gate(b"GATE-A1.", "A1", os.urandom(32), os.urandom(32))

    def typed(*words):
        result = CliRunner().invoke(main, [*words, "--config", str(config)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result

    typed.folder = tmp_path
    return typed


@pytest.mark.parametrize("name", [*UNREADABLE, "A" * 65], ids=ascii)
def test_a_lane_needs_a_name_that_can_be_read(typed, name):
    """It goes onto screens and into the ledger."""
    done = typed("enroll", "/dev/none", "--lane", name)
    assert done.exit_code == 2
    assert "--lane" in done.output
    assert "\x1b" not in done.output


def test_spaces_around_a_lane_are_not_its_name(typed):
    """As they come from a pasted list."""
    assert typed("revoke", " A1 ", "--yes").exit_code == 0


@pytest.mark.parametrize("name", UNREADABLE, ids=ascii)
@pytest.mark.parametrize("command", [["revoke"], ["rotate"], ["enroll", "--lane", "A1"]], ids=lambda words: words[0])
def test_what_no_screen_shows_is_no_lane_and_no_port(typed, command, name):
    """Refused before anything is opened, and not shown."""
    done = typed(*command, name)
    assert done.exit_code == 2
    assert "a name that can be read" in done.output
    assert not {"\x1b", "\x07", "\u202e"} & set(done.output)


@pytest.mark.parametrize(
    ("option", "value"),
    [("--baud", one) for one in ("0", "-5", "99999999999", "1e3", "")]
    + [("--wait", one) for one in ("nan", "-nan", "inf", "-1", "3601", "soon")],
)
@pytest.mark.parametrize("command", [["rotate", "/dev/none"], ["enroll", "/dev/none", "--lane", "A1"]], ids=" ".join)
def test_speeds_and_waits_have_a_range(typed, command, option, value):
    """Exit status 2, with the option's name."""
    done = typed(*command, option, value)
    assert done.exit_code == 2
    assert option in done.output


def test_a_file_is_no_port(typed):
    """Said in plain words, with how ports are named."""
    done = typed("rotate", str(typed.folder / "gatehouse.toml"))
    assert done.exit_code == 1
    assert "this is no serial port; name the port as the system does" in done.output
    assert "ioctl" not in done.output


def test_lost_keys_of_a_data_folder_are_told_as_that(typed):
    """No new key file is made beside data that belongs to another one."""
    (typed.folder / "data").mkdir()
    (typed.folder / "data" / "ledger.db").touch()
    (typed.folder / "keys.db").rename(typed.folder / "elsewhere.db")
    done = typed("enroll", "/dev/none", "--lane", "A1")
    assert done.exit_code == 1
    assert f"the data folder {typed.folder / 'data'} belongs to one" in done.output
    assert "a new station gets one" not in done.output
    assert not (typed.folder / "keys.db").exists()


def test_former_gates_are_counted(typed):
    """A lane that has had many is one line; programs get each."""
    with contextlib.closing(KeyFile(typed.folder / "keys.db")) as keys:
        for _ in range(3):
            keys.revoke("A1")
            keys.add_gate(os.urandom(8), "A1", os.urandom(32), os.urandom(32))
    shown = typed("list", "--all").output
    assert shown.count("revoked") == 1
    assert "3 former" in shown
    assert len(typed("list", "--all", "--json").output.splitlines()) == 4
