"""Gates that get new keys, another lane or a successor: each record stays with the enrolment it was made under."""

import asyncio
import os

from gatehouse.enrolments import Lineage
from gatehouse.gate_record import ENROLLED, PROPOSED, REVOKED, GateRecord
from gatelink import codes
from gatelink.house_to_gate import Cursor
from gatelink.keys import GateKeys, HouseKeys


def record(identity, begins=0, former=None, lane="A1"):
    return GateRecord(identity, lane, ENROLLED, former, begins, 0, None, 0, False, HouseKeys(bytes(32), 0, bytes(32)))


def proposed(station, lane="A1", *, former=None, begins=0):
    """New keys for a gate, as `gate enroll` leaves them."""
    identity, static_key, chain_key = os.urandom(8), os.urandom(32), os.urandom(32)
    keys = station.keys()
    keys.propose(identity, lane, static_key, chain_key, former=former, begins=begins)
    keys.close()
    return GateKeys(identity, static_key, 0, chain_key)


def states(station):
    keys = station.keys()
    try:
        return {gate.identity: (gate.lane, gate.state, gate.reason, gate.booked) for gate in keys.gates()}
    finally:
        keys.close()


def told(run):
    return [(one.identity, one.lane, one.index, one.what, one.detail) for one in run.records()]


async def comes(run, new_pty, bench_gate, keys, *reports):
    """A gate on a port of its own brings these (index, what); then all of them are committed. The cursors it got."""
    tty = new_pty()
    line = run.line(tty.name)
    gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
    for index, what in reports:
        await asyncio.to_thread(gate.report, index, what, 7 if what in {codes.REPORT_OPENING} else 0)
    newest = reports[-1][0] if reports else 0
    await asyncio.to_thread(gate.until, lambda: newest <= max((one.index for one in gate.got(Cursor)), default=-1))
    line.stop()
    await asyncio.to_thread(line.close)
    return [one.index for one in gate.got(Cursor)]


def test_whose_record_it_is_and_how_far_they_are_committed():
    """By the index after which each enrolment begins."""
    line = Lineage(
        [record(b"one"), record(b"two", 10, b"one"), record(b"three", 10, b"two"), record(b"four", 25, b"x")]
    )
    assert [line.owner(index).identity for index in (1, 10, 11, 25, 26, 900)] == [
        b"one", b"one", b"three", b"three", b"four", b"four",
    ]  # fmt: skip
    assert line.cursor({}) == 0
    assert line.cursor({b"one": 7}) == 7
    assert line.cursor({b"one": 10}) == 10
    assert line.cursor({b"one": 12, b"three": 24}) == 24
    assert line.cursor({b"one": 10, b"three": 25}) == 25
    assert line.cursor({b"one": 10, b"three": 25, b"four": 31}) == 31
    assert Lineage([record(b"foreign", 40)]).cursor({}) == 40


def test_a_gate_with_new_keys_delivers_what_it_had_under_the_old_ones(running, station, new_pty, bench_gate):
    """Nothing is a gap, nothing stands twice, and the old keys count no more."""
    old = station.enrol("A1")

    async def story():
        async with running(station) as run:
            await comes(run, new_pty, bench_gate, old, (1, codes.REPORT_BOOTED), (2, codes.REPORT_OPENING))
            new = proposed(station, former=old.identity, begins=4)
            cursors = await comes(
                run,
                new_pty,
                bench_gate,
                new,
                (3, codes.REPORT_UNKNOWN),
                (4, codes.REPORT_BOOTED),
                (5, codes.REPORT_BOOTED),
            )
            await run.until(lambda: len(told(run)) == 7)
            return new, cursors, told(run)

    new, cursors, entries = asyncio.run(story())
    assert cursors[0] == 2
    assert max(cursors) == 5
    by_gate = [entry for entry in entries if entry[3] not in codes.HOUSES_OWN]
    assert [(one[0], one[2]) for one in by_gate] == [(old.identity, n) for n in (1, 2, 3, 4)] + [(new.identity, 5)]
    assert (old.identity, "A1", 2, codes.REPORT_RETIRED, codes.RETIRED_REKEYED) in entries
    assert (new.identity, "A1", 4, codes.REPORT_BEGINS, 0) in entries
    assert states(station) == {
        old.identity: ("A1", REVOKED, codes.RETIRED_REKEYED, True),
        new.identity: ("A1", ENROLLED, 0, False),
    }


def test_a_gate_that_moves_leaves_its_records_with_the_lane_where_they_were_made(running, station, new_pty, bench_gate):
    """The new lane begins after them."""
    old = station.enrol("B2")

    async def story():
        async with running(station) as run:
            await comes(run, new_pty, bench_gate, old, (1, codes.REPORT_BOOTED))
            new = proposed(station, "A1", former=old.identity, begins=3)
            await comes(
                run,
                new_pty,
                bench_gate,
                new,
                (2, codes.REPORT_WRONG_WAY),
                (3, codes.REPORT_BOOTED),
                (4, codes.REPORT_BOOTED),
            )
            await run.until(lambda: len(told(run)) == 6)
            return told(run)

    entries = [entry for entry in asyncio.run(story()) if entry[3] not in codes.HOUSES_OWN]
    assert [(lane, index) for _, lane, index, _, _ in entries] == [("B2", 1), ("B2", 2), ("B2", 3), ("A1", 4)]
    assert {(lane, state, reason) for lane, state, reason, _ in states(station).values()} == {
        ("B2", REVOKED, codes.RETIRED_MOVED),
        ("A1", ENROLLED, 0),
    }


def test_what_got_lost_before_the_new_keys_is_told_as_a_gap(running, station, new_pty, bench_gate):
    """The gate's flash has lost records 2 and 3 of the time before."""
    old = station.enrol("A1")

    async def story():
        async with running(station) as run:
            await comes(run, new_pty, bench_gate, old, (1, codes.REPORT_BOOTED))
            new = proposed(station, former=old.identity, begins=3)
            await comes(run, new_pty, bench_gate, new, (4, codes.REPORT_BOOTED))
            await run.until(lambda: len(told(run)) == 5)
            return told(run)

    assert (old.identity, "A1", 3, codes.REPORT_GAP, 2) in asyncio.run(story())


def test_an_enrolment_that_is_confirmed_is_told_once(running, station, new_pty, bench_gate, caplog):
    """To people and to programs; the gate's later sessions are no news."""
    new = proposed(station)

    async def story():
        async with running(station) as run:
            for _ in range(2):
                await comes(run, new_pty, bench_gate, new)
            return run.told.of("enrolled")

    assert asyncio.run(story()) == [{"event": "enrolled", "lane": "A1", "gate": new.identity.hex()}]
    assert caplog.messages.count("A1: its new gate has proven itself and is enrolled from now on") == 1


def test_the_successor_of_a_dead_gate_closes_its_openings(running, station, new_pty, bench_gate):
    """As unknown, once, also when the gatehouse is restarted; the dead gate is refused when it comes back."""
    dead = station.enrol("A1")

    async def story():
        async with running(station) as run:
            await comes(run, new_pty, bench_gate, dead, (1, codes.REPORT_BOOTED), (2, codes.REPORT_OPENING))
            await comes(run, new_pty, bench_gate, proposed(station), (1, codes.REPORT_BOOTED))
            await run.until(lambda: len(told(run)) == 5)
        async with running(station) as run:
            run.house.settle()
            tty = new_pty()
            run.line(tty.name)
            back = bench_gate(dead, tty.fd)
            await asyncio.to_thread(back.until, lambda: run.told.of("refused"))
            return told(run)

    entries = asyncio.run(story())
    assert [(what, detail) for identity, _, _, what, detail in entries if identity == dead.identity] == [
        (codes.REPORT_BOOTED, 0),
        (codes.REPORT_OPENING, 0),
        (codes.REPORT_UNKNOWN, codes.UNKNOWN_RETIRED),
        (codes.REPORT_RETIRED, codes.RETIRED_REPLACED),
    ]


def test_a_gate_that_was_revoked_while_nobody_looked_is_entered_at_the_next_start(running, station):
    """The key file is the truth; the ledger follows, once."""
    gone = station.enrol("A1")
    keys = station.keys()
    keys.revoke("A1")
    keys.close()

    async def story():
        for _ in range(2):
            async with running(station) as run:
                run.house.settle()
                run.house.settle()
                await run.until(lambda: states(station)[gone.identity][3])
        async with running(station) as run:
            return told(run)

    assert asyncio.run(story()) == [(gone.identity, "A1", 0, codes.REPORT_RETIRED, codes.RETIRED_REVOKED)]


def test_a_gate_that_keeps_its_old_keys_goes_on_with_them(running, station, new_pty, bench_gate):
    """A proposal that never reached it is dropped when it comes; one for another gate stays open."""
    old = station.enrol("A1")
    lost = proposed(station, former=old.identity, begins=1)
    successor = proposed(station)

    async def story():
        async with running(station) as run:
            await comes(run, new_pty, bench_gate, old, (1, codes.REPORT_BOOTED))

    asyncio.run(story())
    assert lost.identity not in states(station)
    assert states(station)[successor.identity][1] == PROPOSED
    assert states(station)[old.identity][1] == ENROLLED


def test_a_gate_that_was_given_keys_twice_before_it_came_is_one_gate(running, station, new_pty, bench_gate):
    """An enrolment that was interrupted after the gate had its keys, and done again: the records in between count."""
    old = station.enrol("A1")

    async def story():
        async with running(station) as run:
            await comes(run, new_pty, bench_gate, old, (1, codes.REPORT_BOOTED))
            first = proposed(station, former=old.identity, begins=2)
            second = proposed(station, former=first.identity, begins=3)
            await comes(
                run,
                new_pty,
                bench_gate,
                second,
                (2, codes.REPORT_BOOTED),
                (3, codes.REPORT_BOOTED),
                (4, codes.REPORT_BOOTED),
            )
            await run.until(lambda: {entry[2] for entry in told(run)} >= {1, 2, 3, 4})
            return old, first, second, told(run)

    old, first, second, entries = asyncio.run(story())
    owners = {index: identity for identity, _, index, what, _ in entries if what == codes.REPORT_BOOTED}
    assert owners == {1: old.identity, 2: old.identity, 3: first.identity, 4: second.identity}
    assert not [entry for entry in entries if entry[3] == codes.REPORT_GAP]
    assert [state for _, state, *_ in states(station).values()].count(ENROLLED) == 1


def test_an_older_proposal_for_a_lane_never_takes_it_later(running, station, new_pty, bench_gate):
    """A gate that was given up half enrolled and comes up one day is refused."""
    given_up = proposed(station)

    async def story():
        async with running(station) as run:
            await comes(run, new_pty, bench_gate, proposed(station), (1, codes.REPORT_BOOTED))
            tty = new_pty()
            run.line(tty.name)
            late = bench_gate(given_up, tty.fd)
            await asyncio.to_thread(late.until, lambda: run.told.of("refused"))
            return run.told.of("refused")[0]["reason"]

    assert asyncio.run(story()) == codes.REFUSED_UNKNOWN_GATE


def test_no_gate_can_make_the_gatehouses_own_entries(running, station, new_pty, bench_gate, caplog):
    """They are refused with an alarm, and nothing of the ledger moves."""
    keys, tty = station.enrol("A1"), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            for what in codes.HOUSES_OWN:
                await asyncio.to_thread(gate.report, 9, what)
            await asyncio.to_thread(gate.report, 1, codes.REPORT_BOOTED)
            await asyncio.to_thread(gate.until, lambda: [one for one in gate.got(Cursor) if one.index == 1])
            return told(run)

    assert asyncio.run(story()) == [(keys.identity, "A1", 1, codes.REPORT_BOOTED, 0)]
    assert "what only a gatehouse may enter" in caplog.text
