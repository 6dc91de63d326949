"""What goes wrong around enrolment in the house: locked key files, damaged lineages, lost counts."""

import asyncio
import contextlib
import os
import sqlite3
import time

import pytest
from gatehouse import app, key_opening
from gatehouse.enrolments import Lineage
from gatehouse.gate_record import ENROLLED, REVOKED
from gatehouse.key_tables import ADD_GATE
from gatehouse.ledger import Entry, Ledger
from gatehouse.status import Colour
from gatelink import codes
from gatelink.house_to_gate import Cursor
from gatelink.keys import GateKeys, HouseKeys

BOOTED, OPENING, PASSED = codes.REPORT_BOOTED, codes.REPORT_OPENING, codes.REPORT_PASSED


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch):
    """A key file that another program holds is given up sooner."""
    monkeypatch.setattr(key_opening, "WAIT_S", 0.05)


@pytest.fixture
def propose(station):
    """New keys for a gate, as `gate enroll` leaves them."""

    def propose(lane="A1", *, former=None, begins=0):
        identity, static_key, chain_key = os.urandom(8), os.urandom(32), os.urandom(32)
        with contextlib.closing(station.keys()) as keys:
            keys.propose(identity, lane, static_key, chain_key, former=former, begins=begins)
        return GateKeys(identity, static_key, 0, chain_key)

    return propose


@pytest.fixture
def committed(station):
    """Puts a gate's first reports into the ledger, as an earlier run of the gatehouse has left them."""

    def committed(keys, last, lane="A1"):
        with contextlib.closing(Ledger(station.data / "ledger.db")) as ledger:
            ledger.commit(*(Entry(keys.identity, lane, n, BOOTED, n, 0, 1, 0, 1, None) for n in range(1, last + 1)))

    return committed


@contextlib.contextmanager
def held(station):
    """Another program writes to the key file, and does not end."""
    with contextlib.closing(sqlite3.connect(station.keys_path, isolation_level=None)) as blocker:
        blocker.execute("begin immediate")
        yield


def told(run):
    return [(one.identity, one.lane, one.index, one.what, one.detail) for one in run.records()]


def states(station):
    with contextlib.closing(station.keys()) as keys:
        return {gate.identity: (gate.state, gate.booked) for gate in keys.gates()}


def marked(station, keys):
    """Until the key file says that the gate's revocation stands in the ledger."""
    ends_s = time.monotonic() + 10
    while not states(station)[keys.identity][1]:
        assert time.monotonic() < ends_s
        time.sleep(0.01)


async def comes(run, new_pty, bench_gate, keys, *reports):
    """A gate on a port of its own hears its cursor, and brings these (index, what); then all are committed."""
    tty = new_pty()
    line = run.line(tty.name)
    gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
    before = len(run.told.of("report"))
    for index, what in reports:
        await asyncio.to_thread(gate.report, index, what)
    await asyncio.to_thread(
        gate.until,
        lambda: len(run.told.of("report")) == before + len(reports) and gate.got(Cursor)[-1].index == reports[-1][0],
    )
    line.stop()
    await asyncio.to_thread(line.close)
    return [one.index for one in gate.got(Cursor)]


def test_a_gate_is_served_and_keeps_its_records_while_the_key_file_cannot_be_written(
    running, station, propose, committed, new_pty, bench_gate, number_of, caplog
):
    """Nobody knows yet whose they are: no cursor, no entry. As soon as it can be kept they come, each once."""
    station.know((number_of(1), Colour.GREEN, 60))
    old = station.enrol("A1")
    committed(old, 3)
    new, tty = propose(former=old.identity, begins=4), new_pty()

    async def story():
        async with running(station) as run:
            run.house.answering._day_key(run.house.clock.now())
            run.line(tty.name)
            gate = bench_gate(new, tty.fd)
            with held(station):
                await asyncio.to_thread(gate.until, gate.end.is_up)
                verdict = await asyncio.to_thread(gate.tap, number_of(1))
                await asyncio.to_thread(gate.report, 4, BOOTED)
                run.house.settle()
                await asyncio.to_thread(gate.until, lambda: "keeps its records" in caplog.text)
                before = gate.got(Cursor), told(run), states(station)
            run.house.settle()
            await asyncio.to_thread(gate.until, lambda: gate.got(Cursor))
            kept = max(entry[2] for entry in told(run))
            for index in (4, 5):
                await asyncio.to_thread(gate.report, index, BOOTED)
            await asyncio.to_thread(gate.until, lambda: gate.got(Cursor)[-1].index == 5)
            return verdict, before, gate.got(Cursor)[0].index, kept, told(run)

    verdict, before, first, kept, entries = asyncio.run(story())
    assert verdict.verdict == codes.ALLOW
    assert before[0] == []
    assert [entry[2] for entry in before[1]] == [1, 2, 3]
    assert before[2][new.identity] == ("proposed", False)
    assert 3 <= first <= kept <= 4  # 4 where its report, which the gate repeats meanwhile, is committed first
    assert [(one[0], one[2]) for one in entries if one[3] == BOOTED] == [
        *((old.identity, n) for n in (1, 2, 3, 4)),
        (new.identity, 5),
    ]
    assert states(station) == {old.identity: (REVOKED, True), new.identity: (ENROLLED, False)}


def test_a_revocation_that_cannot_be_marked_is_entered_once_and_marked_later(running, station):
    """The ledger has it, the key file is held; it is tried again until it is free, and stands there once."""
    gone = station.enrol("A1")

    async def story():
        async with running(station) as run:
            with contextlib.closing(station.keys()) as keys:
                keys.revoke("A1")
            with held(station):
                run.house.settle()
                await run.until(lambda: run.told.of("enrolment"))
                run.house.settle()
                assert not states(station)[gone.identity][1]
            run.house.settle()
            await asyncio.to_thread(marked, station, gone)
            return told(run)

    assert [entry[3] for entry in asyncio.run(story())] == [codes.REPORT_RETIRED]


def test_a_gatehouse_killed_between_ledger_and_key_file_enters_nothing_twice(running, station):
    """The entry was committed; that it was stands nowhere."""
    gone = station.enrol("A1")
    with contextlib.closing(station.keys()) as keys:
        keys.revoke("A1")
    with contextlib.closing(Ledger(station.data / "ledger.db")) as ledger:
        ledger.commit(Entry(gone.identity, "A1", 0, codes.REPORT_RETIRED, 0, 0, codes.RETIRED_REVOKED, 0, 1, None))

    async def story():
        async with running(station) as run:
            run.house.settle()
            await asyncio.to_thread(marked, station, gone)
            return told(run)

    assert [entry[3] for entry in asyncio.run(story())] == [codes.REPORT_RETIRED]


def test_a_gate_that_is_away_is_entered_as_revoked_within_about_a_second(running, station):
    """By the gatehouse that runs, while another program revokes it."""
    station.enrol("A1")

    async def story():
        async with running(station) as run:
            watch = asyncio.create_task(app.watch_enrolments(run.house))
            await asyncio.sleep(0)
            with contextlib.closing(station.keys()) as keys:
                keys.revoke("A1")
            await run.until(lambda: run.told.of("enrolment"))
            watch.cancel()

    asyncio.run(story())
    assert app.ENROLMENT_LOOK_S <= 1


def test_what_is_missing_before_several_new_keys_is_told_for_each_of_them(
    running, station, propose, committed, new_pty, bench_gate
):
    """Keys twice between two visits, and the flash has lost what was recorded under either."""
    old = station.enrol("A1")
    committed(old, 1)
    middle = propose(former=old.identity, begins=3)
    new = propose(former=middle.identity, begins=6)

    async def story():
        async with running(station) as run:
            await comes(run, new_pty, bench_gate, new, (7, BOOTED))
            return told(run)

    gaps = [entry for entry in asyncio.run(story()) if entry[3] == codes.REPORT_GAP]
    assert gaps == [(old.identity, "A1", 3, codes.REPORT_GAP, 2), (middle.identity, "A1", 6, codes.REPORT_GAP, 3)]


def test_a_gate_that_was_revoked_and_enrolled_again_and_again_keeps_its_records_apart(
    running, station, propose, committed, new_pty, bench_gate
):
    """Each stays with the enrolment that it was made under, revoked ones included."""
    old = station.enrol("A1")
    committed(old, 2)
    line = [old]
    for begins in (3, 4, 5):
        with contextlib.closing(station.keys()) as keys:
            keys.revoke("A1")
        line.append(propose(former=line[-1].identity, begins=begins))
        with contextlib.closing(station.keys()) as keys:
            keys.confirm(line[-1].identity)

    async def story():
        async with running(station) as run:
            cursors = await comes(run, new_pty, bench_gate, line[-1], *((n, BOOTED) for n in (3, 4, 5, 6)))
            return cursors, told(run)

    cursors, entries = asyncio.run(story())
    assert (cursors[0], cursors[-1]) == (2, 6)
    assert [(one[0], one[2]) for one in entries if one[3] == BOOTED and one[2] > 2] == [
        (keys.identity, n) for keys, n in zip(line, (3, 4, 5, 6), strict=True)
    ]
    assert [entry for entry in entries if entry[3] == codes.REPORT_GAP] == []


def test_a_journal_that_was_wiped_before_new_keys_goes_on_behind_what_is_committed(
    running, station, propose, committed, new_pty, bench_gate
):
    """It said 2 where 40 are in the ledger: it hears 40, and nothing is called missing or taken for a repeat."""
    old = station.enrol("A1")
    committed(old, 40)
    new = propose(former=old.identity, begins=2)

    async def story():
        async with running(station) as run:
            cursors = await comes(run, new_pty, bench_gate, new, (41, BOOTED), (42, PASSED))
            return cursors, told(run)

    cursors, entries = asyncio.run(story())
    assert (cursors[0], cursors[-1]) == (40, 42)
    assert [entry[:3] for entry in entries if entry[2] > 40] == [(new.identity, "A1", 41), (new.identity, "A1", 42)]
    assert [entry for entry in entries if entry[3] == codes.REPORT_GAP] == []


def test_what_is_lost_when_the_key_file_was_set_back_is_told(
    running, station, propose, committed, new_pty, bench_gate, caplog
):
    """The ledger knows the gate's last identity, the key file does not: the gate is enrolled as one from elsewhere."""
    before = station.enrol("A1")
    lost = GateKeys(os.urandom(8), bytes(32), 0, bytes(32))
    committed(lost, 113)
    new = propose(former=lost.identity, begins=117)

    async def story():
        for reports in ([(118, BOOTED)], [(119, BOOTED)]):
            async with running(station) as run:
                cursors = await comes(run, new_pty, bench_gate, new, *reports)
        return cursors, told(run)

    cursors, entries = asyncio.run(story())
    assert cursors[-1] == 119
    assert entries[113:] == [
        (lost.identity, "A1", 117, codes.REPORT_GAP, 4),
        (lost.identity, "A1", 113, codes.REPORT_RETIRED, codes.RETIRED_FORGOTTEN),
        (new.identity, "A1", 117, codes.REPORT_BEGINS, 0),
        (before.identity, "A1", 0, codes.REPORT_RETIRED, codes.RETIRED_REPLACED),
        (new.identity, "A1", 118, BOOTED, 0),
        (new.identity, "A1", 119, BOOTED, 0),
    ]
    assert "A1: 4 reports before 117 never came" in caplog.text
    assert "lost its count" not in caplog.text


def test_an_index_below_where_the_records_begin_is_kept(
    running, station, propose, committed, new_pty, bench_gate, caplog
):
    """A journal that was wiped after new keys, on a gate that does not number it anew: nothing is dropped."""
    old = station.enrol("A1")
    committed(old, 40)
    new = propose(former=old.identity, begins=40)

    async def story():
        async with running(station) as run:
            await comes(run, new_pty, bench_gate, new, (1, PASSED), (41, BOOTED))
            return told(run)

    entries = asyncio.run(story())
    assert (old.identity, "A1", 1, PASSED, 0) in entries
    assert (new.identity, "A1", 41, BOOTED, 0) in entries
    assert "has lost its count; its records are kept all the same" in caplog.text


def lineage_of(station, length, first=0, lane="A1"):
    """So many keys of one device, numbered from `first`, each for ten records; the newest."""
    with contextlib.closing(station.keys()) as keys, keys._transaction():
        former = None
        for number in range(length):
            identity = (first + number).to_bytes(8, "big")
            state = REVOKED if number < length - 1 else "proposed"
            sealed = keys._vault.seal_gate(identity, HouseKeys(bytes(32), 0, bytes(32)))
            keys._run(ADD_GATE, identity, lane, state, former, 10 * number, 1, None, 2, 1, 0, sealed)
            former = identity
    return GateKeys(former, bytes(32), 0, bytes(32))


def test_a_gate_with_a_thousand_keys_behind_it_comes_up_at_once(running, station, new_pty, bench_gate):
    """Each of them is looked up a few times in all, and never for a record: finding its owner reads nothing."""

    async def comes_up(newest):
        tty, read = new_pty(), []
        async with running(station) as run:
            run.house.enrolments._keys._db.set_trace_callback(read.append)
            run.house.enrolments.arrived(newest.identity)
            arrived = len(read)
            owners = [run.house.enrolments.owner(newest.identity, index).identity for index in (1, 5005, 99_999)]
            run.house.enrolments._keys._db.set_trace_callback(None)
            assert len(read) == arrived
            run.line(tty.name)
            await asyncio.to_thread(bench_gate(newest, tty.fd).bring_up)
            return arrived, owners

    few, _ = asyncio.run(comes_up(lineage_of(station, 3, first=5000, lane="B1")))
    many, owners = asyncio.run(comes_up(lineage_of(station, 1000)))
    assert owners == [number.to_bytes(8, "big") for number in (0, 500, 999)]
    assert many - few <= 4 * (1000 - 3)


def test_a_circle_of_enrolments_ends(running, station, new_pty, bench_gate):
    """As a damaged key file has it: the gate is served, its records are kept."""
    newest = lineage_of(station, 3)
    with contextlib.closing(station.keys()) as keys:
        keys._db.execute("update gates set former = ? where former is null", (newest.identity,))

    async def story():
        async with running(station) as run:
            await comes(run, new_pty, bench_gate, newest, (21, BOOTED))
            return told(run)

    assert (newest.identity, "A1", 21, BOOTED, 0) in asyncio.run(story())


def test_where_records_begin_that_were_never_in_order_each_has_an_owner():
    """A device whose journal was wiped between its keys."""
    with_begins = [(b"first", 0), (b"second", 100), (b"third", 5)]

    class Record:
        def __init__(self, identity, begins):
            self.identity, self.begins = identity, begins

    line = Lineage([Record(*one) for one in with_begins])
    assert [line.owner(index).identity for index in (1, 6, 101)] == [b"first", b"third", b"third"]
    assert line.cursor({b"first": 100, b"second": 103}) == 103
    assert [(gate.identity, index) for gate, index in line.begins({b"first": 100, b"second": 103})] == [
        (b"second", 100),
        (b"third", 103),
    ]
