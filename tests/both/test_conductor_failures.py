"""What a failure in the gate's program costs, how it is told, and when the flash is touched."""

from gate import lane_table as t
from gate.conductor import WELL_MS
from gate.facts import ReaderFault
from gate_bench import GateBench, LaneSettings
from gatelink import codes
from gatelink.gate_to_house import Fault, Trace
from gatelink.house_to_gate import LaneRules, Settings


def test_a_crash_is_told_with_where_it_broke_and_counted_in_a_record():
    bench = GateBench().bring_up()
    bench.reader.fails = ValueError("11010519491231002X")
    bench.turn()
    bench.reader.fails = None
    bench.run(WELL_MS + 100)
    bench.reader.fails = KeyError("a secret")
    bench.turn()
    bench.reader.fails = None
    bench.run(61000)

    told = [(one.part, one.error, one.where) for one in bench.heard if isinstance(one, Trace)]
    part = codes.PART_READER + codes.READER_SAM_V
    assert told == [(part, error, b"conductor.py:87 sam_v.py:210") for error in (b"ValueError", b"KeyError")]
    kind = codes.REPORT_FAULT + 256 * codes.FAULT_TASK_CRASHED
    assert [entry for entry in bench.ledger if entry[0] == codes.REPORT_COUNTED] == [
        (codes.REPORT_COUNTED, kind, 1),
        (codes.REPORT_COUNTED, kind, 1),
    ]


def test_a_part_that_fails_in_every_other_pass_fills_neither_journal_nor_link():
    bench = GateBench().bring_up()
    before, whole = bench.journal.newest_index(), bench.chip.inputs

    def fails():
        raise ValueError

    for number in range(400):
        bench.chip.inputs = fails if number % 2 else whole
        bench.turn()
        bench.now += 5
    bench.chip.inputs = whole

    assert bench.supervisor.crashes[3] == 200
    assert bench.journal.newest_index() - before <= 2
    assert len(bench.uplink._bulk) <= 16


def test_a_trace_that_is_too_long_loses_whole_calls_the_outermost_first():
    bench = GateBench().bring_up()
    calls = [b"file_%02d.py:%d" % (number, number) for number in range(20)]
    bench.uplink.trace(3, b"ValueError", b" ".join(calls))
    bench.uplink.trace(3, b"ValueError", b"x" * 200)
    bench.run(500)
    first, second = [one.where.split(b" ") for one in bench.heard if isinstance(one, Trace)]
    assert first == calls[-len(first) :]
    assert len(first) > 5
    assert len(second) == 1


def test_crashes_that_end_in_a_reset_are_told_after_it():
    bench = GateBench().bring_up()
    bench.conductor.crashed(0, ValueError())
    bench.conductor.crashed(3, ValueError())
    bench.conductor.record_crashes()
    bench.power_up()
    bench.bring_up()

    kind = codes.REPORT_FAULT + 256 * codes.FAULT_TASK_CRASHED
    assert (codes.REPORT_COUNTED, kind, 2) in bench.ledger


def test_a_crash_for_which_there_is_no_memory_left_to_say_where_is_told_and_counted_all_the_same():
    bench = GateBench().bring_up()
    bench.chip.cannot_trace = True
    bench.reader.fails = MemoryError()
    bench.turn()
    bench.reader.fails = None
    bench.turn()
    bench.visit()

    assert [(one.what, one.detail) for one in bench.heard if isinstance(one, Fault)] == [
        (codes.FAULT_TASK_CRASHED, codes.PART_READER + codes.READER_SAM_V)
    ]
    assert not any(isinstance(one, Trace) for one in bench.heard)
    assert (codes.REPORT_COUNTED, codes.REPORT_FAULT + 256 * codes.FAULT_TASK_CRASHED, 1) in bench.ledger


def test_a_crash_after_days_without_one_is_counted_at_once():
    """The ticks wrap after 12.4 days, and tell before from after for half of that."""
    for days in (5, 7, 9, 11, 13):
        bench = GateBench().bring_up()
        for _ in range(days):
            bench.run(86400000, 3600000)
        bench.bring_up()
        bench.reader.fails = ValueError()
        bench.turn()
        bench.reader.fails = None
        bench.run(2000)

        assert (codes.REPORT_COUNTED, codes.REPORT_FAULT + 256 * codes.FAULT_TASK_CRASHED, 1) in bench.ledger, days


def test_flash_is_touched_only_in_idle_moments_the_records_of_a_swipe_apart():
    """Over a hundred visits, handshakes between them: nothing but its records while a tap, a card or a pulse is on."""
    bench = GateBench().bring_up()
    touched = watched(bench, lambda: bench.lane.taken() or bench.chip.relay or bench.reader.is_busy)
    for number in range(100):
        if number % 10 == 0:
            bench.start_house()
        bench.reader.is_busy = True
        bench.run(40)
        bench.reader.is_busy = False
        bench.run_until(lambda: bench.end.is_up() and bench.house.is_up(), 60000)
        bench.visit()
        bench.log.clear()
        bench.heard.clear()

    assert ("keys", "write", False) in touched
    assert ("journal", "erase", False) in touched
    assert {(name, what) for name, what, busy in touched if busy} == {("journal", "write")}
    records = sum(1 for name, what, busy in touched if busy)
    assert records <= 100 * 2 + bench.journal_flash.erases + 1  # an opening and its outcome, and the head of each block


def test_flash_is_touched_in_no_state_of_the_lane_in_which_somebody_is_on_the_way():
    """Level control and a second card that waits; held, locked and fire, in which nobody asks, are idle moments."""
    bench = GateBench()
    bench.lane.settings = bench.conductor._turnstile.settings = bench.settings = LaneSettings(
        {"control": "level", "second_card": codes.SECOND_CARD_WAITS}
    )
    bench.bring_up()
    seen = set()

    def on_the_way():
        seen.add(bench.lane.state)
        return bench.lane.state in (t.S_ASKING, t.S_RECORDING, t.S_OPEN, t.S_PASSING) or bench.reader.is_busy

    touched = watched(bench, on_the_way)
    for number in range(25):
        bench.start_house()  # new keys are to be stored as soon as there is a moment for it
        bench.lay_card()
        bench.run_until(lambda: bench.end.is_up() and bench.house.is_up(), 60000)
        bench.run_until(lambda: bench.lane.state == t.S_IDLE)
        two_visits(bench)
        for what, state in ((codes.ORDER_HOLD_OPEN, t.S_HELD), (codes.ORDER_LOCK, t.S_LOCKED)):
            bench.order(what, number)
            bench.run_until(lambda state=state: bench.lane.state == state)
            bench.start_house()
            bench.run_until(lambda: bench.end.is_up() and bench.house.is_up(), 60000)
            bench.run(1500)
            bench.order(codes.ORDER_RESUME, number)
            bench.run_until(lambda: bench.lane.state == t.S_IDLE)
        bench.chip.alarm = True
        bench.run_until(lambda: bench.lane.state == t.S_FIRE)
        bench.chip.alarm = False
        bench.run_until(lambda: bench.lane.state == t.S_IDLE)
        bench.log.clear()
        bench.heard.clear()

    assert {t.S_HELD, t.S_LOCKED, t.S_FIRE} <= seen
    assert ("keys", "write", False) in touched
    assert ("journal", "erase", False) in touched
    assert {(name, what) for name, what, busy in touched if busy} == {("journal", "write")}
    # Of each of three taps the outcome, and before two of them the opening; the heads of blocks.
    assert sum(1 for name, what, busy in touched if busy) <= 25 * 5 + bench.journal_flash.erases + 1


def test_settings_that_are_told_again_touch_no_flash():
    """The house tells them in each session; only what differs is stored, once."""
    bench = GateBench().bring_up()
    first = bench.settings
    told = [
        Settings(first.revision, first.pulse_ms, first.open_limit_ms, first.answer_limit_ms),
        LaneRules(*(getattr(first, name) for name in LaneRules.FIELDS)),
    ]
    for _ in range(5):
        tell(bench, told)
    assert bench.lane.settings is first

    told[0] = Settings(9, 400, 5000, 1500)
    for _ in range(5):
        tell(bench, told)
    assert (bench.lane.settings.stored, bench.lane.settings.pulse_ms) == (1, 400)


def watched(bench, is_busy):
    """A list that grows by (partition, what, busy) with each write and erase."""
    touched = []
    for name, flash in (("keys", bench.keys_flash), ("journal", bench.journal_flash)):
        for what in ("write", "erase"):

            def noted(*given, name=name, what=what, act=getattr(flash, what)):
                touched.append((name, what, bool(is_busy())))
                act(*given)

            setattr(flash, what, noted)
    return touched


def two_visits(bench):
    """The second lays the card down while the first one passes."""
    bench.lay_card()
    bench.turn()
    bench.answer()
    bench.turn()
    bench.lay_card()
    through(bench)
    bench.run_until(lambda: bench.lane.state == t.S_ASKING)
    bench.turn()
    bench.answer()
    bench.turn()
    through(bench)
    bench.run_until(lambda: bench.lane.state == t.S_IDLE and not bench.chip.relay and bench.journal.waiting() == 0)


def through(bench):
    for beams in ((True, False), (True, True), (False, True), (False, False)):
        bench.chip.levels[:2] = beams
        bench.run(25)


def tell(bench, messages):
    """A new session, and what the house tells in it."""
    bench.start_house()
    bench.run_until(lambda: bench.end.is_up() and bench.house.is_up(), 60000)
    for message in messages:
        bench.run_until(bench.house.can_send_bulk)
        bench.house.send(message, bench.now)
    bench.run(1000)


def test_what_is_broken_is_told_in_each_new_session_until_it_is_over():
    """A gatehouse that was restarted knows; what has passed, or was told in vain, is not told again."""
    bench = GateBench()
    bench.uplink.fault(codes.FAULT_SETTINGS_REFUSED, 0, "relays: allowed is a whole number from 1 to 2")
    bench.bring_up()
    bench.reader.found.append(ReaderFault(codes.FAULT_READER_SELF_TEST, 3))
    bench.chip.levels[0] = True
    bench.run(31000)
    bench.conductor.crashed(3, ValueError())
    bench.run(1000)
    written = bench.journal.newest_index()
    told = {
        (codes.FAULT_SETTINGS_REFUSED, 0),
        (codes.FAULT_READER_SELF_TEST, 256 * codes.READER_SAM_V + 3),
        (codes.FAULT_BEAM_BLOCKED, codes.DIRECTION_ENTRY),
    }
    for _ in range(20):
        assert new_session(bench) == sorted(told)
    assert bench.journal.newest_index() == written

    bench.chip.levels[0] = False
    bench.reader.found.append(ReaderFault(codes.FAULT_READER_BACK, 0))
    bench.run(1000)
    assert new_session(bench) == [(codes.FAULT_SETTINGS_REFUSED, 0)]


def test_what_breaks_while_the_house_is_away_is_told_once_when_it_is_back():
    bench = GateBench().bring_up()
    bench.house_there = False
    bench.run(8000)
    bench.reader.found.append(ReaderFault(codes.FAULT_READER_SILENT, 0))
    bench.run(1000)
    bench.house_there = True
    assert new_session(bench) == [(codes.FAULT_READER_SILENT, 256 * codes.READER_SAM_V)]


def test_a_journal_that_takes_records_again_is_no_fault_of_the_next_session():
    bench = GateBench().bring_up()
    is_ready, bench.journal.ready = bench.journal.ready, lambda: False
    bench.journal_flash.fails = True
    bench.order(codes.ORDER_HOLD_OPEN)
    bench.run(1000)
    assert new_session(bench) == [(codes.FAULT_JOURNAL_WRITE, 0)]
    assert new_session(bench) == [(codes.FAULT_JOURNAL_WRITE, 0)]
    bench.journal_flash.fails = False
    bench.journal.ready = is_ready
    bench.run(3000)
    assert bench.lane.state == t.S_IDLE
    assert new_session(bench) == []


def new_session(bench):
    """(what, detail) of the faults that the gate tells a house that has been restarted."""
    bench.heard.clear()
    bench.start_house()
    bench.run_until(lambda: bench.end.is_up() and bench.house.is_up(), 60000)
    bench.run(3000)
    return sorted((one.what, one.detail) for one in bench.heard if isinstance(one, Fault))
