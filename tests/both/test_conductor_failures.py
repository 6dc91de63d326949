"""What a failure in the gate's program costs, how it is told, and when the flash is touched."""

from gate.conductor import QUIET
from gate_bench import GateBench
from gatelink import codes
from gatelink.gate_to_house import Fault, Trace


def test_a_crash_is_told_with_where_it_broke_and_counted_in_a_record():
    bench = GateBench().bring_up()
    bench.reader.fails = ValueError("11010519491231002X")
    bench.turn()
    bench.reader.fails = None
    bench.run(100)
    bench.reader.fails = KeyError("a secret")
    bench.turn()
    bench.reader.fails = None
    bench.run(61000)

    told = [(one.part, one.error, one.where) for one in bench.heard if isinstance(one, Trace)]
    assert told == [(1, error, b"conductor.py:87 sam_v.py:210") for error in (b"ValueError", b"KeyError")]
    kind = codes.REPORT_FAULT + 256 * codes.FAULT_TASK_CRASHED
    assert [entry for entry in bench.ledger if entry[0] == codes.REPORT_COUNTED] == [
        (codes.REPORT_COUNTED, kind, 1),
        (codes.REPORT_COUNTED, kind, 1),
    ]


def test_a_part_that_fails_in_every_other_pass_fills_neither_journal_nor_link():
    bench = GateBench().bring_up()
    before = bench.journal.newest_index()
    for number in range(400):
        bench.reader.fails = ValueError() if number % 2 else None
        bench.turn()
        bench.now += 5
    bench.reader.fails = None

    assert bench.supervisor.crashes[1] == 200
    assert bench.journal.newest_index() - before <= 2
    assert len(bench.uplink._bulk) <= 16


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
    bench.visit()

    assert [(one.what, one.detail) for one in bench.heard if isinstance(one, Fault)] == [(codes.FAULT_TASK_CRASHED, 1)]
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
    touched = []

    def watch(name, flash):
        for what in ("write", "erase"):
            act = getattr(flash, what)

            def noted(*given, name=name, what=what, act=act):
                busy = bench.lane.state not in QUIET or bench.chip.relay or bench.reader.is_busy
                touched.append((name, what, busy))
                act(*given)

            setattr(flash, what, noted)

    watch("keys", bench.keys_flash)
    watch("journal", bench.journal_flash)
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
