"""The line process joins two ttys, keeps its pace, and can be cut, unplugged and damaged by command."""

import os
import select
import subprocess
import sys
import time

import pytest
from gatetools.sim.port import TtyPort

LIMIT_S = 10


class LineProcess:
    """A line with its ends opened as a gate and a house would."""

    def __init__(self, folder, *options):
        self.names = {"gate": folder / "gate", "house": folder / "house"}
        command = [sys.executable, "-m", "gatetools.sim.line", *map(str, self.names.values()), *options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert "ready\n" == self.process.stdout.readline()

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def end(self):
        self.process.stdin.close()
        self.process.wait(LIMIT_S)
        self.process.stdout.close()


@pytest.fixture
def line(tmp_path):
    made = []

    def make(*options):
        made.append(LineProcess(tmp_path, *options))
        return made[-1]

    yield make
    for one in made:
        if one.process.poll() is None:
            one.end()


@pytest.fixture
def ports():
    opened = []

    def open_(name):
        opened.append(TtyPort(name, 115200))
        return opened[-1]

    yield open_
    for port in opened:
        port.close()


def receive(port, size, limit_s=LIMIT_S):
    """[(arrival in s, bytes)] until `size` bytes are there or time is up."""
    pieces, ends_at = [], time.monotonic() + limit_s
    while sum(len(data) for _, data in pieces) < size and (left := ends_at - time.monotonic()) > 0:
        if select.select([port.fd], [], [], left)[0]:
            pieces.append((time.monotonic(), port.read()))
    return pieces


def joined(pieces):
    return b"".join(data for _, data in pieces)


def test_bytes_pass_both_ways_unchanged(line, ports):
    """Every byte value, control characters included."""
    made = line("--baud", "none")
    gate, house = ports(made.names["gate"]), ports(made.names["house"])
    everything = bytes(range(256))
    gate.write(everything)
    assert everything == joined(receive(house, 256))
    house.write(everything)
    assert everything == joined(receive(gate, 256))


def test_no_byte_is_earlier_than_its_wire_time(line, ports):
    """At 9600 Bd byte i cannot be there before i + 1 byte times have passed."""
    made = line("--baud", "9600")
    gate, house = ports(made.names["gate"]), ports(made.names["house"])
    started = time.monotonic()
    gate.write(bytes(100))

    pieces = receive(house, 100)

    got = 0
    for arrived, data in pieces:
        got += len(data)
        assert arrived - started >= got * 10 / 9600
    assert (100, True) == (got, len(pieces) > 10)


def test_a_cut_cable_loses_bytes_and_a_mended_one_carries(line, ports):
    """Both ends stay open meanwhile."""
    made = line("--baud", "none")
    gate, house = ports(made.names["gate"]), ports(made.names["house"])
    assert "ok" == made.tell("cut")
    gate.write(b"lost")
    assert b"" == joined(receive(house, 1, 0.2))
    assert "ok" == made.tell("mend")
    gate.write(b"there")
    assert b"there" == joined(receive(house, 5))


def test_a_cable_is_cut_in_the_middle_of_what_is_sent(line, ports):
    """At the byte that was asked for, counted over both directions; mended, it carries again."""
    made = line("--baud", "115200")
    gate, house = ports(made.names["gate"]), ports(made.names["house"])
    assert "ok" == made.tell("cut 5")
    gate.write(b"abc")
    assert b"abc" == joined(receive(house, 3))
    house.write(b"defg")
    assert b"de" == joined(receive(gate, 3, 0.2))
    assert "ok" == made.tell("mend")
    gate.write(b"there")
    assert b"there" == joined(receive(house, 5))


def test_noise_comes_though_nobody_sends(line, ports):
    """As many bytes as were asked for, at both ends."""
    made = line("--baud", "115200")
    gate, house = ports(made.names["gate"]), ports(made.names["house"])
    assert "ok" == made.tell("noise 20")
    assert [20, 20] == [len(joined(receive(end, 21, 0.3))) for end in (gate, house)]


def test_an_unplugged_end_vanishes_and_comes_back_under_its_name(line, ports):
    """Whoever has it open sees that it has gone."""
    made = line("--baud", "none")
    gate, house = ports(made.names["gate"]), ports(made.names["house"])
    assert "ok" == made.tell("unplug house")
    assert not made.names["house"].exists()
    with pytest.raises(OSError):  # noqa: PT011 - which errno depends on the system
        os.write(house.fd, b"x")
    gate.write(b"lost")
    assert "ok" == made.tell("plug house")
    again = ports(made.names["house"])
    gate.write(b"back")
    assert joined(receive(again, 4)).endswith(b"back")


def test_damage_starts_and_ends_by_command(line, ports):
    """What is left out is nothing."""
    made = line("--baud", "none", "--seed", "3")
    gate, house = ports(made.names["gate"]), ports(made.names["house"])
    assert "ok" == made.tell("damage flip=1")
    gate.write(bytes(50))
    damaged = joined(receive(house, 50))
    assert all(byte.bit_count() == 1 for byte in damaged)
    assert "ok" == made.tell("damage")
    gate.write(bytes(50))
    assert bytes(50) == joined(receive(house, 50))


@pytest.mark.parametrize(
    "command",
    ["", "jump", "unplug nobody", "baud fast", "baud 0", "damage flip", "damage flop=1", "cut now", "noise loud"],
)
def test_a_bad_command_is_refused_and_changes_nothing(line, ports, command):
    """It says "bad", and goes on carrying."""
    made = line("--baud", "none")
    gate, house = ports(made.names["gate"]), ports(made.names["house"])
    assert made.tell(command).startswith("bad")
    gate.write(b"still")
    assert b"still" == joined(receive(house, 5))


def test_what_both_ends_sent_is_counted_though_it_was_lost(line, ports):
    """`carried` tells the bytes of both directions, also those that a cut cable lost."""
    made = line("--baud", "none")
    gate, house = ports(made.names["gate"]), ports(made.names["house"])
    assert made.tell("carried") == "carried 0"

    gate.write(b"12345")
    assert b"12345" == joined(receive(house, 5))
    assert made.tell("cut") == "ok"
    house.write(b"678")
    until = time.monotonic() + LIMIT_S
    while (told := made.tell("carried")) != "carried 8" and time.monotonic() < until:
        pass

    assert told == "carried 8"


def test_it_ends_with_its_input_and_leaves_nothing(line):
    """Names gone, status 0."""
    made = line()
    made.end()
    assert 0 == made.process.returncode
    assert not any(name.is_symlink() for name in made.names.values())


def test_a_file_in_the_way_is_not_overwritten(tmp_path):
    """It is named instead."""
    (tmp_path / "gate").write_text("precious", encoding="utf-8")
    command = [sys.executable, "-m", "gatetools.sim.line", str(tmp_path / "gate"), str(tmp_path / "house")]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=LIMIT_S, stdin=subprocess.DEVNULL, check=False
    )
    assert 1 == ended.returncode
    assert "exists and is no serial port" in ended.stderr
    assert "precious" == (tmp_path / "gate").read_text(encoding="utf-8")
