"""What is left of a lane in whose program something failed: nothing stands open, hangs, or shows what is not so."""

from gate import facts, signals
from gate import lane_table as t
from gate.indicators import pattern
from gate_bench import GateBench, opened
from gatelink import codes
from gatelink.gate_to_house import Completion


def breaks(thing, name, when, times=1):
    """From now on a call of this method raises, so many times, if `when(its arguments)`."""
    whole, left = getattr(thing, name), [times]

    def broken(*given):
        if left[0] and when(*given):
            left[0] -= 1
            raise MemoryError
        return whole(*given)

    setattr(thing, name, broken)
    return left


class NoRoom:
    """Stands for a list that memory is missing for."""

    def append(self, _):
        raise MemoryError

    def __bool__(self):
        return False


def of_kind(kind):
    """Whether a fact is of this class."""
    return lambda fact, *_: isinstance(fact, kind)


def ordered(bench, what, number=5):
    """Staff order something; the gate has carried it out, or failed at it."""
    bench.order(what, number)
    bench.run(50)


def shows(bench, signal):
    """Whether the lamps are those of a signal."""
    return bench.conductor._indicators._lamps == pattern(signal)[0]


def test_a_failure_at_the_end_of_a_states_time_leaves_no_lane_that_waits_for_ever():
    """Out of memory as the outcome is to be recorded: the end comes in a later pass, with its record."""
    for begin, outcome in (
        (opened, codes.REPORT_NOBODY_CAME),
        (lambda bench: bench.lay_card(), codes.REPORT_NOT_OPENED),
    ):
        bench = GateBench().bring_up()
        begin(bench)
        broken = breaks(bench.lane, "_record", lambda what, *_: what == outcome)
        bench.run(12000)

        assert broken == [0]
        assert bench.lane.state == t.S_IDLE
        assert [entry[0] for entry in bench.ledger].count(outcome) == 1


def test_a_lane_that_was_shut_by_a_failure_is_not_said_to_be_held_open():
    bench = GateBench().bring_up()
    ordered(bench, codes.ORDER_HOLD_OPEN)
    assert bench.chip.relay
    breaks(bench.lane, "handle", of_kind(facts.KeyTurned))
    bench.chip.levels[2] = True
    bench.run(1000)

    assert (bench.lane.state, bench.chip.relay) == (t.S_IDLE, False)
    assert [entry for entry in bench.ledger if entry[0] == codes.REPORT_HELD] == [
        (codes.REPORT_HELD, 0, 1),
        (codes.REPORT_HELD, 0, 0),
    ]


def test_record_and_sign_of_orders_that_failed_half_way_are_not_lost():
    """Closing fails: what became of the opening is recorded, and the lamps are those of a lane at rest."""
    bench = GateBench().bring_up()
    opened(bench)
    breaks(bench.chip, "set_relays", lambda _: bench.lane.state == t.S_IDLE)
    bench.run(6000)

    assert bench.lane.state == t.S_IDLE
    assert not bench.chip.relay
    assert shows(bench, signals.IDLE)
    assert codes.REPORT_NOBODY_CAME in [entry[0] for entry in bench.ledger]


def test_fire_that_the_lane_failed_at_is_shown_and_recorded_all_the_same():
    bench = GateBench().bring_up()
    breaks(bench.lane, "handle", of_kind(facts.FireOn))
    breaks(bench.lane, "handle", of_kind(facts.FireOff))
    bench.chip.alarm = True
    bench.run(200)
    assert (bench.lane.state, bench.chip.relays) == (t.S_FIRE, 3)
    assert shows(bench, signals.FIRE)
    bench.chip.alarm = False
    bench.run(5000)

    assert (bench.lane.state, bench.chip.relays) == (t.S_IDLE, 0)
    assert [entry for entry in bench.ledger if entry[0] == codes.REPORT_FIRE] == [
        (codes.REPORT_FIRE, 0, 1),
        (codes.REPORT_FIRE, 0, 0),
    ]


def test_what_lasts_is_told_again_when_the_lane_failed_at_it():
    """Else it would take the house for gone, or a reader for broken, until the next start."""
    bench = GateBench()
    breaks(bench.lane, "handle", of_kind(facts.LinkUp))
    bench.bring_up()
    bench.lay_card()
    bench.run(50)
    assert len(bench.taps()) == 1

    bench = GateBench().bring_up()
    bench.reader.found.append(facts.ReaderFault(codes.FAULT_READER_SILENT, 0))
    bench.run(50)
    assert bench.lane.state == t.S_OUT_OF_SERVICE
    breaks(bench.lane, "handle", of_kind(facts.ReaderFault))
    bench.reader.found.append(facts.ReaderFault(codes.FAULT_READER_BACK, 0))
    bench.run(50)
    assert bench.lane.state == t.S_IDLE


def test_a_fact_behind_one_that_failed_is_not_lost():
    """The house is replaced in one read: the lane fails at the old session's end and must hear of the new one."""
    bench = GateBench().bring_up()
    breaks(bench.lane, "handle", of_kind(facts.LinkDown))
    whole = bench.uplink.receive
    bench.uplink.receive = lambda now: whole(now) + [facts.LinkDown(), facts.LinkUp()]
    bench.turn()
    bench.uplink.receive = whole
    bench.run(50)
    bench.lay_card()
    bench.run(50)
    assert len(bench.taps()) == 1


def test_a_card_that_the_lane_failed_at_is_wiped():
    bench = GateBench().bring_up()
    bench.lane._orders = NoRoom()
    card = bench.lay_card()
    bench.turn()
    assert bench.chip.failures == [MemoryError]
    assert not any(card.number)


def test_an_order_that_the_gate_failed_at_is_not_done_by_the_next_travellers_opening():
    bench = GateBench().bring_up()
    breaks(bench.lane, "_record", lambda what, *_: what == codes.REPORT_OPENING)
    ordered(bench, codes.ORDER_OPEN_ONCE, 7)
    assert bench.chip.failures == [MemoryError]
    bench.run(5000)
    opened(bench)
    bench.run(7000)

    assert [
        one.order for one in bench.heard if isinstance(one, Completion) and one.outcome == codes.COMPLETION_DONE
    ] == []


def test_a_crash_after_a_week_without_one_is_recorded_as_soon():
    """Ticks count half a period ahead: what was due a week ago must not seem due in a week."""
    bench = GateBench().bring_up()
    for _ in range(8 * 24):
        bench.run(3600000, 300000)
        bench.log.clear()
        bench.heard.clear()
    bench.bring_up()
    bench.conductor.crashed(1, ValueError())
    bench.run(61000)
    kind = codes.REPORT_FAULT + 256 * codes.FAULT_TASK_CRASHED
    bench.run_until(lambda: (codes.REPORT_COUNTED, kind, 1) in bench.ledger, 20000)
