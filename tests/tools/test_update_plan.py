"""What an update changes, and what it leaves alone."""

import pytest
from gatetools.service_mode import FileOnGate
from gatetools.update_files import CannotUpdate, Plan, check_interpreter, check_room, plan, sha256

WANTED = {"gate/update.mpy": b"M\x06u", "boot.py": b"boot", "gate/lane.mpy": b"M\x06l", "lib/gatelink/x.mpy": b"M\x06x"}


def there(**contents):
    return {path: FileOnGate(len(data), sha256(data)) for path, data in contents.items()}


class Gate:
    """Answers every command with one text."""

    port = "PORT"

    def __init__(self, answer):
        self._answer = answer

    def run(self, _code):
        return self._answer


def test_only_what_differs_is_sent_and_the_updater_comes_last():
    """A new one must not read what an old one has begun."""
    chosen = plan(WANTED, there(**{"boot.py": b"boot", "gate/lane.mpy": b"other"}))

    assert ["gate/lane.mpy", "lib/gatelink/x.mpy", "gate/update.mpy"] == list(chosen.put)
    assert () == chosen.drop


def test_settings_board_and_peoples_files_stay():
    """Code that is not the firmware's goes: it could be loaded in its place."""
    mine = ("settings.json", "settings.good", "board.py", "notes.txt", "data/log.csv", "update/0", "update/commit")
    gone = ("board.mpy", "gate/lane.py", "gate/lane.mpy.new", "lib/other.mpy", "old.py", "boards/x", "data/code.py")
    chosen = plan(WANTED, there(**WANTED, **dict.fromkeys((*mine, *gone), b"")))

    assert {} == chosen.put
    assert tuple(sorted(gone)) == chosen.drop


def test_the_manifest_names_files_in_the_order_of_their_numbers():
    """And its end, so that half of it is none."""
    lines = Plan({"b": b"1", "a": b"2"}, ("c",)).manifest().decode().split("\n")

    assert [f"put {sha256(b'1')} b", f"put {sha256(b'2')} a", "drop c", "end", ""] == lines


@pytest.mark.parametrize("free", [0, 11])
def test_room_is_checked_by_blocks_and_told_in_bytes(free):
    """Two files, the manifest, one copy, four to spare, two folders of two: twelve. Old staging is free."""
    chosen = Plan({"gate/a": b"1" * 4096, "gate/b": b"2"}, ())

    with pytest.raises(CannotUpdate, match=rf"needs {12 * 4096} bytes and it has {free * 4096}\."):
        check_room(Gate(f"4096 {free}\n"), chosen, {})
    check_room(Gate("4096 11\n"), chosen, there(**{"update/0": b"x"}))


@pytest.mark.parametrize("answer", ["", "x y", "0 5", "4096", "4096 1 2"])
def test_a_gate_that_does_not_tell_its_room_is_refused(answer):
    """Nothing is sent on a guess."""
    left_over = there(**{"update/0": b"x"})
    with pytest.raises(CannotUpdate, match="does not tell"):
        check_room(Gate(answer), Plan({"a": b"1"}, ()), left_over)


def test_files_that_the_interpreter_does_not_load_are_not_sent():
    """The version of the compiled form is the files' second byte."""
    check_interpreter(Gate("6\n"), WANTED)
    with pytest.raises(CannotUpdate, match="gate flash"):
        check_interpreter(Gate("5\n"), WANTED)
