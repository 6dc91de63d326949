"""A wire delivers every byte in its time, and damages what it is told to damage."""

import pytest
from gatetools.sim.wire import Damage, Wire
from hypothesis import given
from hypothesis import strategies as st

S = 1_000_000_000


def drain(wire, until_ns=10**15):
    """[(time, byte)] of everything that arrives, taken as soon as the wire says so."""
    arrived = []
    while (at := wire.next_ns()) is not None and at <= until_ns:
        arrived += [(at, byte) for byte in wire.take(at)]
    return arrived


@given(st.sampled_from([9600, 115200, 460800, 4_000_000]), st.binary(min_size=1, max_size=300), st.integers(0, S))
def test_no_byte_is_early(baud, data, start_ns):
    """Byte i is there after i + 1 byte times, and not before."""
    wire = Wire(baud)
    wire.put(data, start_ns)

    arrived = drain(wire)

    assert data == bytes(byte for _, byte in arrived)
    for i, (at_ns, _) in enumerate(arrived):
        assert (at_ns - start_ns) * baud >= (i + 1) * 10 * S
    assert (arrived[-1][0] - start_ns - len(data)) * baud <= len(data) * 10 * S, "the last byte is on time"


def test_writes_queue_up_behind_each_other():
    """Two writes at one moment take the time of both."""
    wire = Wire(10_000)  # a byte each millisecond
    wire.put(b"ab", 0)
    wire.put(b"c", 0)

    assert b"a" == wire.take(1_000_000)
    assert b"b" == wire.take(2_999_999)
    assert b"c" == wire.take(3_000_000)


def test_an_idle_wire_starts_anew():
    """A pause between two writes is not saved up."""
    wire = Wire(10_000)
    wire.put(b"a", 0)
    wire.put(b"b", 50_000_000)

    assert b"a" == wire.take(50_999_999)
    assert b"b" == wire.take(51_000_000)


def test_without_a_speed_everything_is_there_at_once():
    """baud None is no limit."""
    wire = Wire(None)
    wire.put(bytes(1000), 5)

    assert bytes(1000) == wire.take(5)
    assert wire.next_ns() is None


def test_delay_comes_on_top():
    """Every byte later by so much, none twice as late."""
    wire = Wire(10_000, Damage(delay_ns=7_000_000))
    wire.put(b"ab", 0)

    assert b"" == wire.take(7_999_999)
    assert b"a" == wire.take(8_000_000)
    assert b"b" == wire.take(9_000_000)


def test_damage_can_be_had_again():
    """The same seed gives the same damage, another one another."""
    harm = Damage(flip=0.05, lose=0.05, duplicate=0.05, noise=0.05)

    def run(seed):
        wire = Wire(None, harm, seed)
        wire.put(bytes(range(256)) * 4, 0)
        return wire.take(0)

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert run(1) != bytes(range(256)) * 4


@pytest.mark.parametrize(
    ("harm", "expected"),
    [
        (Damage(lose=1.0), b""),
        (Damage(duplicate=1.0), b"aabb"),
    ],
)
def test_certain_damage_is_certain(harm, expected):
    """A probability of 1 hits every byte."""
    wire = Wire(None, harm)
    wire.put(b"ab", 0)
    assert expected == wire.take(0)


def test_a_flip_turns_exactly_one_bit():
    """Damage is as small as it says."""
    wire = Wire(None, Damage(flip=1.0))
    wire.put(b"\x00" * 64, 0)
    assert all(byte.bit_count() == 1 for byte in wire.take(0))


def test_noise_adds_bytes_and_keeps_the_others():
    """What was sent is still there, in its order."""
    wire = Wire(None, Damage(noise=1.0))
    wire.put(b"abc", 0)
    assert b"abc" == wire.take(0)[1::2]


def test_a_cut_wire_loses_what_is_sent():
    """And carries again when it is whole."""
    wire = Wire(None)
    wire.cut = True
    wire.put(b"lost", 0)
    wire.cut = False
    wire.put(b"there", 1)
    assert b"there" == wire.take(1)


@pytest.mark.parametrize("baud", [0, -1])
def test_a_speed_is_positive(baud):
    """Anything else is refused."""
    with pytest.raises(ValueError, match="positive"):
        Wire(baud)
