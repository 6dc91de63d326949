"""The lane and its journal: each opening has its record before a relay moves, whatever state the journal is in.

The rule for a journal that is full: travellers are refused first, then the key switch and staff's orders, each while
the record of its opening and its outcome still fit. What cannot be recorded does not open, by key neither. Fire does.
"""

from gate import lane_table as t
from gate.fire import OVER_MS
from gate.journal import ENDS_RESERVED, STAFF_RESERVED, JournalFull
from gate_bench import GateBench, LoggedFlash
from gatelink import codes

GREEN, STAFF = codes.REASON_GREEN, codes.REASON_STAFF
BLOCKS = 3
KEY, ORDER, HOLD = "key", "order", "hold"


def filled_bench(reason):
    """A gate with a house that takes no records, whose journal has no room for an opening with this reason."""
    bench = GateBench()
    bench.journal_flash = LoggedFlash(BLOCKS, bench.log, "journal")
    bench.power_up()
    bench.bring_up()
    bench.house_takes = False
    counter = 10000
    while bench.journal.ready(reason):
        counter += 1
        bench.journal.append(codes.REPORT_OPENING, counter, reason)
        if bench.journal.free() >= STAFF_RESERVED or reason == STAFF:
            bench.journal.append(codes.REPORT_PASSED, counter, 0)
    if bench.journal._going_on.counter:
        bench.journal.append(codes.REPORT_PASSED, counter, 0)
    return bench


def ask(bench, way):
    """A member of staff wants the lane open."""
    if way == KEY:
        bench.run(100)  # a key that is turned at the start has not turned
        bench.chip.levels[2] = True
        bench.run(100)
        bench.chip.levels[2] = False
    else:
        what = codes.ORDER_OPEN_ONCE if way == ORDER else codes.ORDER_HOLD_OPEN
        bench.order(what, 7)
    bench.run(100)


def take_all(bench):
    """The house takes everything; what it has heard is forgotten meanwhile, for it is much."""

    def done():
        bench.log.clear()
        bench.heard.clear()
        return bench.journal.waiting() == 0 and bench.lane.state == t.S_IDLE

    bench.run_until(done, 400000)


def recorded(bench):
    """What the journal knows to have begun and not ended."""
    return bench.journal._going_on


def test_each_way_of_opening_is_written_before_the_relay_moves():
    for way in (KEY, ORDER, HOLD):
        bench = GateBench().bring_up()
        bench.log.clear()
        ask(bench, way)
        assert bench.chip.relay, way
        moved = bench.log.index("relay on")
        assert "journal write" in bench.log[:moved], way
        going_on = recorded(bench)
        assert going_on.lasting & 1 if way == HOLD else going_on.counter, way


def test_the_key_opens_a_lane_that_is_full_for_travellers_and_each_opening_has_its_outcome():
    bench = filled_bench(GREEN)
    bench.lay_card()
    bench.turn()
    bench.answer()
    bench.run(100)
    assert not bench.chip.relay
    assert bench.lane.state == t.S_OUT_OF_SERVICE
    for way in (KEY, ORDER):
        ask(bench, way)
        assert bench.chip.relay, way
        bench.run_until(lambda: bench.lane.state == t.S_OUT_OF_SERVICE)
        assert not recorded(bench).counter, "an opening without its outcome"
    ask(bench, HOLD)
    assert bench.chip.relay
    bench.order(codes.ORDER_RESUME, 8)
    bench.run(100)
    assert not bench.chip.relay and not recorded(bench).lasting


def test_what_cannot_be_recorded_does_not_open_by_key_or_order_either():
    for way in (KEY, ORDER, HOLD):
        bench = filled_bench(STAFF)
        assert bench.journal.free() <= ENDS_RESERVED
        ask(bench, way)
        bench.run(1000)
        assert "relay on" not in bench.log, way
        assert bench.lane.state == t.S_OUT_OF_SERVICE, way


def test_a_flash_that_does_not_write_opens_for_nobody_until_it_does():
    for way in (KEY, ORDER, HOLD):
        bench = GateBench().bring_up()
        bench.journal_flash.fails = True
        ask(bench, way)
        assert "relay on" not in bench.log, way
        bench.journal_flash.fails = False
        bench.run_until(lambda: bench.lane.state == t.S_IDLE)
        ask(bench, way)
        assert bench.chip.relay, way


def test_fire_releases_a_lane_whose_journal_is_full_and_is_told_when_there_is_room():
    bench = filled_bench(STAFF)
    bench.chip.alarm = True
    bench.run(50)
    assert bench.chip.relays == 3
    bench.run(100)
    bench.chip.alarm = False
    bench.run(OVER_MS + 50)
    assert bench.chip.relays == 0
    bench.house_takes = True
    take_all(bench)
    told = [entry for entry in bench.ledger if entry[0] == codes.REPORT_COUNTED]
    for detail in (1, 0):
        assert (codes.REPORT_COUNTED, codes.REPORT_FIRE + 256 * detail, 1) in told


def test_a_journal_that_gets_room_under_way_ends_what_goes_on_and_takes_travellers_again():
    """The key was turned while it was full; the house comes in the middle of that opening."""
    bench = filled_bench(GREEN)
    bench.lay_card()
    bench.turn()
    bench.answer()
    bench.run(100)
    ask(bench, KEY)
    assert bench.chip.relay
    bench.house_takes = True
    take_all(bench)
    opening = [entry for entry in bench.ledger if entry[0] == codes.REPORT_OPENING and entry[2] == STAFF][-1]
    assert [entry[0] for entry in bench.ledger if entry[1] == opening[1]][-2:] == [
        codes.REPORT_OPENING,
        codes.REPORT_NOBODY_CAME,
    ]
    bench.visit()
    assert bench.ledger[-1][0] == codes.REPORT_PASSED


def test_an_outcome_that_the_flash_did_not_take_is_written_before_the_next_opening():
    bench = GateBench().bring_up()
    ask(bench, KEY)
    assert bench.chip.relay
    bench.journal_flash.fails = True
    bench.run_until(lambda: bench.lane.state == t.S_OUT_OF_SERVICE)
    ask(bench, KEY)
    assert not bench.chip.relay
    bench.journal_flash.fails = False
    bench.run_until(lambda: bench.lane.state == t.S_IDLE)
    ask(bench, KEY)
    bench.run_until(lambda: bench.lane.state == t.S_IDLE and bench.journal.waiting() == 0)
    openings = [entry[1] for entry in bench.ledger if entry[0] == codes.REPORT_OPENING]
    outcomes = [entry[1] for entry in bench.ledger if entry[0] == codes.REPORT_NOBODY_CAME]
    assert len(openings) == 2
    assert outcomes == openings


def test_the_last_staff_opening_has_room_for_its_outcome():
    bench = filled_bench(STAFF)
    try:
        bench.journal.append(codes.REPORT_OPENING, 1, STAFF)
    except JournalFull:
        return
    raise AssertionError("it had room")


def test_a_power_cut_in_the_keys_passage_leaves_a_locked_lane_locked():
    """At each point of it, with the gatehouse away too: the opening gets its outcome, the lock goes on."""
    for beams in ((), (True, False), (True, True)):
        bench = GateBench().bring_up()
        bench.order(codes.ORDER_LOCK, 7)
        bench.run(100)
        bench.house_there = False
        ask(bench, KEY)
        assert bench.chip.relay, beams
        if beams:
            bench.chip.levels[:2] = beams
            bench.run(100)
        assert bench.lane.state == (t.S_PASSING if beams else t.S_OPEN)
        bench.power_up()
        assert (bench.lane.state, bench.chip.relay) == (t.S_LOCKED, False), beams
        ask(bench, KEY)
        assert bench.chip.relay, beams
        bench.run_until(lambda: bench.lane.state == t.S_LOCKED)
        bench.house_there = True
        bench.start_house()
        bench.bring_up()
        told = [(what, detail) for what, _, detail in bench.ledger if what != codes.REPORT_BOOTED]
        assert told == [
            (codes.REPORT_LOCKED, 1),
            (codes.REPORT_OPENING, STAFF),
            (codes.REPORT_UNKNOWN, codes.UNKNOWN_AT_GATE),
            (codes.REPORT_OPENING, STAFF),
            (codes.REPORT_NOBODY_CAME, 0),
        ], beams
        assert bench.lane.state == t.S_LOCKED, beams
