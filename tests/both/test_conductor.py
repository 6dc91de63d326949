"""The gate as a whole: what happens in one pass, in which order, and what a failure costs."""

from gate import lane_table as t
from gate.fire import OVER_MS
from gate_bench import GateBench, faults, opened
from gatelink import codes, events
from gatelink.gate_to_house import About, Completion, Fault, Report
from gatelink.house_to_gate import LaneRules, Settings, Time
from synthetic_card import NUMBER


def test_a_cards_question_leaves_in_the_pass_in_which_it_was_read():
    bench = GateBench().bring_up()
    card = bench.lay_card()
    bench.turn()

    (tap,) = bench.taps()
    assert (tap.boot, tap.counter, bytes(tap.number)) == (1, 1, NUMBER)
    assert bytes(card.number) == bytes(len(NUMBER))
    assert bench.reader_port.wiped == 1


def test_a_verdict_becomes_record_then_pulse_in_the_pass_in_which_it_came():
    bench = opened(GateBench().bring_up())

    assert bench.log[:2] == ["journal write", "relay on"]
    assert bench.chip.relay


def test_the_number_of_a_tap_is_overwritten_when_it_was_answered():
    bench = GateBench().bring_up()
    bench.lay_card()
    bench.turn()
    kept = bench.uplink._asked
    assert bytes(kept) == NUMBER
    bench.answer()
    bench.turn()

    assert bytes(kept) == bytes(len(NUMBER))


def test_a_late_answer_to_an_older_tap_leaves_the_question_under_way_alone():
    bench = GateBench().bring_up()
    bench.lay_card()
    bench.turn()
    late = bench.taps()[-1]
    bench.run(5000)
    bench.lay_card()
    bench.turn()
    bench.heard.append(late)
    bench.answer()
    bench.turn()

    assert not bench.chip.relay
    assert bytes(bench.uplink._asked) == NUMBER


def test_the_pulse_ends_by_itself():
    bench = opened(GateBench().bring_up())
    bench.run(290)
    assert bench.chip.relay
    bench.run(15)

    assert not bench.chip.relay


def test_what_happened_reaches_the_ledger_once_and_in_order():
    bench = opened(GateBench().bring_up())
    bench.run(6000)
    bench.run_until(lambda: bench.journal.waiting() == 0)

    assert bench.ledger == [
        (codes.REPORT_BOOTED, 0, 1),
        (codes.REPORT_OPENING, 1, codes.REASON_GREEN),
        (codes.REPORT_NOBODY_CAME, 1, 0),
    ]


def test_a_journal_that_does_not_write_keeps_the_lane_shut_until_it_does():
    bench = GateBench().bring_up()
    bench.journal_flash.fails = True
    bench.lay_card()
    bench.turn()
    bench.answer()
    bench.run(100)
    assert "relay on" not in bench.log
    assert codes.FAULT_JOURNAL_WRITE in faults(bench)

    bench.journal_flash.fails = False
    bench.run_until(lambda: bench.lane.state == t.S_IDLE)
    opened(bench)
    assert bench.chip.relay


def test_memory_is_collected_between_frames_and_never_put_off_for_long():
    """A frame of pulses loses some of them meanwhile; a reader that is always busy must not fill the heap."""
    bench = GateBench()
    bench.bring_up()
    bench.chip.collected = 0
    bench.run(2000)
    assert 9 <= bench.chip.collected <= 11
    bench.reader.is_busy = True
    bench.chip.collected = 0
    bench.run(140)
    assert bench.chip.collected <= 1
    bench.reader.is_busy = False
    bench.run(10)
    bench.reader.is_busy = True
    bench.chip.collected = 0
    bench.run(3500)
    assert 9 <= bench.chip.collected <= 11


def test_flash_rests_while_a_tap_is_out_a_pulse_runs_or_the_reader_reads():
    bench = GateBench()
    bench.reader.is_busy = True
    bench.log.clear()
    bench.run(3000)
    assert "keys write" not in bench.log
    assert not bench.end.is_up()
    bench.reader.is_busy = False
    bench.bring_up()
    assert "keys write" in bench.log

    bench.uplink._keys_to_store = events.StoreKeys(bench.roster.count + 1, bytes(32))
    bench.log.clear()
    opened(bench)
    bench.run(200)
    assert bench.chip.relay
    assert "keys write" not in bench.log
    bench.run(6000)
    assert "keys write" in bench.log


def test_used_chain_keys_are_gone_from_the_flash():
    bench = GateBench().bring_up()
    first = bench.roster.chain_key
    bench.power_up()
    bench.run_until(lambda: bench.roster.chain_key != first)

    assert bench.keys_flash.holds(bench.roster.chain_key)
    assert not bench.keys_flash.holds(first)


def test_reports_wait_for_the_cursor_one_at_a_time():
    bench = GateBench()
    bench.house_takes = False
    bench.run(8000)

    reports = [event.index for event in bench.heard if isinstance(event, Report)]
    assert set(reports) == {1}
    assert len(reports) == 2
    bench.house_takes = True
    bench.run_until(lambda: bench.journal.waiting() == 0)
    assert len(bench.ledger) == 1


def test_without_a_house_travellers_go_to_staff_and_nothing_is_lost():
    bench = GateBench()
    bench.house_there = False
    for _ in range(3):
        bench.lay_card()
        bench.run(5000)
    bench.house_there = True
    bench.bring_up()

    assert bench.ledger[1:] == [(codes.REPORT_NOT_OPENED, tap, codes.REASON_HOST_AWAY) for tap in (1, 2, 3)]


def test_a_power_cut_after_the_pulse_is_reported_as_unknown():
    bench = opened(GateBench().bring_up())
    bench.power_up()
    bench.bring_up()

    assert bench.ledger[-3:] == [
        (codes.REPORT_OPENING, 1, codes.REASON_GREEN),
        (codes.REPORT_BOOTED, 0, 1),
        (codes.REPORT_UNKNOWN, 1, 0),
    ]


def test_a_part_that_fails_again_and_again_ends_the_run():
    bench = GateBench()

    def fails(*_):
        raise MemoryError

    bench.chip.inputs = fails
    try:
        for _ in range(100):
            bench.supervisor.turn(bench.now)
    except RuntimeError:
        assert bench.dog.fed < 30
        return
    raise AssertionError("it went on for ever")


def test_an_order_that_fails_half_way_shuts_the_lane_and_is_not_finished_later():
    bench = GateBench().bring_up()
    whole, broken = bench.chip.set_relays, [True]

    def breaks_once(released):
        if released and broken.pop():
            raise OSError(5)
        whole(released)

    bench.chip.set_relays = breaks_once
    opened(bench)
    bench.run(2000)

    assert "relay on" not in bench.log
    assert bench.chip.failures == [OSError]


def test_fire_releases_and_is_recorded():
    bench = GateBench().bring_up()
    bench.chip.alarm = True
    bench.run(50)
    assert bench.chip.relay
    bench.run(1000)
    assert (codes.REPORT_FIRE, 0, 1) in bench.ledger
    bench.chip.alarm = False
    bench.run(OVER_MS + 50)
    assert not bench.chip.relay


def test_orders_are_obeyed_and_completed():
    bench = GateBench().bring_up()
    bench.order(codes.ORDER_OPEN_ONCE)
    bench.run(50)

    assert bench.chip.relay
    for number, what in ((6, codes.ORDER_OPEN_ONCE), (7, codes.ORDER_LOCK)):
        bench.order(what, number)
        bench.run(50)
    told = [(event.order, event.outcome, event.state) for event in bench.heard if isinstance(event, Completion)]
    open_now = t.S_OPEN + 1  # as a Completion tells it: the lock holds when that passage has ended
    assert told == [(5, codes.COMPLETION_DONE, open_now), (6, codes.COMPLETION_REFUSED, open_now), (7, 1, open_now)]


def test_time_of_the_house_goes_into_records_and_goes_on_alone():
    bench = GateBench().bring_up()
    bench.house.send(Time(1790000000), bench.now)
    bench.run(50)
    bench.run(7000)

    assert 1790000006 <= bench.journal.at_s <= 1790000008


def test_settings_of_the_house_are_taken_once_and_stored_while_nothing_goes_on():
    bench = GateBench().bring_up()
    for _ in range(3):
        bench.house.send(Settings(4, 200, 4000, 1000), bench.now)
        bench.run(200)

    assert (bench.lane.settings.pulse_ms, bench.lane.settings.answer_limit_ms) == (200, 1000)
    assert bench.lane.settings.stored == 1


def test_rules_of_the_house_are_taken_as_a_whole_or_refused_and_said():
    bench = GateBench().bring_up()
    bench.house.send(LaneRules(2, 1, 5000, 9000, 2000, 3000, 2000, 900, 20, 600), bench.now)
    bench.run(200)
    chosen = bench.lane.settings
    assert (chosen.direction, chosen.second_card, chosen.hold_limit_s, chosen.pulse_ms) == (2, 1, 600, 300)
    assert bench.conductor._turnstile.settings is chosen

    bench.house.send(LaneRules(3, 1, 5000, 9000, 2000, 3000, 2000, 900, 1, 600), bench.now)
    bench.run(200)
    assert bench.lane.settings is chosen
    told = [(event.what, bytes(event.said)) for event in bench.heard if isinstance(event, Fault)]
    assert told == [(codes.FAULT_SETTINGS_REFUSED, b"blocked_limit_s: allowed is a whole number from 5 to 3600")]


def test_fire_releases_even_while_the_lane_crashes():
    """The contact drives the relays by itself; nothing that is wrong elsewhere holds them shut."""
    bench = GateBench().bring_up()

    def broken(fact, now):
        raise ValueError

    bench.lane.handle = broken
    bench.chip.alarm = True
    bench.run(50)
    assert bench.chip.relays == 3
    bench.lay_card()
    bench.run(500)
    assert bench.chip.relays == 3
    bench.chip.alarm = False
    bench.run(OVER_MS + 50)
    assert bench.chip.relays == 0


def test_a_blocked_beam_is_told_to_the_house_and_so_is_its_end():
    bench = GateBench().bring_up()
    bench.chip.levels[1] = True
    bench.run(30100)
    assert bench.lane.state == t.S_OUT_OF_SERVICE
    bench.chip.levels[1] = False
    bench.run(100)
    assert bench.lane.state == t.S_IDLE
    told = [(event.what, event.detail) for event in bench.heard if isinstance(event, Fault)]
    assert told == [(codes.FAULT_BEAM_BLOCKED, codes.DIRECTION_EXIT), (codes.FAULT_BEAM_FREE, 0)]


def test_nothing_piles_up_while_the_house_is_away():
    bench = GateBench()
    bench.house_there = False
    for _ in range(200):
        bench.uplink.fault(codes.FAULT_READER_SILENT, 0)
        bench.uplink.complete(1, codes.COMPLETION_DONE)

    assert len(bench.uplink._bulk) <= 16


def test_the_house_is_told_what_the_gate_is_once_in_each_session():
    bench = GateBench().bring_up()
    bench.run(3000)
    bench.start_house()
    bench.run(8000)
    told = [(one.firmware, one.board, one.system) for one in bench.heard if isinstance(one, About)]
    assert bench.house.is_up()
    assert told == [(b"0.1.0", b"lane_a", b"micropython 1.28.0")] * 2


def test_a_locked_lane_is_locked_after_a_power_cut_until_staff_resume_it():
    bench = GateBench().bring_up()
    bench.order(codes.ORDER_LOCK, 7)
    bench.run(500)
    for _ in range(2):
        bench.power_up()
        assert bench.lane.state == t.S_LOCKED
        bench.bring_up()
        bench.lay_card()
        bench.run(500)
        assert (bench.lane.state, bench.taps(), bench.chip.relay) == (t.S_LOCKED, [], False)
    bench.order(codes.ORDER_RESUME, 8)
    bench.run(500)
    bench.power_up()
    bench.bring_up()

    assert bench.lane.state == t.S_IDLE
    assert [record[2] for record in bench.ledger if record[0] == codes.REPORT_LOCKED] == [1, 0]
