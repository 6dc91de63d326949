"""Time: ticks wrap after 12.4 days, and the wall clock may jump; neither decides anything."""

from gate import lane_table as t
from gate_bench import GateBench
from gatelink import codes
from gatelink.gate_to_house import Tap
from gatelink.house_to_gate import Time
from gatelink.limits import REKEY_MS
from gatelink.ticks import PERIOD, add

YEAR_S = 366 * 24 * 3600
NOW_S = 1790000000
BEFORE_MS = (20000, 1500, 60, 5)


def passage(bench, on_ms, off_ms):
    """One visit; the relay's pulse, measured in passes of `off_ms`."""
    bench.lay_card()
    bench.turn()
    bench.answer()
    bench.turn()
    assert bench.chip.relay
    bench.run(on_ms)
    assert bench.chip.relay
    bench.run(off_ms)
    assert not bench.chip.relay
    bench.run_until(lambda: bench.lane.state == t.S_IDLE and bench.journal.waiting() == 0)


def test_taps_before_over_and_after_the_wrap_are_served_alike():
    for before in BEFORE_MS:
        bench = GateBench(now=PERIOD - 40000).bring_up()
        handshakes = bench.end.counters.handshakes
        passage(bench, 290, 15)
        bench.run_until(lambda: PERIOD - bench.now <= before + 5, 60000)
        bench.run(max(0, PERIOD - bench.now - before))
        passage(bench, 290, 15)  # its question, pulse or open time lies over the wrap
        assert bench.now < PERIOD // 2 or before > 10000
        bench.run(30000)
        assert bench.now < PERIOD // 2
        passage(bench, 290, 15)

        assert [entry[0] for entry in bench.ledger].count(codes.REPORT_OPENING) == 3
        assert bench.end.counters.handshakes == handshakes
        assert bench.chip.failures == []


def test_a_question_without_an_answer_ends_in_time_over_the_wrap():
    bench = GateBench(now=PERIOD - 30000).bring_up()
    bench.run(PERIOD - bench.now - 700)
    bench.lay_card()
    bench.run(1450)
    assert bench.lane.state == t.S_ASKING
    bench.run(100)
    assert bench.lane.state == t.S_REFERRED


def test_the_house_away_over_the_wrap_is_no_matter():
    bench = GateBench(now=PERIOD - 30000).bring_up()
    bench.house_there = False
    bench.run(8000)
    for _ in range(5):
        bench.lay_card()
        bench.run(6000)
    assert bench.now < PERIOD // 2
    bench.house_there = True
    bench.bring_up()

    assert [(entry[0], entry[2]) for entry in bench.ledger[1:]] == [
        (codes.REPORT_NOT_OPENED, codes.REASON_HOST_AWAY)
    ] * 5
    passage(bench, 290, 15)


def test_a_session_is_renewed_by_its_age_also_over_the_wrap():
    bench = GateBench(now=PERIOD - 60000).bring_up()
    handshakes = bench.end.counters.handshakes
    bench.end._session._made_at = add(bench.now, 90000 - REKEY_MS)
    bench.run(80000, step_ms=20)
    assert bench.now < PERIOD // 2
    assert bench.end.counters.handshakes == handshakes
    bench.run(20000, step_ms=20)
    assert bench.end.counters.handshakes == handshakes + 1
    passage(bench, 290, 15)


def test_jumps_of_years_change_no_verdict_no_pulse_and_no_timeout():
    """The clock of the house goes into records, and nowhere else."""
    bench = GateBench().bring_up()
    for jump_s in (0, YEAR_S, -20 * YEAR_S, 40 * YEAR_S, -NOW_S, 0xFFFFFFFF - NOW_S):
        moment = NOW_S + jump_s
        bench.house.send(Time(moment), bench.now)
        bench.run(50)
        passage(bench, 290, 15)

        bench.lay_card()  # the clock jumps between question and answer, and while the lane is open
        bench.turn()
        bench.house.send(Time(max(0, NOW_S - jump_s // 2)), bench.now)
        bench.answer()
        bench.run(30)
        assert bench.chip.relay
        bench.house.send(Time(moment), bench.now)
        bench.run(280)
        assert not bench.chip.relay
        bench.run(4600)
        assert bench.lane.state == t.S_OPEN
        bench.run(300)
        assert bench.lane.state == t.S_IDLE

        bench.lay_card()
        bench.run(1450)
        assert bench.lane.state == t.S_ASKING
        bench.run(3000)
        taps = len([one for one in bench.heard if isinstance(one, Tap)])
        bench.order(codes.ORDER_OPEN_ONCE, taps)
        bench.run(100)
        assert bench.chip.relay
        bench.run_until(lambda: bench.lane.state == t.S_IDLE and bench.journal.waiting() == 0)
    assert bench.chip.failures == []
