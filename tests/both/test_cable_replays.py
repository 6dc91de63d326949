"""Who holds the cable replays, delays, reorders and swaps: nothing old opens, and no verdict opens for another tap."""

from gate import lane_table as t
from gate_bench import TO_GATE, TO_HOUSE
from gatelink import codes, events
from gatelink.gate_to_house import Completion
from gatelink.house_to_gate import Order, Verdict
from gatelink.limits import ORDER_FRESH_MS
from link_pair import CHAIN_KEY
from tapped_bench import TappedBench, decoded

VERDICT_BYTES = 36  # no other frame to an idle gate is so long


def captured_day():
    """A bench on which two travellers passed and one order was obeyed, and every frame of it."""
    bench = TappedBench().bring_up()
    bench.run(1500)
    bench.swipe()
    bench.swipe()
    bench.house.send(Order(5, codes.ORDER_OPEN_ONCE), bench.now)
    bench.run(8000)
    assert bench.pulses() == 3
    return bench, list(bench.tap.seen)


def replay_idle_and_asked(bench, captured):
    """All of it while nobody is there, then while a traveller waits whose verdict is kept from the gate."""
    pulses, entries = bench.pulses(), len(bench.ledger)
    bench.replay(captured)
    assert bench.pulses() == pulses
    assert len(bench.ledger) == entries
    bench.run(6000)
    bench.answers = False
    for direction, frame in captured:
        if bench.lane.state != t.S_ASKING:
            bench.run_until(lambda: bench.lane.state == t.S_IDLE and bench.end.is_up())
            bench.lay_card()
            bench.turn()
            assert bench.lane.state == t.S_ASKING
        bench.tap.inject(direction, frame)
        bench.turn()
        bench.now += 20
    bench.answers = True
    bench.run(8000)
    assert bench.pulses() == pulses


def test_nothing_captured_opens_again_in_the_same_session():
    bench, captured = captured_day()
    replay_idle_and_asked(bench, captured)
    assert bench.end.counters.replayed > 0
    bench.swipe()
    assert bench.pulses() == 4


def test_nothing_captured_opens_again_after_the_gate_started_anew():
    bench, captured = captured_day()
    bench.power_up()
    bench.bring_up()
    replay_idle_and_asked(bench, captured)
    assert bench.end.counters.old_session > 0
    bench.swipe()
    assert bench.pulses() == 4


def test_nothing_captured_opens_again_after_the_house_started_anew():
    bench, captured = captured_day()
    bench.start_house()
    bench.replay(captured)
    bench.bring_up()
    replay_idle_and_asked(bench, captured)
    bench.swipe()
    assert bench.pulses() == 4


def test_nothing_captured_opens_a_gate_that_has_just_started_or_a_house_that_has():
    bench, captured = captured_day()
    for _ in range(2):
        bench.power_up()
        bench.start_house()
        bench.tap.cut = (TO_HOUSE, TO_GATE)
        bench.lay_card()
        bench.replay(captured)
        assert bench.pulses() == 3
        assert not bench.end.is_up()
        assert not bench.house.is_up()
        bench.tap.cut = ()
        bench.bring_up()


def test_a_captured_tap_is_neither_asked_nor_answered_again():
    bench, captured = captured_day()
    heard = [(tap.boot, tap.counter) for tap in bench.taps()]
    bench.replay(captured)
    bench.start_house()
    bench.replay(captured)
    bench.bring_up()
    bench.replay(captured)

    assert [(tap.boot, tap.counter) for tap in bench.taps()] == heard


def test_nothing_captured_is_believed_by_a_house_that_was_set_back():
    bench, captured = captured_day()
    heard = len(bench.taps())
    bench.roster.count, bench.roster.chain_key = 0, CHAIN_KEY
    bench.start_house()
    bench.house_there = False
    for way, frame in captured * 2:
        if way == TO_HOUSE:
            bench.house.receive(frame, bench.now)
        bench.now += 20
    bench.house_there = True
    bench.serve()

    assert bench.roster.count == 0
    assert not bench.house.is_up()
    assert len(bench.taps()) == heard
    assert codes.REFUSED_WRONG_KEY in [event.reason for event in bench.heard if isinstance(event, events.Alarm)]


def test_the_verdict_on_one_tap_kept_back_and_delivered_to_the_next_opens_nothing():
    bench = TappedBench().bring_up()
    bench.run(300)
    kept_back = []

    def keep_verdicts_back(direction, frame):
        if direction == TO_HOUSE or len(frame) < VERDICT_BYTES:
            return frame
        kept_back.append(frame)
        return b""

    bench.tap.change = keep_verdicts_back
    bench.swipe(6500)
    assert bench.lane.state == t.S_IDLE
    bench.answers = False
    bench.lay_card()
    bench.turn()
    bench.tap.change = None
    heard = bench.end.counters.frames_in
    for frame in kept_back:
        bench.tap.inject(TO_GATE, frame)
    bench.run(100)

    assert bench.end.counters.frames_in >= heard + len(kept_back) > heard
    assert bench.lane.state == t.S_ASKING
    assert bench.pulses() == 0


def test_a_verdict_is_worth_nothing_when_it_comes_too_late():
    for late_ms, opens in ((1000, True), (1600, False)):
        bench = TappedBench().bring_up()
        bench.tap.holding = (TO_GATE,)
        bench.lay_card()
        bench.run(late_ms)
        bench.tap.let_go()
        bench.run(3000)
        assert (bench.pulses() == 1) is opens, late_ms


def test_a_verdict_with_another_boot_or_counter_opens_nothing_even_from_the_house_itself():
    for boot, counter in ((0, 1), (2, 1), (1, 0), (1, 2), (0xFFFFFFFF, 1), (1, 0xFFFFFFFF)):
        bench = TappedBench().bring_up()
        bench.answers = False
        bench.lay_card()
        bench.turn()
        assert (bench.taps()[-1].boot, bench.taps()[-1].counter) == (1, 1)
        bench.house.send(Verdict(boot, counter, codes.ALLOW, codes.REASON_GREEN, 1500), bench.now)
        bench.run(200)
        assert bench.lane.state == t.S_ASKING, (boot, counter)
        bench.run(5000)
        assert bench.pulses() == 0, (boot, counter)


def test_a_denied_traveller_is_not_let_in_by_the_verdict_on_the_one_before():
    bench = TappedBench().bring_up()
    bench.swipe()
    assert bench.pulses() == 1
    allowed = list(bench.tap.seen)
    bench.denies = True
    bench.lay_card()
    bench.tap.cut = (TO_GATE,)
    bench.turn()
    bench.replay(allowed)
    assert bench.pulses() == 1
    bench.tap.cut = ()
    bench.run(6000)
    assert bench.pulses() == 1


def test_a_staff_order_kept_back_is_dropped_and_the_house_told():
    for late_ms, obeyed in ((500, True), (ORDER_FRESH_MS + 300, False)):
        bench = TappedBench().bring_up()
        bench.run(1500)
        bench.tap.holding = (TO_GATE,)
        bench.house.send(Order(7, codes.ORDER_OPEN_ONCE), bench.now)
        bench.run(late_ms)
        bench.tap.let_go()
        bench.run(3000)
        assert (bench.pulses() == 1) is obeyed, late_ms
        outcome = [done.outcome for done in bench.heard if isinstance(done, Completion)]
        assert outcome == [codes.COMPLETION_DONE if obeyed else codes.COMPLETION_STALE], late_ms


def test_a_staff_order_kept_back_over_a_new_session_is_not_obeyed():
    bench = TappedBench().bring_up()
    bench.run(1500)
    bench.tap.holding = (TO_GATE,)
    bench.house.send(Order(7, codes.ORDER_HOLD_OPEN), bench.now)
    bench.turn()
    order = bench.tap.held[-1]
    bench.run(4000)
    bench.tap.holding = ()
    bench.bring_up()
    bench.tap.inject(*order)
    bench.run(3000)

    assert bench.pulses() == 0
    assert bench.lane.state == t.S_IDLE


def swap(one, other, ms):
    """Let `ms` pass with the cables of two lanes exchanged."""
    for _ in range(ms // 5):
        for bench in (one, other):
            bench.supervisor.turn(bench.now)
        one.wire.to_house, other.wire.to_house = other.wire.to_house, one.wire.to_house
        for bench in (one, other):
            bench.serve()
        one.wire.to_gate, other.wire.to_gate = other.wire.to_gate, one.wire.to_gate
        for bench in (one, other):
            bench.now += 5


def two_lanes():
    """Two enrolled gates with sessions; each house knows only its own gate."""
    return TappedBench().bring_up(), TappedBench(1000, b"GATE-B2.", b"B" * 32).bring_up()


def test_the_verdict_for_one_lane_opens_no_other():
    one, other = two_lanes()
    for bench in (one, other):
        bench.now = max(one.now, other.now)
    one.denies = True
    one.lay_card()
    other.lay_card()
    swap(one, other, 8000)

    assert one.pulses() == other.pulses() == 0
    assert one.ledger[1:] == other.ledger[1:] == []


def test_the_frames_of_one_lane_replayed_into_another_open_nothing():
    one, other = two_lanes()
    one.swipe()
    one.house.send(Order(7, codes.ORDER_OPEN_ONCE), one.now)
    one.run(100)
    assert one.pulses() == 2
    other.answers = False
    other.lay_card()
    other.turn()
    other.replay(one.tap.seen)

    assert other.pulses() == 0
    assert [tap.counter for tap in other.taps()] == [1]


def test_lanes_whose_cables_were_swapped_and_put_back_serve_again():
    one, other = two_lanes()
    for bench in (one, other):
        bench.now = max(one.now, other.now)
    swap(one, other, 5000)
    for bench in (one, other):
        bench.run_until(lambda bench=bench: bench.end.is_up() and bench.house.is_up(), 12000)
        bench.run(2000)
        bench.swipe()
        assert bench.pulses() == 1
        assert [event.reason for event in bench.heard if isinstance(event, events.Alarm)][:1] == [
            codes.REFUSED_UNKNOWN_GATE
        ]


def test_the_length_of_a_verdict_does_not_tell_it():
    lengths = set()
    for verdict in (codes.ALLOW, codes.DENY, codes.REFER):
        bench = TappedBench().bring_up()
        bench.run(300)
        bench.answers = False
        bench.lay_card()
        bench.turn()
        bench.answer(verdict)
        frame = bench.tap.sent(TO_GATE)[-1]
        assert decoded(frame)
        lengths.add(len(frame))

    assert len(lengths) == 1
