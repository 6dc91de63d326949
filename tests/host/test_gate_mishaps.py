"""What a station goes through: full disks, pulled cables, noise, clocks that jump, and our own bugs."""

import asyncio
import os
import random
import time

from gatehouse import app
from gatehouse.clock import StationClock
from gatehouse.status import Colour
from gatelink import codes, events
from gatelink.gate_to_house import Tap
from gatelink.house_to_gate import Cursor, Time


def test_a_full_disk_sends_travellers_to_staff_until_there_is_room(
    running, station, new_pty, bench_gate, number_of, caplog
):
    """The cursor stays, nothing is lost, and when room is made everything goes on by itself."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            first = await asyncio.to_thread(gate.tap, number_of(1))
            run.disk(full=True)
            await asyncio.to_thread(gate.report, 1, codes.REPORT_OPENING, 1, codes.REASON_GREEN)
            await asyncio.to_thread(gate.until, lambda: not run.house.answering.ledger_works)
            meanwhile = await asyncio.to_thread(gate.tap, number_of(1))
            cursors = [one.index for one in gate.got(Cursor)]
            run.disk(full=False)
            await asyncio.to_thread(gate.until, lambda: gate.got(Cursor)[-1].index == 1)
            last = await asyncio.to_thread(gate.tap, number_of(1))
            return first, meanwhile, cursors, last, run.records()

    first, meanwhile, cursors, last, entries = asyncio.run(story())
    assert first.verdict == codes.ALLOW
    assert (meanwhile.verdict, meanwhile.reason) == (codes.REFER, codes.REASON_LEDGER_UNAVAILABLE)
    assert set(cursors) <= {0}
    assert last.verdict == codes.ALLOW
    assert [one.index for one in entries] == [1]
    assert "the ledger cannot commit: database or disk is full. Free space" in caplog.text
    assert "the ledger commits again" in caplog.text


def test_a_gate_that_repeats_itself_while_the_disk_is_full_fills_no_queue(running, station, new_pty, bench_gate):
    """One report waits once, however often it is told."""
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            run.disk(full=True)
            for _ in range(5):
                await asyncio.to_thread(gate.report, 1, codes.REPORT_PASSED)
                await asyncio.to_thread(gate.until, gate.end.can_send_bulk)
            await asyncio.to_thread(gate.until, lambda: not run.house.answering.ledger_works)
            waiting = run.house.writer._waiting.qsize()
            run.disk(full=False)
            await asyncio.to_thread(gate.until, lambda: gate.got(Cursor)[-1].index == 1)
            return waiting

    # The one that is being tried is in the writer's hand.
    assert asyncio.run(story()) == 0


def test_a_port_that_vanishes_and_returns_costs_a_session_and_nothing_else(
    running, station, new_pty, bench_gate, number_of, tmp_path
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


def test_garbage_on_a_line_harms_nobody(running, station, new_pty, bench_gate, number_of):
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
    running, station, new_pty, bench_gate, number_of, caplog, monkeypatch
):
    """A bug in the answer to one tap: no verdict for it, a line in the log, the next tap is answered."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            line = run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            answering = run.house.answering
            original = answering.open

            def broken(identity, tap, now, lane):
                answering.open = original
                line._timer.cancel()
                line._timer = None
                raise KeyError(tap.number.decode())

            answering.open = broken
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


def test_a_tap_does_not_survive_its_session(running, station, new_pty, number_of):
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


def test_a_jump_of_the_pcs_clock_is_told_and_the_gates_get_the_new_time(
    running, station, new_pty, bench_gate, caplog, monkeypatch
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
    (told,) = [message for message in caplog.messages if message.startswith("the PC's clock jumped by +10800 s")]
    assert "check its time synchronisation" in told
    assert "count as not yet valid until the gatehouse is restarted" in told
