"""No downgrade: what the ends agree on is covered by both proofs, and an end knows one cipher only."""

import pytest
from gate_bench import TO_GATE, TO_HOUSE
from gatelink import codes, events
from hostile_frames import Forger
from tapped_bench import TappedBench, decoded, framed, is_sealed

HELLO, ANSWER = 1, 2


def rewritten(kind, edit):
    """A bench on whose cable somebody rewrites every frame of one kind."""
    bench = TappedBench()

    def change(_direction, frame):
        fields = decoded(frame)
        if is_sealed(frame) or fields[0] != kind:
            return frame
        return framed(edit(fields))

    bench.tap.change = change
    bench.run(12_000)
    return bench


@pytest.mark.parametrize(
    "edit",
    [
        lambda hello: [*hello[:4], [0, 1]],
        lambda hello: [*hello[:4], [1, 2]],
        lambda hello: [*hello[:4], [1, 1, 0]],
        lambda hello: [*hello[:4], [1, 1, {}]],
        lambda hello: [*hello[:3], hello[3] + 1, hello[4]],
        lambda hello: [hello[0], hello[1], hello[2][::-1], *hello[3:]],
    ],
    ids=["older version offered", "later version offered", "option added", "map added", "count", "nonce"],
)
def test_a_hello_changed_on_the_way_gives_no_session(edit):
    """The gate does not take the house's answer to what it has not said, nothing is stepped, and staff is told."""
    bench = rewritten(HELLO, edit)

    assert not bench.end.is_up()
    assert not bench.house.is_up()
    assert bench.end.counters.refused > 0
    assert bench.roster.count == 0
    assert [event.reason for event in bench.heard if isinstance(event, events.Alarm)]


@pytest.mark.parametrize("versions", [[0, 0], [2, 9]], ids=["only older", "only later"])
def test_versions_that_do_not_fit_are_refused_by_name(versions):
    """No answer at all, and an alarm that says so."""
    bench = rewritten(HELLO, lambda hello: [*hello[:4], versions])

    assert not [frame for frame in bench.tap.sent(TO_GATE) if decoded(frame)[0] == ANSWER]
    assert {event.reason for event in bench.heard if isinstance(event, events.Alarm)} == {codes.REFUSED_VERSION}


@pytest.mark.parametrize(
    "edit",
    [
        lambda answer: [*answer[:2], [0], answer[3]],
        lambda answer: [*answer[:2], [2], answer[3]],
        lambda answer: [*answer[:2], [], answer[3]],
        lambda answer: [*answer[:2], [1, 0], answer[3]],
        lambda answer: [answer[0], bytes(16), *answer[2:]],
        lambda answer: [*answer[:3], bytes(16)],
        lambda answer: answer[:3],
        lambda answer: [*answer, 0],
    ],
    ids=["older", "later", "no version", "option added", "nonce", "proof", "no proof", "field added"],
)
def test_an_answer_changed_on_the_way_gives_no_session(edit):
    """The gate proves nothing to whoever changed it, and steps no key."""
    bench = rewritten(ANSWER, edit)

    assert not bench.end.is_up()
    assert bench.roster.count == 0
    assert not [frame for frame in bench.tap.sent(TO_HOUSE) if decoded(frame)[0] == 3]


def relabelled(protected):
    """A live session with a traveller waiting; every sealed frame says that it has another algorithm."""
    bench = TappedBench().bring_up()

    def change(_direction, frame):
        return framed([protected, *decoded(frame)[1:]]) if is_sealed(frame) else frame

    bench.tap.change = change
    bench.lay_card()
    bench.run(8000)
    return bench


@pytest.mark.parametrize("protected", [b"", b"\xa0", b"\xa1\x01\x00", b"\xa1\x01\x01", b"\xa1\x01\x18\x1e"])
def test_a_frame_that_names_another_cipher_is_not_opened(protected):
    """Neither none nor another one: the cipher is not up for choice."""
    bench = relabelled(protected)

    assert bench.pulses() == 0
    assert bench.taps() == []


def test_the_relabelling_alone_would_open():
    """The same with the right algorithm passes: it is the label that is refused."""
    assert relabelled(b"\xa1\x01\x0a").pulses() == 1


@pytest.mark.parametrize("state", ["before", "in", "after"])
def test_nothing_unsealed_is_taken_before_in_or_after_a_session(state):
    """A verdict, an order, a tap, a settings message in the clear: dropped, whatever the session."""
    bench = TappedBench()
    bench.answers = False
    if state != "before":
        bench.bring_up()
    if state == "after":
        bench.tap.cut = (TO_GATE, TO_HOUSE)
        bench.run(4000)
        assert not bench.end.is_up()
    bench.lay_card()
    bench.turn()
    taps = len(bench.taps())
    for frame in Forger(1).unsealed():
        bench.tap.inject(TO_GATE, frame)
        bench.tap.inject(TO_HOUSE, frame)
        bench.run(20)

    assert bench.pulses() == 0
    assert len(bench.taps()) == taps
