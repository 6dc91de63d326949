"""Gates on real pseudo-terminals: who is let in, how taps are answered, how reports get into the ledger."""

import asyncio
import contextlib
import logging
import os
import random
import time

import pytest
import sqlalchemy as sa
from gatehouse import app
from gatehouse.answering import Answering
from gatehouse.clock import StationClock
from gatehouse.gates import GateLine
from gatehouse.happenings import Happenings
from gatehouse.house import House
from gatehouse.ledger import Entry, Ledger
from gatehouse.ledger_writer import LedgerWriter
from gatehouse.person import pseudonym
from gatehouse.settings import LaneSettings, PortSettings, RuleSettings
from gatehouse.status import Colour
from gatelink import codes, events, gate_end
from gatelink.gate_to_house import Completion, Fault, Tap
from gatelink.house_to_gate import Cursor, Settings, Time
from gatelink.keys import GateKeys

WAIT_S = 20
FULL_PAGES, FREE_PAGES = 1, 1 << 30  # SQLite takes the size that a file has for the smallest limit
FILLER = b"FILLER.."


class Told:
    """An event stream that keeps what it is given."""

    def __init__(self):
        self.events = []
        self.changed = asyncio.Event()

    def give(self, event):
        self.events.append(event)
        self.changed.set()

    def of(self, kind):
        return [event for event in self.events if event["event"] == kind]


class Running:
    """A house in this process, with its lines; the test drives gates in threads beside it."""

    def __init__(self, station, house, told, ledger):
        self.station, self.house, self.told, self.ledger = station, house, told, ledger
        self.lines = []
        self._pages = FREE_PAGES
        sa.event.listen(
            ledger._engine, "checkout", lambda raw, *_: raw.execute(f"pragma max_page_count = {self._pages}")
        )

    def line(self, name):
        made = GateLine(self.house, PortSettings(url=str(name)))
        self.lines.append(made)
        made.start()
        return made

    async def until(self, condition):
        async with asyncio.timeout(WAIT_S):
            while not condition():
                self.told.changed.clear()
                await self.told.changed.wait()

    def disk(self, pages):
        """Room on the ledger's disk; with FULL_PAGES what is left is used up to the last byte."""
        self._pages = pages
        index = 0
        with contextlib.suppress(sa.exc.OperationalError):
            while pages == FULL_PAGES:
                index += 1
                self.ledger.commit(Entry(FILLER, "filler", index, codes.REPORT_PASSED, 0, 0, 0, 0, 0, None))


@contextlib.asynccontextmanager
async def running(station, clock=None):
    """A house over the station's folder."""
    with contextlib.ExitStack() as opened:
        keys = station.keys()
        opened.callback(keys.close)
        register = station.register()
        opened.callback(register.close)
        ledger = Ledger(station.data / "ledger.db")
        opened.callback(ledger.close)
        answering = Answering(register, keys, RuleSettings().rules(), 1500)
        told = Told()
        house = House(keys, answering, ledger, Happenings(told), LaneSettings(), clock or StationClock())
        asyncio.get_running_loop().set_exception_handler(house.after_error)
        house.writer.start()
        run = Running(station, house, told, ledger)
        try:
            yield run
        finally:
            for line in run.lines:
                line.stop()
            for line in run.lines:
                await asyncio.to_thread(line.close)
            await asyncio.to_thread(house.writer.stop)


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch, caplog):
    monkeypatch.setattr(LedgerWriter, "RETRY_S", 0.01)
    caplog.set_level(logging.INFO, logger="gatehouse")


def test_a_gate_is_welcomed_with_time_settings_and_cursor(station, new_pty, bench_gate):
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


def test_taps_are_answered_and_nobody_is_named(station, new_pty, bench_gate, number_of, caplog):
    """Each verdict with its reason; events and log hold masked forms at most."""
    station.know((number_of(1), Colour.GREEN, 60), (number_of(2), Colour.RED, 60))
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            verdicts = [await asyncio.to_thread(gate.tap, number_of(n)) for n in (1, 2, 3)]
            verdicts.append(await asyncio.to_thread(gate.tap, "110101197810270021"))
            verdicts.append(await asyncio.to_thread(gate.tap, number_of(1), codes.CARD_FOREIGN_2023))
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
    assert tap.pop("ms") >= 0
    assert tap == {
        "event": "tap",
        "lane": "lane 1",
        "tap": [1, 1],
        "masked": f"1***************{number_of(1)[-2:]}",
        "colour": "green",
        "reason": codes.REASON_GREEN,
        "verdict": codes.ALLOW,
    }
    shown = repr(told.events) + caplog.text
    for number in (number_of(1), number_of(2), number_of(3), "110101197810270021"):
        assert number not in shown
        assert number[6:14] not in shown


def test_reports_are_committed_and_the_cursor_follows(station, new_pty, bench_gate, number_of):
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


def test_a_report_told_twice_is_one_record(station, new_pty, bench_gate):
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


def test_missing_reports_are_an_alarm_and_an_entry(station, new_pty, bench_gate, caplog):
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


def test_a_full_disk_sends_travellers_to_staff_until_there_is_room(station, new_pty, bench_gate, number_of, caplog):
    """The cursor stays, nothing is lost, and when room is made everything goes on by itself."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            first = await asyncio.to_thread(gate.tap, number_of(1))
            run.disk(FULL_PAGES)
            await asyncio.to_thread(gate.report, 1, codes.REPORT_OPENING, 1, codes.REASON_GREEN)
            await asyncio.to_thread(gate.until, lambda: not run.house.answering.ledger_works)
            meanwhile = await asyncio.to_thread(gate.tap, number_of(1))
            cursors = [one.index for one in gate.got(Cursor)]
            run.disk(FREE_PAGES)
            await asyncio.to_thread(gate.until, lambda: gate.got(Cursor)[-1].index == 1)
            last = await asyncio.to_thread(gate.tap, number_of(1))
            entries = [one for one in run.ledger.entries() if one.identity != FILLER]
            return first, meanwhile, cursors, last, entries

    first, meanwhile, cursors, last, entries = asyncio.run(story())
    assert first.verdict == codes.ALLOW
    assert (meanwhile.verdict, meanwhile.reason) == (codes.REFER, codes.REASON_LEDGER_UNAVAILABLE)
    assert set(cursors) <= {0}
    assert last.verdict == codes.ALLOW
    assert [one.index for one in entries] == [1]
    assert "the ledger cannot commit: database or disk is full. Free space" in caplog.text
    assert "the ledger commits again" in caplog.text


def test_a_gate_that_repeats_itself_while_the_disk_is_full_fills_no_queue(station, new_pty, bench_gate):
    """One report waits once, however often it is told."""
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            run.disk(FULL_PAGES)
            for _ in range(5):
                await asyncio.to_thread(gate.report, 1, codes.REPORT_PASSED)
                await asyncio.to_thread(gate.until, gate.end.can_send_bulk)
            await asyncio.to_thread(gate.until, lambda: not run.house.answering.ledger_works)
            waiting = run.house.writer._waiting.qsize()
            run.disk(FREE_PAGES)
            await asyncio.to_thread(gate.until, lambda: gate.got(Cursor)[-1].index == 1)
            return waiting

    # The one that is being tried is in the writer's hand.
    assert asyncio.run(story()) == 0


def test_two_gates_with_one_identity_are_both_alarmed_and_the_first_stays(
    station, new_pty, bench_gate, number_of, caplog
):
    """A copy of a gate's flash on another port gets no session, and the true one loses none."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, first_tty, second_tty = station.enrol(), new_pty(), new_pty()
    copy = GateKeys(keys.identity, keys.static_key, keys.count, bytes(keys.chain_key))

    async def story():
        async with running(station) as run:
            run.line(first_tty.name)
            run.line(second_tty.name)
            first = await asyncio.to_thread(bench_gate(keys, first_tty.fd).bring_up)
            copy.advance(keys.count, bytes(keys.chain_key))
            second = bench_gate(copy, second_tty.fd)
            await asyncio.to_thread(second.until, lambda: run.told.of("refused"))
            verdict = await asyncio.to_thread(first.tap, number_of(1))
            return run.told.of("refused"), second.end.is_up(), verdict

    refused, second_up, verdict = asyncio.run(story())
    assert refused[0]["port"] == second_tty.name
    assert refused[0]["reason"] == codes.REFUSED_LIVE_ELSEWHERE
    assert not second_up
    assert verdict.verdict == codes.ALLOW
    assert f"{first_tty.name}: lane 1 is live here, and {second_tty.name} claims to be it too" in caplog.messages
    assert any(text.startswith(f"{second_tty.name}: refused lane 1: ") for text in caplog.messages)


def test_of_two_that_prove_themselves_at_once_the_first_stays(station, new_pty, bench_gate, caplog):
    """The second session is dropped in the moment in which it would have come up."""
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            before = run.house.keys.gate(keys.identity).keys.count
            other = run.line("loop://")
            other._end._events += [
                events.Up(keys.identity, before),
                events.KeysAdvanced(keys.identity, before + 9, bytes(32)),
            ]
            other._pump()
            await asyncio.to_thread(gate.report, 1, codes.REPORT_PASSED)
            await asyncio.to_thread(gate.until, lambda: gate.got(Cursor)[-1].index == 1)
            after = run.house.keys.gate(keys.identity).keys.count
            return run.house.live[keys.identity].url, before, after, run.told.of("refused")

    url, before, after, refused = asyncio.run(story())
    assert url == tty.name
    assert before == after
    assert [one["port"] for one in refused] == ["loop://"]
    assert "one of them is a copy" in caplog.text


def test_a_gate_is_known_on_whichever_port_it_appears(station, new_pty, bench_gate):
    """Cables are swapped; the cursor is the gate's, not the port's."""
    keys, ttys = station.enrol(), [new_pty(), new_pty()]

    async def story():
        async with running(station) as run:
            lines = [run.line(tty.name) for tty in ttys]
            gate = await asyncio.to_thread(bench_gate(keys, ttys[0].fd).bring_up)
            await asyncio.to_thread(gate.report, 1, codes.REPORT_BOOTED)
            await asyncio.to_thread(gate.until, lambda: gate.got(Cursor)[-1].index == 1)
            lines[0]._lost("pulled out")
            moved = await asyncio.to_thread(bench_gate(keys, ttys[1].fd, boot=2).bring_up)
            await asyncio.to_thread(moved.until, lambda: moved.got(Cursor))
            return moved.got(Cursor)[0].index, [event["port"] for event in run.told.of("up")], run.told.of("down")

    index, up_ports, downs = asyncio.run(story())
    assert index == 1
    assert up_ports == [tty.name for tty in ttys]
    assert [down["reason"] for down in downs] == [codes.DOWN_PORT]


def test_a_port_that_vanishes_and_returns_costs_a_session_and_nothing_else(
    station, new_pty, bench_gate, number_of, tmp_path
):
    """Pulled out under a running lane, plugged in again: the gate is up and answered as before."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, name, first = station.enrol(), tmp_path / "ttyUSB0", new_pty()
    name.symlink_to(first.name)

    async def story():
        async with running(station) as run:
            run.line(name)
            await asyncio.to_thread(bench_gate(keys, first.fd).bring_up)
            name.unlink()
            first.close()
            await run.until(lambda: run.told.of("down"))
            second = new_pty()
            name.symlink_to(second.name)
            gate = await asyncio.to_thread(bench_gate(keys, second.fd).bring_up)
            verdict = await asyncio.to_thread(gate.tap, number_of(1))
            return verdict, [event["event"] for event in run.told.events if event["event"] in {"up", "down"}]

    verdict, story_told = asyncio.run(story())
    assert verdict.verdict == codes.ALLOW
    assert story_told == ["up", "down", "up"]


@pytest.mark.parametrize("case", ["unknown", "wrong key", "revoked", "rolled back"])
def test_who_may_not_speak_is_refused_with_an_alarm(station, new_pty, bench_gate, caplog, monkeypatch, case):
    """Nothing that such a gate says is answered, and the operator reads why."""
    keys, tty = station.enrol(), new_pty()
    stranger, reason = GateKeys(keys.identity, keys.static_key, 0, bytes(keys.chain_key)), codes.REFUSED_UNKNOWN_GATE
    file = station.keys()
    if case == "unknown":
        stranger.identity = b"STRANGER"
    elif case == "wrong key":
        stranger.static_key, reason = bytes(32), codes.REFUSED_WRONG_KEY
        # Such a gate would not believe the house's proof either; this one pretends to.
        monkeypatch.setattr(gate_end, "check_answer", lambda *args: True)
    elif case == "revoked":
        file._db.execute("update gates set revoked = 1")
    else:
        file.advance(keys.identity, 5, b"5" * 32)
        reason = codes.REFUSED_ROLLED_BACK
    file.close()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = bench_gate(stranger, tty.fd)
            await asyncio.to_thread(gate.until, lambda: run.told.of("refused"))
            return gate.end.is_up(), run.told.of("refused")[0]["reason"], run.told.of("up")

    up, told_reason, ups = asyncio.run(story())
    assert not up
    assert told_reason == reason
    assert ups == []
    assert "refused" in caplog.text
    assert bytes(keys.chain_key).hex() not in caplog.text


def test_garbage_on_a_line_harms_nobody(station, new_pty, bench_gate, number_of):
    """Noise before the session and within it; seed printed."""
    seed = int.from_bytes(os.urandom(4), "big")
    print("seed", seed)
    noise = random.Random(seed)
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            for _ in range(20):
                await asyncio.to_thread(os.write, tty.fd, noise.randbytes(200) + b"\0")
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            verdicts = []
            for _ in range(10):
                await asyncio.to_thread(os.write, tty.fd, b"\0" + noise.randbytes(noise.randrange(60)) + b"\0")
                verdicts.append(await asyncio.to_thread(gate.tap, number_of(1)))
            return verdicts

    assert [one.verdict for one in asyncio.run(story())] == [codes.ALLOW] * 10


def test_an_internal_error_opens_nothing_names_nobody_and_stops_nothing(
    station, new_pty, bench_gate, number_of, caplog, monkeypatch
):
    """A bug in the answer to one tap: no verdict for it, a line in the log, the next tap is answered."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            line = run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            answering = run.house.answering
            original = answering.answer

            def broken(identity, tap, now):
                answering.answer = original
                line._timer.cancel()
                line._timer = None
                raise KeyError(tap.number.decode())

            answering.answer = broken
            gate.counter += 1
            gate.end.send(
                Tap(1, gate.counter, 1, number_of(1).encode(), 0, 0), int(time.monotonic() * 1000) & 0x3FFFFFFF
            )
            await asyncio.to_thread(gate.until, lambda: "internal error" in caplog.text)
            assert line._timer is not None, "a line without its timer would never notice silence"
            return await asyncio.to_thread(gate.tap, number_of(1))

    verdict = asyncio.run(story())
    assert verdict.verdict == codes.ALLOW
    assert "internal error: KeyError at " in caplog.text
    assert number_of(1) not in caplog.text


def test_a_tap_does_not_survive_its_session(station, new_pty, number_of):
    """A session that ends in the same moment takes the tap with it: its answer would belong to nobody."""
    keys = station.enrol()

    async def story():
        async with running(station) as run:
            line = run.line("loop://")
            asked = []
            run.house.answering.answer = lambda *args: asked.append(args)
            tap = Tap(1, 1, 1, number_of(1).encode(), 0, 0)
            line._end._events += [events.Up(keys.identity, 0), tap, events.Down(codes.DOWN_SILENCE)]
            line._pump()
            return asked

    assert asyncio.run(story()) == []


def test_faults_and_completions_are_told_in_words(station, new_pty, bench_gate, caplog):
    """A known fault, and one of a later version."""
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            for message in (Fault(codes.FAULT_READER_SILENT, 2), Fault(200, 1), Completion(5, codes.ORDER_DONE)):
                await asyncio.to_thread(gate.until, gate.end.can_send_bulk)
                gate.end.send(message, int(time.monotonic() * 1000) & 0x3FFFFFFF)
            await asyncio.to_thread(gate.until, lambda: run.told.of("order"))
            return run.told

    told = asyncio.run(story())
    assert "lane 1: reader does not answer, being reset (2)" in caplog.messages
    assert "lane 1: fault 200 (1)" in caplog.messages
    assert [(one["what"], one["detail"]) for one in told.of("fault")] == [(codes.FAULT_READER_SILENT, 2), (200, 1)]
    assert told.of("order")[0]["outcome"] == codes.ORDER_DONE
    assert {"event": "beat", "lane": "lane 1", "state": 0, "waiting": 0} in told.events


def test_a_jump_of_the_pcs_clock_is_told_and_the_gates_get_the_new_time(
    station, new_pty, bench_gate, caplog, monkeypatch
):
    """With what follows from it and what to do."""
    monkeypatch.setattr(app, "CLOCK_LOOK_S", 0.005)
    keys, tty = station.enrol(), new_pty()
    offset_s = [0.0]
    clock = StationClock(lambda: time.time() + offset_s[0], time.monotonic)

    async def story():
        async with running(station, clock) as run:
            line = run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            await asyncio.to_thread(gate.until, lambda: gate.got(Cursor))
            watching = asyncio.create_task(app.watch_clock(run.house, [line]))
            await asyncio.sleep(0)
            offset_s[0] = -7200.0
            await asyncio.to_thread(gate.until, lambda: len(gate.got(Time)) == 2)
            offset_s[0] = 3600.0
            await asyncio.to_thread(gate.until, lambda: len(gate.got(Time)) == 3)
            watching.cancel()
            return [message.unix_s for message in gate.got(Time)]

    times = asyncio.run(story())
    assert -7260 < times[1] - times[0] < -7140
    assert 3540 < times[2] - times[0] < 3660
    assert "the PC's clock jumped by -7200 s and is 7200 s behind: statuses count as that much older" in caplog.text
    assert "the PC's clock jumped by +10800 s; check its time synchronisation" in caplog.messages


def test_settings_that_change_have_another_revision(station):
    """So that a gate that keeps the old ones takes them."""

    async def story():
        async with running(station) as run:
            house = run.house
            other = House(
                house.keys, house.answering, run.ledger, house.happenings, LaneSettings(pulse_ms=200), house.clock
            )
            same = House(house.keys, house.answering, run.ledger, house.happenings, LaneSettings(), house.clock)
            return house.lane_settings.revision, same.lane_settings.revision, other.lane_settings.revision

    first, same, other = asyncio.run(story())
    assert first == same != other
