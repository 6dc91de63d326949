"""Enrolment of a device that is no gate, or a thief's: what it says of itself, and how it answers to keys.

Whatever comes back: one error with what to do, in the key file at most a proposal, and no key on the screen.
"""

import contextlib
import hmac
import json
import os
import re

import pytest
from click.testing import CliRunner
from gatehouse.gate_record import ENROLLED, PROPOSED
from gatehouse.keyfile import KeyFile
from gatetools import enroll
from gatetools.cli import main
from gatetools.enroll import EnrolmentFailed, EnrolmentRefused

KEY = re.compile(r"[0-9a-fA-F]{64}")
TRUE = {
    "board": "lane_a",
    "firmware": "1",
    "one_cable": False,
    "identity": "",
    "proof": "",
    "newest": 0,
    "owing": False,
}


@pytest.fixture
def keys(tmp_path):
    with contextlib.closing(KeyFile(tmp_path / "keys.db", create=True, protector="file")) as made:
        yield made


def says(text):
    return lambda _code, _line: text


def told(**changed):
    return enroll.who(says(json.dumps(TRUE | changed)))


class Device:
    """A gate's side of it, with these keys or none."""

    def __init__(self, identity=b"", static_key=bytes(32), newest=0):
        self.identity, self.static_key, self.newest = identity, static_key, newest

    def __call__(self, code, line):
        assert code == enroll.WHO
        challenge = bytes.fromhex(line)
        proof = hmac.digest(self.static_key, b"gatehouse who" + challenge + self.identity, "sha256")
        said = {"identity": self.identity.hex(), "proof": proof.hex() if self.identity else "", "newest": self.newest}
        return json.dumps(TRUE | said)


@pytest.mark.parametrize(
    "text",
    [
        "", " \n", "no JSON", "[]", "null", "1", '"text"', "{}", "{" * 100_000, "[" * 100_000, "\0", "\x1b[2J",
        '{"board": ' + "[" * 50_000 + "]" * 50_000 + "}", "9" * 100_000, "x" * 200_000,
        json.dumps(TRUE) + "\nand more",
        *(json.dumps(TRUE | changed) for changed in (
            {"identity": None}, {"identity": 7}, {"identity": ["00"] * 8}, {"identity": "00" * 7},
            {"identity": "00" * 9}, {"identity": "zz" * 8}, {"identity": "0" * 15}, {"identity": "\u0660" * 16},
            {"proof": None}, {"proof": 1}, {"proof": "xy"},
            {"newest": True}, {"newest": -1}, {"newest": 1 << 32}, {"newest": 1.0}, {"newest": "0"}, {"newest": None},
            {"newest": 1e400}, {"one_cable": 1}, {"one_cable": "true"}, {"owing": 0}, {"owing": None},
            {"board": 5}, {"board": None}, {"board": ["lane_a"]}, {"firmware": {}}, {"board": "\ud800"},
        )),
        json.dumps(TRUE).replace('"newest": 0', '"newest": ' + "9" * 5000),
    ],
    ids=lambda text: text[:30].encode("ascii", "backslashreplace").decode() + f" {len(text)}",
)  # fmt: skip
def test_what_is_not_what_a_gate_says_is_refused(text):
    """By one error that says nothing of it and what to do."""
    with pytest.raises(EnrolmentFailed, match=r"did not say who it is.*update-files.*Nothing was changed") as caught:
        enroll.who(says(text))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("name", ["board", "firmware"])
def test_what_it_calls_itself_is_shown_as_plain_text(name):
    """Whatever is in it, and not much of it."""
    shown = getattr(told(**{name: "\x1b[2J\r\n\u202e北" + "x" * 10_000}), name)
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) < 100


def test_an_identity_is_the_same_in_capitals_and_small_letters():
    """They are bytes."""
    assert told(identity="AB" * 8).identity == told(identity="ab" * 8).identity == b"\xab" * 8


@pytest.mark.parametrize(
    "answer",
    [
        lambda line, proof: "",
        lambda line, proof: line,
        lambda line, proof: line + proof[:-1],
        lambda line, proof: proof.upper(),
        lambda line, proof: proof + "\n" + "0" * 64,
        lambda line, proof: proof + "\n" + line,
        lambda line, proof: proof[:-1],
        lambda line, proof: proof + proof,
        lambda line, proof: "é" * 64,
        lambda line, proof: "\ud800",
        lambda line, proof: "0" * 200_000,
        lambda line, proof: hmac.digest(bytes(32), bytes.fromhex(line)[:8], "sha256").hex(),
    ],
    ids=["silence", "echo", "short", "capitals", "noise after", "echo after", "cut", "twice", "accents", "half a pair",
         "huge", "of other keys"],
)  # fmt: skip
def test_what_is_no_proof_is_told_and_shown_nowhere(keys, answer, capsys):
    """The keys stay proposed: the device may have them. The text says that the same command ends the matter."""
    planned = enroll.plan(told(), keys, "A1")
    lines = []

    def gate(code, line):
        assert code == enroll.ACCEPT
        lines.append(line.strip())
        return answer(lines[0], proof_of(lines[0]))

    with pytest.raises(EnrolmentFailed, match="Run the same command again") as caught:
        enroll.carry_out(gate, keys, planned)
    said = str(caught.value) + repr(caught.value.__cause__) + "".join(capsys.readouterr())
    assert not KEY.search(said)
    assert [gate.state for gate in keys.gates()] == [PROPOSED]


def proof_of(line):
    whole = bytes.fromhex(line)
    return hmac.digest(whole[8:40], b"gatehouse enrolled" + whole[:8] + whole[40:72], "sha256").hex()


def test_noise_before_a_proof_is_noise(keys):
    """As a chip that was just reset prints it."""
    identity = enroll.carry_out(
        lambda _code, line: "rst:0x1\n\x1b[0m " + proof_of(line.strip()) + "\n", keys, enroll.plan(told(), keys, "A1")
    )
    assert [gate.identity for gate in keys.gates()] == [identity]


def test_keys_are_in_no_text_of_what_holds_them(keys):
    """Neither of a plan nor of new keys, as an error's trace would show them."""
    planned = enroll.plan(told(), keys, "A1")
    new = enroll.propose(keys, planned)
    assert not KEY.search(repr(planned) + repr(new) + str(new) + repr(keys.gates()))


@pytest.mark.parametrize("newest", [0, 5, 0xFFFFFFFF])
def test_a_device_that_says_anothers_identity_is_nobody(keys, newest):
    """A thief's: it is asked about, and gets keys without a past. The lane that it named keeps its gate and records."""
    mine = os.urandom(8)
    keys.add_gate(mine, "B2", os.urandom(32), os.urandom(32))
    pretending = enroll.who(Device(mine, os.urandom(32), newest))
    planned = enroll.plan(pretending, keys, "A1")

    assert planned.former is None
    assert "says that it is the gate of lane B2 and does not prove it" in " ".join(planned.doubts)
    new = enroll.propose(keys, planned)
    keys.confirm(new.identity)
    assert {gate.lane: (gate.identity, gate.state) for gate in keys.gates()} == {
        "A1": (new.identity, ENROLLED),
        "B2": (mine, ENROLLED),
    }
    assert [gate.identity for gate in keys.lineage(new.identity)] == [new.identity]
    with pytest.raises(EnrolmentRefused, match="does not prove it"):
        enroll.rotation(pretending, keys)
    with pytest.raises(EnrolmentRefused, match="add --replace"):
        enroll.plan(pretending, keys, "B2")


def test_a_gate_that_the_key_file_does_not_know_keeps_its_word_and_owns_nothing(keys):
    """Its former identity is a note for the ledger: it revokes nobody, and no lineage has it."""
    held = os.urandom(8)
    keys.add_gate(held, "B2", os.urandom(32), os.urandom(32))
    planned = enroll.plan(enroll.who(Device(b"ELSEWHER", os.urandom(32), 117)), keys, "A1")

    assert (planned.former, planned.begins) == (b"ELSEWHER", 117)
    new = enroll.propose(keys, planned)
    assert keys.confirm(new.identity) == []
    assert [gate.identity for gate in keys.lineage(new.identity)] == [new.identity]


def test_the_gate_itself_proves_it(keys):
    """And is asked only about leaving its lane."""
    mine, static_key = os.urandom(8), os.urandom(32)
    keys.add_gate(mine, "B2", static_key, os.urandom(32))
    planned = enroll.plan(enroll.who(Device(mine, static_key, 7)), keys, "A1")

    assert (planned.former, planned.begins) == (mine, 7)
    assert ["will leave it" in doubt for doubt in planned.doubts] == [True]
    assert enroll.rotation(enroll.who(Device(mine, static_key)), keys).doubts == ()


def test_a_proof_is_worth_nothing_for_another_challenge(keys):
    """Who has overheard one cannot repeat it."""
    mine, static_key = os.urandom(8), os.urandom(32)
    keys.add_gate(mine, "B2", static_key, os.urandom(32))
    overheard = Device(mine, static_key)(enroll.WHO, "00" * 16)

    assert enroll.plan(enroll.who(says(overheard)), keys, "A1").former is None


def test_a_gate_whose_keys_are_damaged_here_gets_new_ones_and_keeps_its_records(keys):
    """It cannot prove itself, so that is asked; an attacker cannot damage the key file."""
    mine, static_key = os.urandom(8), os.urandom(32)
    keys.add_gate(mine, "B2", static_key, os.urandom(32))
    keys._db.execute("update gates set sealed = zeroblob(92)")
    planned = enroll.rotation(enroll.who(Device(mine, static_key, 7)), keys)

    assert (planned.lane, planned.former, planned.begins) == ("B2", mine, 7)
    assert "are damaged" in planned.doubts[0]
    keys.confirm(enroll.propose(keys, planned).identity)
    assert len(keys.lineage(keys.gates()[-1].identity)) == 2


def test_a_key_file_that_cannot_be_opened_sends_nothing_to_the_gate(tmp_path):
    """The port is not even opened."""
    config = tmp_path / "gatehouse.toml"
    (tmp_path / "keys.db").write_bytes(b"x" * 5000)
    (tmp_path / "keys.db").chmod(0o600)
    config.write_text('[store]\ndata = "data"\nkeys = "keys.db"\n[[port]]\nurl = "unset"\n', encoding="utf-8")
    done = CliRunner().invoke(main, ["enroll", "/dev/none", "--lane", "A1", "--config", str(config)])

    assert done.exit_code == 1
    assert "keys.db" in done.output
    assert "/dev/none" not in done.output
    assert done.output.rstrip().endswith("Nothing was changed.")
