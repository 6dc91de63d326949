"""Somebody without keys, or with old ones, on the cables of a running gatehouse."""

import asyncio
import os
import time

from gatehouse.status import Colour
from gatelink import codes
from gatelink.keys import GateKeys
from gatelink.ticks import PERIOD
from hostile_frames import Forger

WAIT_S = 20.0


def wait(condition):
    """Called off the loop: until something has come about on it."""
    ends_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < ends_s
        time.sleep(0.001)


def key_file(station):
    """What lies on the disk of it."""
    return {path.name: path.read_bytes() for path in station.keys_path.parent.iterdir()}


def copy_of(keys):
    """The flash of a gate, copied."""
    return GateKeys(keys.identity, keys.static_key, keys.count, bytes(keys.chain_key))


def sizes(line):
    """How much a line and its end hold."""
    end = line._end
    return [len(line._bulk), len(end._events), len(end._clear_out), len(end._answers), len(end._deframer._held)]


def test_a_flood_without_keys_writes_nothing_and_costs_no_session(
    running, station, new_pty, bench_gate, number_of, caplog
):
    """The key file stays as it is byte for byte, nothing piles up, alarms stay few, and the gate is answered."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            line = run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            await asyncio.to_thread(gate.report, 1, codes.REPORT_BOOTED)
            await asyncio.to_thread(gate.until, run.records)
            await asyncio.to_thread(gate.tap, number_of(1))
            before, session, records = key_file(station), line._end._session, run.records()
            taps = len(run.told.of("tap"))
            forger = Forger(11, keys.count, keys.identity)
            most = [0] * 5
            for _ in range(8):
                frames = forger.everything(session.kid)
                for start in range(0, len(frames), 5):
                    await asyncio.to_thread(os.write, tty.fd, b"".join(frames[start : start + 5]))
                    await asyncio.to_thread(gate.turn)
                    most = [max(pair) for pair in zip(most, sizes(line), strict=True)]
            assert len(run.told.of("tap")) == taps
            verdict = await asyncio.to_thread(gate.tap, number_of(1))
            assert line._end._session is session
            assert run.records() == records
            return before, key_file(station), most, verdict, line._end.counters

    before, after, most, verdict, counters = asyncio.run(story())
    assert before == after
    assert verdict.verdict == codes.ALLOW
    assert max(most) < 600
    assert counters.damaged > 100
    assert counters.forged > 0
    assert 0 < len([text for text in caplog.messages if "refused" in text]) < 20


def test_a_stranger_on_another_port_costs_no_session_even_while_the_port_is_away(
    running, station, new_pty, bench_gate, number_of
):
    """Who claims to be a gate whose cable is out gets an answer, and nothing else until it has proven itself."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty, elsewhere = station.enrol(), new_pty(), new_pty()

    async def story():
        async with running(station) as run:
            line, other = run.line(tty.name), run.line(elsewhere.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            await asyncio.to_thread(wait, other.is_there)
            line._lost("pulled out")
            forger = Forger(2, keys.count, keys.identity)
            for frame in forger.hellos()[:2] + forger.proofs():
                os.write(elsewhere.fd, frame)
            await asyncio.to_thread(wait, lambda: other._end._answers)
            assert run.house.live[keys.identity] is line
            line._opened()
            return await asyncio.to_thread(gate.tap, number_of(1)), run.told.of("down")

    verdict, downs = asyncio.run(story())
    assert verdict.verdict == codes.ALLOW
    assert downs == []


def test_a_flash_that_was_set_back_is_refused_and_told(running, station, new_pty, bench_gate, caplog):
    """An image of the gate's flash from yesterday, put back: no session, an alarm, the lane's name in it."""
    keys, tty = station.enrol(), new_pty()
    yesterday = copy_of(keys)

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            restored = bench_gate(yesterday, tty.fd, boot=2)
            await asyncio.to_thread(restored.until, lambda: run.told.of("refused"))
            return restored.end.is_up(), run.told.of("refused")[0]

    up, refused = asyncio.run(story())
    assert not up
    assert (refused["lane"], refused["reason"]) == ("lane 1", codes.REFUSED_ROLLED_BACK)
    assert f"{tty.name}: refused lane 1: its keys are older than ours" in caplog.text


def test_a_clone_that_came_first_is_found_out_by_the_true_gate(running, station, new_pty, bench_gate, caplog):
    """Whoever of two copies comes second is behind: refused, and told."""
    keys, tty = station.enrol(), new_pty()
    clone = copy_of(keys)

    async def story():
        async with running(station) as run:
            line = run.line(tty.name)
            await asyncio.to_thread(bench_gate(clone, tty.fd).bring_up)
            line._end.port_lost(run.house.ticks())
            line._pump()
            true_gate = bench_gate(keys, tty.fd)
            await asyncio.to_thread(true_gate.until, lambda: run.told.of("refused"))
            return true_gate.end.is_up(), run.told.of("refused")[0]["reason"]

    up, reason = asyncio.run(story())
    assert not up
    assert reason == codes.REFUSED_ROLLED_BACK
    assert "an old copy or a clone; look at the gate" in caplog.text


def test_what_was_captured_is_worth_nothing_to_a_gatehouse_that_was_restarted(
    running, station, new_pty, bench_gate, number_of, monkeypatch
):
    """Every byte that a gate ever sent, once more: no tap answered, no record, no session."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()
    captured = []
    write = os.write

    def tapped(fd, data):
        if fd == tty.fd:
            captured.append(bytes(data))
        return write(fd, data)

    async def first():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            await asyncio.to_thread(gate.tap, number_of(1))
            await asyncio.to_thread(gate.report, 1, codes.REPORT_OPENING, 1, codes.REASON_GREEN)
            await asyncio.to_thread(gate.until, run.records)
            return run.records()

    async def second():
        async with running(station) as run:
            line = run.line(tty.name)
            await asyncio.to_thread(wait, line.is_there)
            for _ in range(2):
                for chunk in captured:
                    write(tty.fd, chunk)
            await run.until(lambda: run.told.of("refused"))
            await asyncio.to_thread(wait, lambda: line._end.counters.old_session > 2)
            return run.records(), run.told.of("tap"), run.told.of("up"), run.told.of("refused")[0]["reason"]

    monkeypatch.setattr(os, "write", tapped)
    before = asyncio.run(first())
    after, taps, ups, reason = asyncio.run(second())
    assert len(captured) > 5
    assert after == before
    assert taps == ups == []
    assert reason == codes.REFUSED_ROLLED_BACK


def test_a_clock_of_the_pc_that_wraps_costs_a_flooded_line_nothing(running, station, new_pty, bench_gate):
    """The bound on answers holds over the wrap of the ticks."""
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            line = run.line(tty.name)
            moment = [PERIOD - 5]
            run.house.ticks = lambda: moment[0] % PERIOD
            frames = [Forger(seed, 0, keys.identity).hellos()[0] for seed in (3, 4)]
            for step in range(3000):
                moment[0] += 1
                line._end.receive(frames[step % 2], run.house.ticks())
                line._handle_all()
                line._end.bytes_to_send(run.house.ticks())
            return len(line._end._answers), line._end.counters.frames_out

    answers, sent = asyncio.run(story())
    assert answers <= 5
    assert sent <= 25
