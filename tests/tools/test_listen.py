"""Listening to the link: what is shown with and without keys, from a port and from a file, and what rubbish does."""

import json
import os
import pty
import random
import threading
import tty

import pytest
import serial
from click.testing import CliRunner
from gatehouse.keyfile import GateRecord
from gatelink import codes
from gatelink.gate_to_house import Report, Tap
from gatelink.house_to_gate import Verdict
from gatelink.keys import HouseKeys
from gatetools import keylog, recording
from gatetools.cli import main
from gatetools.recording import TO_GATE, TO_HOUSE, Captured, Cutter, Recorder
from link_pair import CHAIN_KEY, IDENTITY, STATIC_KEY, Pair

NUMBER = b"11010519491231002X"


def gate_record(identity, lane):
    return GateRecord(identity, lane, "enrolled", None, 0, 0, None, 0, False, HouseKeys(STATIC_KEY, 0, CHAIN_KEY))


@pytest.fixture
def story(tmp_path):
    """A recording of a session with one tap, its bytes by direction, and the key log."""
    sent = []

    def tapped(direction, frame, _index):
        sent.append((direction, frame))
        return frame

    pair = Pair(tamper=tapped).bring_up()
    pair.gate.send(Tap(1, 1, codes.CARD_RESIDENT, NUMBER, 20301231, 5), pair.now)
    pair.run(50)
    pair.house.send(Verdict(1, 1, codes.ALLOW, codes.REASON_GREEN, 1500), pair.now)
    pair.gate.send(Report(1, codes.REPORT_OPENING, 1, 1, 1, 0), pair.now)
    pair.run(50)
    path = tmp_path / "traffic.jsonl"
    recorder = Recorder(path, 115200)
    cutters = {way: Cutter(way) for way in recording.WAYS}
    for us, (way, frame) in enumerate(sent):
        for captured in cutters[way].feed(frame, us):
            recorder.take(captured)
    recorder.close()
    keys = tmp_path / "keys.jsonl"
    keylog.write(keys, [gate_record(IDENTITY, "A")])
    return path, keys, sent


def listened(*arguments):
    done = CliRunner().invoke(main, ["listen", *map(str, arguments)])
    return done.exit_code, done.stdout, done.stderr


def test_without_keys_kinds_of_handshake_sizes_and_times_are_shown_and_nothing_else(story):
    """Everything sealed stays sealed."""
    status, said, summed = listened(story[0])
    assert status == 0
    for kind in ("hello", "answer", "proof", "sealed"):
        assert kind in said
    assert "tap" not in said
    assert "verdict" not in said
    assert len(said.splitlines()) == len(story[2])
    assert f"{sum(len(frame) for way, frame in story[2] if way == TO_HOUSE)} bytes" in summed


def test_with_the_key_log_messages_are_shown_and_the_number_masked(story):
    """Contents by name, the card's number in no form but its mask, in lines and in JSON."""
    for more in ((), ("--json",)):
        status, said, _ = listened(story[0], "--keys", story[1], *more)
        assert status == 0
        for shown in (
            "tap",
            "verdict",
            "report",
            "ready",
            "heartbeat",
            "pass",
            "1***************2X",
            "green",
            "opening",
        ):
            assert shown in said
        for hidden in (NUMBER.decode(), NUMBER.hex(), "19491231", STATIC_KEY.hex(), CHAIN_KEY.hex()):
            assert hidden not in said
    kinds = [json.loads(line)["kind"] for line in said.splitlines()]
    places = [kinds.index(kind) for kind in ("hello", "answer", "proof", "ready", "tap", "verdict")]
    assert places == sorted(places)


def test_keys_of_another_gate_open_nothing(story, tmp_path):
    """They are told apart by identity."""
    other = tmp_path / "other.jsonl"
    keylog.write(other, [gate_record(b"GATE-B2.", "B")])
    assert "tap" not in listened(story[0], "--keys", other)[1]


def test_a_frame_that_was_changed_is_shown_as_such(story, tmp_path):
    """Damage is part of what one wants to see."""
    lines = story[0].read_text().splitlines()
    found = json.loads(lines[-1])
    found["hex"] = found["hex"][:-2] + ("00" if found["hex"][-2:] != "01" else "02")
    lines[-1] = json.dumps(found)
    hurt = tmp_path / "hurt.jsonl"
    hurt.write_text("\n".join(lines) + "\n")
    said = listened(hurt, "--keys", story[1])[1].splitlines()[-1]
    assert "damaged" in said or "does not open" in said


@pytest.fixture
def wires():
    """Two taps on a line as ttys: the ends to write to, and the names to listen on."""
    made = [os.openpty() for _ in range(2)]
    for master, slave in made:
        tty.setraw(master)
        tty.setraw(slave)
    yield [master for master, _ in made], [os.ttyname(slave) for _, slave in made]
    for pair in made:
        for fd in pair:
            os.close(fd)


@pytest.fixture
def when_open(monkeypatch):
    """Calls something when so many ports have been opened: opening throws away what came before."""
    opened = []
    real = serial.serial_for_url

    def wait_for(count, call):
        def counting(*given, **named):
            port = real(*given, **named)
            opened.append(port)
            if len(opened) == count:
                threading.Thread(target=call).start()
            return port

        monkeypatch.setattr(serial, "serial_for_url", counting)

    return wait_for


def test_two_ports_show_both_directions_and_are_recorded(story, wires, when_open, tmp_path):
    """Live as from a file; nothing is sent."""
    masters, names = wires
    ways = (TO_HOUSE, TO_GATE)
    when_open(2, lambda: [os.write(masters[ways.index(way)], frame) for way, frame in story[2]])
    kept = tmp_path / "kept.jsonl"
    status, said, _ = listened(names[0], "--other", names[1], "--seconds", "0.5", "--record", kept, "--keys", story[1])
    assert status == 0
    assert "gate > house" in said
    assert "house > gate" in said
    assert len(list(recording.read(kept))) == len(story[2]) == len(said.splitlines())
    for master in masters:
        os.set_blocking(master, False)
        with pytest.raises(BlockingIOError):
            os.read(master, 1)


def test_hostile_bytes_on_the_wire_are_shown_as_damage_and_never_raw(wires, when_open):
    """Escape codes, floods without a delimiter, zeros: lines of plain text come out."""
    seed = 7
    print(f"seed {seed}")
    draw = random.Random(seed)
    masters, names = wires
    hostile = b"\x1b[2J\x1b]0;owned\x07\0" + draw.randbytes(800) + bytes(50) + b"\xff" * 700 + b"\0"
    when_open(1, lambda: os.write(masters[0], hostile))
    status, said, _ = listened(names[0], "--seconds", "0.5")
    assert status == 0
    assert "damaged" in said
    assert all(character.isprintable() or character == "\n" for character in said)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage",
        b"\xff\xfe\0\0",
        b"[" * 100_000,
        b'{"recording": "gatelink", "format": 99}\n',
        b'{"recording": "gatelink", "format": 1}\n{"us": "x", "way": "g>h", "hex": "00"}\n',
        b'{"recording": "gatelink", "format": 1}\n{"us": 1, "way": "\\u001b[2J", "hex": "00"}\n',
        b'{"recording": "gatelink", "format": 1}\n{"us": 1, "way": "g>h", "hex": "zz"}\n',
        b'{"recording": "gatelink", "format": 1}\n{"us": 1, "way": "g>h"',
        b'{"recording": "gatelink", "format": 1}\n{"us": 1, "way": "g>h", "hex": "' + b"ab" * 100_000 + b'"}\n',
    ],
    ids=range(10),
)
def test_a_file_that_is_no_recording_is_refused_by_line(tmp_path, content):
    """What is wrong and where; no traceback, no raw content."""
    path = tmp_path / "odd.jsonl"
    path.write_bytes(content)
    status, said, complaint = listened(path)
    assert (status, said) == (1, "")
    assert str(path) in complaint
    assert "Traceback" not in complaint
    assert "\x1b" not in complaint


def test_a_port_that_is_not_there_and_a_file_that_exists_are_named(tmp_path, story):
    """Clear words, exit status 1."""
    status, _, complaint = listened(tmp_path / "nowhere")
    assert status == 1
    assert "nowhere" in complaint
    status, _, complaint = listened(story[0], "--record", story[0])
    assert status == 1
    assert "exists already" in complaint
    odd = tmp_path / "odd"
    odd.write_text("no keys")
    status, _, complaint = listened(story[0], "--keys", odd)
    assert status == 1
    assert "is no key log" in complaint
    status, _, complaint = listened(story[0], "--seconds", "1")
    assert status == 2
    assert "is a recording: --seconds is for ports" in complaint
    status, _, complaint = listened(tmp_path)
    assert status == 1
    assert "this is a folder" in complaint


def test_a_port_that_somebody_holds_is_not_listened_at():
    """Two readers would take each other's bytes."""
    fd, held = pty.openpty()
    name = os.ttyname(held)
    try:
        with serial.Serial(name, exclusive=True):
            status, _, complaint = listened(name, "--seconds", "0.1")
        assert status == 1
        assert "another program holds it" in complaint
    finally:
        os.close(fd)
        os.close(held)


def test_what_is_cut_is_what_was_sent():
    """Bytes in any pieces give the same frames."""
    data = b"\0abc\0\0de\0f\0"
    for size in (1, 2, 5, 11):
        cutter = Cutter(TO_GATE)
        found = [one for at in range(0, len(data), size) for one in cutter.feed(data[at : at + size], 3)]
        assert found == [Captured(3, TO_GATE, piece) for piece in (b"abc", b"de", b"f")]


def test_with_the_key_log_nothing_of_a_code_is_shown(tmp_path):
    """Only that it was one; whatever a code says, it may be a control sequence."""
    sent = []

    def tapped(direction, frame, _index):
        sent.append((direction, frame))
        return frame

    pair = Pair(tamper=tapped).bring_up()
    pair.gate.send(Tap(1, 1, codes.CARD_CODE, b"\x1b[2JGH1:7Q2M", 0, 5), pair.now)
    pair.run(50)
    path, keys = tmp_path / "traffic.jsonl", tmp_path / "keys.jsonl"
    recorder = Recorder(path, 115200)
    cutters = {way: Cutter(way) for way in recording.WAYS}
    for us, (way, frame) in enumerate(sent):
        for captured in cutters[way].feed(frame, us):
            recorder.take(captured)
    recorder.close()
    keylog.write(keys, [gate_record(IDENTITY, "A")])

    status, said, _ = listened(path, "--keys", keys, "--json")

    assert status == 0
    (tap,) = [line for line in said.splitlines() if json.loads(line)["kind"] == "tap"]
    print(tap)
    assert '"number": "code"' in tap
    assert "7Q2M" not in said
