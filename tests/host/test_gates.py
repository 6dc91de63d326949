"""Gates on real pseudo-terminals: how they are welcomed, how taps are answered, how reports get into the ledger."""

import asyncio
import os
import time

from gatehouse.house import now_ticks
from gatehouse.person import pseudonym
from gatehouse.settings import GatehouseSettings, LaneSettings
from gatehouse.status import Colour
from gatehouse.suite import HouseSuite
from gatelink import codes
from gatelink.framing import frame
from gatelink.gate_to_house import About, Completion, Fault
from gatelink.handshake import here
from gatelink.house_to_gate import Cursor, LaneRules, Settings, Time


def test_a_gate_is_welcomed_with_time_settings_and_cursor(running, station, new_pty, bench_gate):
    """Whatever its session needs comes by itself."""
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = bench_gate(keys, tty.fd)
            await asyncio.to_thread(gate.bring_up)
            await asyncio.to_thread(gate.until, lambda: gate.got(Cursor))
            return run.told.of("up"), gate

    ups, gate = asyncio.run(story())
    assert [up["lane"] for up in ups] == ["lane 1"]
    assert ups[0]["port"] == tty.name
    assert gate.got(Cursor)[0].index == 0
    assert abs(gate.got(Time)[0].unix_s - time.time()) < 60
    sent = gate.got(Settings)[0]
    assert (sent.pulse_ms, sent.open_limit_ms, sent.answer_limit_ms) == (300, 5000, 1500)
    assert sent.revision > 0


def test_taps_are_answered_and_nobody_is_named(running, station, new_pty, bench_gate, number_of, caplog):
    """Each verdict with its reason; events and log hold masked forms at most."""
    station.know((number_of(1), Colour.GREEN, 60), (number_of(2), Colour.RED, 60))
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            verdicts = [await asyncio.to_thread(gate.tap, number_of(n)) for n in (1, 2, 3)]
            verdicts.append(await asyncio.to_thread(gate.tap, "110101197810270021"))
            verdicts.append(await asyncio.to_thread(gate.tap, number_of(1), 77))
            verdicts.append(await asyncio.to_thread(gate.tap, number_of(1), valid_until=20200101))
            return verdicts, run.told

    verdicts, told = asyncio.run(story())
    assert [(one.verdict, one.reason) for one in verdicts] == [
        (codes.ALLOW, codes.REASON_GREEN),
        (codes.DENY, codes.REASON_RED),
        (codes.REFER, codes.REASON_NOT_FOUND),
        (codes.REFER, codes.REASON_NUMBER_INVALID),
        (codes.REFER, codes.REASON_CARD_KIND_UNSUPPORTED),
        (codes.REFER, codes.REASON_CARD_EXPIRED),
    ]
    tap = told.of("tap")[0]
    assert 0 <= tap.pop("ms") <= tap.pop("waited_ms") + 1
    assert tap == {
        "event": "tap",
        "lane": "lane 1",
        "tap": [1, 1],
        "masked": f"1***************{number_of(1)[-2:]}",
        "before": None,
        "colour": "green",
        "reason": codes.REASON_GREEN,
        "verdict": codes.ALLOW,
        "rule": "green",
        "source": "test",
        "freshness": "fresh",
        "others": (),
        "silent": (),
    }
    shown = repr(told.events) + caplog.text
    for number in (number_of(1), number_of(2), number_of(3), "110101197810270021"):
        assert number not in shown
        assert number[6:14] not in shown


def test_reports_are_committed_and_the_cursor_follows(running, station, new_pty, bench_gate, number_of):
    """Opening and passage of one tap, with the day's pseudonym; then the gate may forget them."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            await asyncio.to_thread(gate.tap, number_of(1))
            await asyncio.to_thread(gate.report, 1, codes.REPORT_BOOTED)
            await asyncio.to_thread(gate.report, 2, codes.REPORT_OPENING, 1, codes.REASON_GREEN)
            await asyncio.to_thread(gate.report, 3, codes.REPORT_PASSED, 1)
            await asyncio.to_thread(gate.until, lambda: gate.got(Cursor)[-1].index == 3)
            day_key = run.house.keys.secret(f"ledger {run.house.clock.now().today}")
            return run.ledger.entries(), run.told.of("report"), day_key

    entries, told, day_key = asyncio.run(story())
    assert [(one.index, one.what, one.lane) for one in entries] == [
        (1, codes.REPORT_BOOTED, "lane 1"),
        (2, codes.REPORT_OPENING, "lane 1"),
        (3, codes.REPORT_PASSED, "lane 1"),
    ]
    assert [one.person for one in entries] == [None] + [pseudonym(day_key, number_of(1).encode())] * 2
    assert told[1] == {
        "event": "report",
        "lane": "lane 1",
        "index": 2,
        "what": codes.REPORT_OPENING,
        "tap": [1, 1],
        "detail": codes.REASON_GREEN,
    }


def test_a_report_told_twice_is_one_record(running, station, new_pty, bench_gate):
    """In one session, and again after the gate has started anew; each time it learns the cursor."""
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            for _ in range(3):
                await asyncio.to_thread(gate.report, 1, codes.REPORT_PASSED, 1)
            await asyncio.to_thread(gate.until, lambda: gate.got(Cursor)[-1].index == 1)
            again = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            await asyncio.to_thread(again.report, 1, codes.REPORT_PASSED, 1)
            await asyncio.to_thread(again.until, lambda: again.got(Cursor) and again.got(Cursor)[-1].index == 1)
            await asyncio.to_thread(again.report, 2, codes.REPORT_BOOTED)
            await asyncio.to_thread(again.until, lambda: again.got(Cursor)[-1].index == 2)
            return run.ledger.entries(), run.told.of("report")

    entries, told = asyncio.run(story())
    assert [one.index for one in entries] == [1, 2]
    assert [one["index"] for one in told] == [1, 2]


def test_missing_reports_are_an_alarm_and_an_entry(running, station, new_pty, bench_gate, caplog):
    """A gate that starts at ten has nine that nobody has seen."""
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            await asyncio.to_thread(gate.report, 10, codes.REPORT_PASSED, 1)
            await asyncio.to_thread(gate.until, lambda: gate.got(Cursor) and gate.got(Cursor)[-1].index == 10)
            return run.ledger.entries()

    entries = asyncio.run(story())
    assert [(one.what, one.detail) for one in entries] == [(codes.REPORT_GAP, 9), (codes.REPORT_PASSED, 0)]
    assert "lane 1: 9 reports before 10 never came" in caplog.messages


def test_faults_and_completions_are_told_in_words(running, station, new_pty, bench_gate, caplog):
    """A known fault, and one of a later version."""
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            refused = Fault(codes.FAULT_SETTINGS_REFUSED, 0, b"relays: allowed is 1 or 2\x1b[2J")
            done = Completion(5, codes.COMPLETION_DONE)
            for message in (Fault(codes.FAULT_READER_SILENT, 2), Fault(200, 1), refused, done):
                await asyncio.to_thread(gate.until, gate.end.can_send_bulk)
                gate.end.send(message, int(time.monotonic() * 1000) & 0x3FFFFFFF)
            await asyncio.to_thread(gate.until, lambda: run.told.of("order"))
            return run.told

    told = asyncio.run(story())
    assert "lane 1: reader does not answer, being reset (2)" in caplog.messages
    assert "lane 1: fault 200 (1)" in caplog.messages
    good = "gate refused its settings and goes on with the last good ones"
    assert f"lane 1: {good}: relays: allowed is 1 or 2.[2J" in caplog.messages
    faults = [(codes.FAULT_READER_SILENT, 2), (200, 1), (codes.FAULT_SETTINGS_REFUSED, 0)]
    assert [(one["what"], one["detail"]) for one in told.of("fault")] == faults
    assert told.of("order")[0]["outcome"] == codes.COMPLETION_DONE
    assert {"event": "beat", "lane": "lane 1", "state": 0, "waiting": 0} in told.events


def test_settings_that_change_have_another_revision():
    """So that a gate that keeps the old ones takes them."""
    first, same, other = (
        one.messages()[0].revision for one in (LaneSettings(), LaneSettings(), LaneSettings(pulse_ms=200))
    )
    assert first == same != other


def test_each_lane_is_told_its_own_rules(running, station, new_pty, bench_gate):
    """Its own keys where it has some, else those of all lanes."""
    keys, tty = station.enrol(), new_pty()
    file = {"lane": {"refused_ms": 1000}, "lanes": {"lane 1": {"direction": "both", "second_card": "wait"}}}
    whole = GatehouseSettings.model_validate(
        {**file, "store": {"data": "data", "keys": "keys.db"}, "port": [{"url": "/dev/ttyUSB0"}]}
    )

    async def story():
        async with running(station) as run:
            run.house._lane = whole.of_lane
            run.line(tty.name)
            gate = bench_gate(keys, tty.fd)
            await asyncio.to_thread(gate.bring_up)
            await asyncio.to_thread(gate.until, lambda: gate.got(Cursor))
            return gate.got(LaneRules)[0]

    told = asyncio.run(story())
    assert (told.direction, told.second_card, told.refused_ms) == (
        codes.DIRECTION_BOTH,
        codes.SECOND_CARD_WAITS,
        1000,
    )
    assert whole.of_lane("B").direction == "entry"


def test_what_a_gate_says_of_itself_is_kept_with_its_standing(running, station, new_pty, bench_gate):
    """Firmware, board and interpreter, with nothing in them that a terminal would obey."""
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            await asyncio.to_thread(gate.until, gate.end.can_send_bulk)
            gate.end.send(About(b"0.1.0", b"dev\x1b[2Jkit", b"\xff\x00"), now_ticks())
            await asyncio.to_thread(gate.until, gate.end.can_send_bulk)
            await run.until(lambda: run.told.of("about"))
            return run.told.of("about")[0], run.house.standings.of("lane 1")

    told, standing = asyncio.run(story())
    assert (told["lane"], told["firmware"], told["board"], told["system"]) == ("lane 1", "0.1.0", "dev.[2Jkit", "..")
    assert (standing.firmware, standing.board, standing.system) == ("0.1.0", "dev.[2Jkit", "..")


def test_a_gate_without_keys_is_told_to_the_operator(running, station, new_pty, caplog):
    """Once in a while, with what to do; it is no lane's standing."""
    tty = new_pty()
    suite = HouseSuite()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            await asyncio.to_thread(os.read, tty.fd, 1)  # the port is open: the house asks who is there
            for _ in range(20):
                os.write(tty.fd, frame(suite, here(suite, b"dev\nkit", b"0.1.0")))
            await run.until(lambda: len(run.told.of("unenrolled")) == 20)
            return run.told.of("unenrolled")[0], run.house.standings.all()

    told, standings = asyncio.run(story())
    assert (told["board"], told["firmware"]) == ("dev.kit", "0.1.0")
    assert [(one.lane, one.last_error) for one in standings] == [(tty.name, "not enrolled")]
    assert caplog.text.count("a gate without keys is here (dev.kit, firmware 0.1.0)") == 1
    assert "gate enroll" in caplog.text
