"""Who is let in: gates with copies, on other ports, without the right keys."""

import asyncio
import contextlib

import pytest
from gatehouse import gates
from gatehouse.house import now_ticks
from gatehouse.status import Colour
from gatelink import codes, events, gate_end
from gatelink.gate_to_house import Tap
from gatelink.house_to_gate import Cursor, Verdict
from gatelink.keys import GateKeys


def test_two_gates_with_one_identity_are_both_alarmed_and_the_first_stays(
    running, station, new_pty, bench_gate, number_of, caplog
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


def test_of_two_that_prove_themselves_at_once_the_first_stays(running, station, new_pty, bench_gate, caplog):
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


def test_a_gate_is_known_on_whichever_port_it_appears(running, station, new_pty, bench_gate):
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


@pytest.mark.parametrize(
    "take", [lambda file: file.revoke("lane 1"), lambda file: file._db.execute("delete from gates")]
)
def test_a_gate_that_is_revoked_while_it_is_live_is_answered_no_more(
    running, station, new_pty, bench_gate, number_of, caplog, monkeypatch, take
):
    """Its session ends when the key file is looked at next, its tap gets no verdict, and the operator reads why."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            before = await asyncio.to_thread(gate.tap, number_of(1))
            file = station.keys()
            take(file)
            file.close()
            monkeypatch.setattr("gatehouse.gates.ENROLMENT_LOOK_MS", 0)
            gate.counter += 1
            gate.end.send(Tap(1, gate.counter, codes.CARD_RESIDENT, number_of(1).encode(), 0, 0), now_ticks())
            await asyncio.to_thread(gate.until, lambda: run.told.of("refused") and not run.house.live)
            return before, gate.got(Verdict), run.told.of("refused")[0]["reason"]

    before, verdicts, reason = asyncio.run(story())
    assert before.verdict == codes.ALLOW
    assert [one.counter for one in verdicts] == [1]
    assert reason == codes.REFUSED_REVOKED
    assert "lane 1: gate is gone (served no more)" in caplog.messages
    assert f"{tty.name}: lane 1 was revoked while it was live; its session is ended" in caplog.messages


@pytest.mark.parametrize("case", ["unknown", "wrong key", "revoked", "rolled back"])
def test_who_may_not_speak_is_refused_with_an_alarm(running, station, new_pty, bench_gate, caplog, monkeypatch, case):
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
        file.revoke("lane 1")
        reason = codes.REFUSED_REVOKED
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


def test_a_revoked_gate_is_told_at_its_port_and_the_gate_after_it_stays_well(
    running, station, new_pty, bench_gate, caplog
):
    """Once, as revoked: the lane of the same name is up elsewhere, and nothing is its fault."""
    dead, dead_tty, tty = station.enrol("A1"), new_pty(), new_pty()
    with contextlib.closing(station.keys()) as file:
        file.propose(b"GATE-NEW", "A1", b"s" * 32, b"c" * 32)
    new = GateKeys(b"GATE-NEW", b"s" * 32, 0, b"c" * 32)

    async def story():
        async with running(station) as run:
            line = run.line(dead_tty.name)
            old = await asyncio.to_thread(bench_gate(dead, dead_tty.fd).bring_up)
            run.line(tty.name)
            await asyncio.to_thread(bench_gate(new, tty.fd).bring_up)
            line._looked_at -= gates.ENROLMENT_LOOK_MS
            await asyncio.to_thread(old.until, lambda: len(run.told.of("refused")) > 2)
            for one in run.lines:
                one.tally()
            return {one.lane: one for one in run.house.standings.all()}, run.told.of("refused"), run.told.of("down")

    standings, refused, downs = asyncio.run(story())
    assert {(one["lane"], one["reason"]) for one in refused} == {(dead_tty.name, codes.REFUSED_REVOKED)}
    assert downs == []
    assert standings["A1"].up
    assert standings["A1"].last_error == ""
    assert standings["A1"].port == tty.name
    assert standings[dead_tty.name].last_error == "refused: revoked"
    assert [text for text in caplog.messages if "refused" in text] == [
        f"{dead_tty.name}: refused a former gate of A1: revoked; do not enrol it again unless you know where it was"
    ]


def test_damaged_keys_cost_their_own_lane_only(running, station, new_pty, bench_gate, caplog):
    """The gatehouse starts, the other lane comes up, and the operator reads which lane to mend and how."""
    damaged, whole = station.enrol("lane 1"), station.enrol("lane 2")
    file = station.keys()
    file._db.execute("update gates set sealed = zeroblob(92) where lane = 'lane 1'")
    file.close()
    ttys = [new_pty(), new_pty()]

    async def story():
        async with running(station) as run:
            for tty in ttys:
                run.line(tty.name)
            refused = bench_gate(damaged, ttys[0].fd)
            await asyncio.to_thread(refused.until, lambda: run.told.of("refused"))
            await asyncio.to_thread(bench_gate(whole, ttys[1].fd).bring_up)
            lanes = {(one["event"], one["lane"]) for one in run.told.events if one["event"] in ("up", "refused")}
            return refused.end.is_up(), lanes

    assert asyncio.run(story()) == (False, {("refused", "lane 1"), ("up", "lane 2")})
    assert "refused lane 1: our own keys of this gate cannot be read; restore them" in caplog.text
    assert "not enrolled here" not in caplog.text
    assert "the key file cannot be read: the keys of lane lane 1 cannot be opened" in caplog.text
    assert "gatehouse restore keys" in caplog.text


def test_proposed_keys_are_served_beside_the_lanes_gate(running, station, new_pty, bench_gate):
    """Whichever proves itself comes up; here the gate that never got its new keys."""
    old = station.enrol("lane 1")
    with contextlib.closing(station.keys()) as file:
        file.propose(b"GATE-NEW", "lane 1", b"s" * 32, b"c" * 32)
    tty = new_pty()

    async def story(keys):
        async with running(station) as run:
            run.line(tty.name)
            await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            return [up["lane"] for up in run.told.of("up")]

    assert asyncio.run(story(old)) == ["lane 1"]
    assert asyncio.run(story(GateKeys(b"GATE-NEW", b"s" * 32, 0, b"c" * 32))) == ["lane 1"]
    with contextlib.closing(station.keys()) as file:
        assert [(gate.identity, gate.state) for gate in file.gates()] == [
            (old.identity, "revoked"),
            (b"GATE-NEW", "enrolled"),
        ]
