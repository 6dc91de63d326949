"""A gate without keys says what it is, and changes nothing by it."""

from gatelink import events
from gatelink.errors import DamagedFrame
from gatelink.framing import frame
from gatelink.gate_to_house import Heartbeat
from gatelink.handshake import HERE, here, read_here
from gatelink.limits import TEXT_MAX_BYTES
from link_pair import BAUD, OneGate, Pair
from suites import gate_suite, house_suite

HOSTILE = (
    [HERE],
    [HERE, [1, 1], b"devkit"],
    [HERE, [1, 1], b"devkit", b"0.1.0", 0],
    [HERE, 1, b"devkit", b"0.1.0"],
    [HERE, [1, 1], 7, b"0.1.0"],
    [HERE, [1, 1], b"devkit", [b"0.1.0"]],
    [HERE, [1, 1], b"x" * (TEXT_MAX_BYTES + 1), b"0.1.0"],
    [HERE, [1, 1], b"devkit", b"x" * (TEXT_MAX_BYTES + 1)],
)


def said(body):
    return frame(gate_suite(), body)


def test_a_house_is_told_board_and_firmware():
    pair = Pair()
    pair.house.receive(said(here(gate_suite(), b"devkit", b"0.1.0")), pair.now)
    pair.run(1)
    told = pair.at_house(events.Here)
    assert [(one.board, one.firmware) for one in told] == [(b"devkit", b"0.1.0")]


def test_what_is_no_such_message_is_damage_and_nothing_else():
    for array in HOSTILE:
        try:
            read_here(array)
        except DamagedFrame:
            pass
        else:
            raise AssertionError(array)
        pair = Pair()
        pair.house.receive(said(house_suite().encode(array)), pair.now)
        pair.run(1)
        assert pair.at_house(events.Here) == []
        assert pair.house.counters.damaged == 1


def test_it_disturbs_no_session_and_is_not_believed_beside_one():
    pair = Pair().bring_up()
    beats = len(pair.at_house(Heartbeat))
    for _ in range(20):
        pair.put_on_wire("g>h", said(here(gate_suite(), b"devkit", b"9.9.9")))
        pair.run(200)
    assert pair.up()
    assert pair.at_house(events.Here) == []
    assert pair.at_house(events.Down) == []
    assert len(pair.at_house(Heartbeat)) >= beats + 3
    assert pair.house.counters.handshakes == 1


def test_a_gate_takes_no_notice_of_another_ones_word():
    pair = Pair(baud=BAUD, roster=OneGate()).bring_up()
    pair.put_on_wire("h>g", said(here(gate_suite(), b"devkit", b"0.1.0")))
    pair.run(3000)
    assert pair.up()
