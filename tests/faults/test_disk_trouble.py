"""A disk that gets full or breaks at any write, and one that cannot be read: told with what to do, nothing lost."""

import asyncio
import contextlib
import resource
import shutil
import sqlite3

import pytest
import sqlalchemy as sa
from gatehouse import schema
from gatehouse.gate_record import ENROLLED
from gatehouse.keyfile import KeyFile, KeyFileError
from gatehouse.ledger import Ledger
from gatehouse.register import Register, RegisterUnsure
from gatehouse.schema import DatabaseError
from gatehouse.status import Colour, Outcome
from gatelink import codes
from gatelink.house_to_gate import Cursor
from host.saved_station import entry

from faults.broken import BAD_DISK, FULL_DISK, UNREADABLE, Broken
from faults.register_soundness import answers, load
from faults.shim import shim

TROUBLES = pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (FULL_DISK, "database or disk is full. Free space on that disk; what was committed before is still there."),
        (BAD_DISK, "disk I/O error. Look at that disk; what was committed before is still there."),
    ],
    ids=["full", "bad"],
)


def at_every_operation(tmp_path, trouble, play):
    """Calls play(folder, disk) with a disk that fails at its first operation, its second, and so on to the last."""
    for nth in range(1000):
        disk, folder = Broken(trouble, nth), tmp_path / "station"
        folder.mkdir()
        with shim().under(disk):
            play(folder, disk)
        shutil.rmtree(folder)
        if not disk.failed:
            return nth
    raise AssertionError("it never came to an end")


@TROUBLES
def test_a_ledger_whose_disk_fails_keeps_what_it_has_and_goes_on_when_there_is_room(tmp_path, trouble, says):
    """Whichever write fails, of making it, of a commit, of bringing its log into it: told, and nothing twice."""

    def play(folder, disk):
        path, committed, told, there = folder / "ledger.db", 0, None, []
        ledger = None
        try:
            ledger = Ledger(path)
            sa.event.listen(ledger._engine, "checkout", lambda raw, *_: raw.execute("pragma wal_autocheckpoint = 4"))
            for index in range(1, 5):
                ledger.commit(entry(index))
                committed = index
        except DatabaseError as failure:
            told = str(failure)
        except sa.exc.SQLAlchemyError as failure:
            told, there = f"{path}: {schema.explain(failure)}", ledger.entries()
        disk.mend()
        assert told in {None, f"{path}: {says}"}
        assert [one.index for one in there] in ([], list(range(1, committed + 1)))
        with contextlib.closing(ledger or Ledger(path)) as again:
            again.commit(*(entry(index) for index in range(committed + 1, 6)))
            assert [one.index for one in again.entries()] == [1, 2, 3, 4, 5]
            assert again.cursors() == {entry(1).identity: 5}
        with contextlib.closing(sqlite3.connect(path)) as database:
            assert database.execute("pragma integrity_check").fetchone() == ("ok",)

    assert at_every_operation(tmp_path, trouble, play) > 20


@TROUBLES
def test_an_import_whose_disk_fails_changes_nothing_and_works_when_there_is_room(tmp_path, trouble, says):
    """The old register answers meanwhile. Where the disk breaks it may be the new one, as a whole, and that is said."""
    old, file = tmp_path / "old.db", tmp_path / "people.csv"
    load(old, file, "green", 3)

    def play(folder, disk):
        path = folder / "register.db"
        shutil.copyfile(old, path)
        told, answered = None, {Outcome.GREEN}
        try:
            load(path, file, "red", 2)
        except RegisterUnsure as failure:
            told, answered = str(failure).removesuffix(" Then do it again: it may be in force, or not."), set()
            assert trouble is BAD_DISK
        except DatabaseError as failure:
            told, answered = str(failure), answers(path)
        disk.mend()
        assert told in {None, f"{path}: {says}"}
        assert answered in ({Outcome.GREEN}, set())
        assert answers(path) in ({Outcome.GREEN}, {Outcome.RED})
        load(path, file, "red", 2)
        assert answers(path) == {Outcome.RED}

    assert at_every_operation(tmp_path, trouble, play) > 5


@TROUBLES
def test_an_enrolment_whose_disk_fails_leaves_the_keys_as_they_were(tmp_path, trouble, says):
    """A gate that is to get keys gets none before they are kept."""
    path = tmp_path / "old.db"
    KeyFile(path, create=True, protector="file").close()

    def play(folder, disk):
        copy = folder / "keys.db"
        shutil.copyfile(path, copy)
        shutil.copyfile(path.with_name("old.db.master"), copy.with_name("keys.db.master"))
        copy.chmod(0o600)
        copy.with_name("keys.db.master").chmod(0o600)
        told = None
        try:
            with contextlib.closing(KeyFile(copy)) as keys:
                keys.propose(b"GATE-NEW", "lane 1", b"s" * 32, b"c" * 32)
        except KeyFileError as failure:
            told = str(failure)
        disk.mend()
        assert told in {None, f"{copy}: {says}"}
        with contextlib.closing(KeyFile(copy)) as keys:
            if keys.gate(b"GATE-NEW") is None:
                keys.propose(b"GATE-NEW", "lane 1", b"s" * 32, b"c" * 32)
            keys.confirm(b"GATE-NEW")
            assert [gate.state for gate in keys.gates()] == [ENROLLED]

    assert at_every_operation(tmp_path, trouble, play) > 3


def test_a_register_that_cannot_be_read_knows_nobody_and_says_so(tmp_path, number_of):
    """A failed lookup is no "not found": the traveller goes to staff, until the disk reads again."""
    path = tmp_path / "register.db"
    load(path, tmp_path / "people.csv", "green", 3)
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("vacuum")
    outcomes = []
    for nth in range(20):
        disk = Broken(UNREADABLE, None)
        with shim().under(disk), contextlib.closing(Register(path, b"k" * 32)) as register:
            disk._left = nth
            outcomes.append([register.look_up(number_of(person).encode()).outcome for person in range(0, 90, 18)])
            disk.mend()
            assert register.look_up(number_of(0).encode()).outcome is Outcome.GREEN
    assert {one for found in outcomes for one in found} == {Outcome.GREEN, Outcome.FAILED}
    assert set(outcomes[0]) == {Outcome.FAILED}


@TROUBLES
def test_lanes_go_to_staff_while_nothing_can_be_recorded_and_on_when_it_can(
    running, station, new_pty, bench_gate, number_of, caplog, trouble, says
):
    """Of a whole house: the disk fails under a report. The cursor stays, staff are told, the report is not lost."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()
    disk = Broken(trouble, None)

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            first = await asyncio.to_thread(gate.tap, number_of(1))
            disk._left = 0
            await asyncio.to_thread(gate.report, 1, codes.REPORT_OPENING, 1, codes.REASON_GREEN)
            await asyncio.to_thread(gate.until, lambda: not run.house.answering.ledger_works)
            meanwhile = await asyncio.to_thread(gate.tap, number_of(1))
            cursors = {one.index for one in gate.got(Cursor)}
            disk.mend()
            await asyncio.to_thread(gate.until, lambda: gate.got(Cursor)[-1].index == 1)
            last = await asyncio.to_thread(gate.tap, number_of(1))
            return first, meanwhile, cursors, last, [one.index for one in run.records()]

    with shim().under(disk):
        first, meanwhile, cursors, last, entries = asyncio.run(story())
    assert [first.verdict, last.verdict] == [codes.ALLOW, codes.ALLOW]
    assert (meanwhile.verdict, meanwhile.reason) == (codes.REFER, codes.REASON_LEDGER_UNAVAILABLE)
    assert cursors <= {0}
    assert entries == [1]
    assert f"the ledger cannot commit: {says}" in caplog.text
    assert "the ledger commits again" in caplog.text


def test_a_day_that_gets_no_key_sends_travellers_to_staff_and_says_why(
    running, station, new_pty, bench_gate, number_of, caplog
):
    """The day's first traveller comes while the key file's disk is full: nobody could be told from another later."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()
    disk = Broken(FULL_DISK, None)

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            disk._left = 0
            first = await asyncio.to_thread(gate.tap, number_of(1))
            run.house.settle()
            disk.mend()
            last = await asyncio.to_thread(gate.tap, number_of(1))
            run.house.settle()
            return first, last

    with shim().under(disk):
        first, last = asyncio.run(story())
    assert (first.verdict, first.reason) == (codes.REFER, codes.REASON_LEDGER_UNAVAILABLE)
    assert last.verdict == codes.ALLOW
    assert "the day's key cannot be had" in caplog.text
    assert "keys.db: database or disk is full. Free space on that disk" in caplog.text
    assert "the day's key is there; lanes are answered as before" in caplog.text


def test_a_house_whose_register_cannot_be_read_says_so(running, station, new_pty, bench_gate, number_of, caplog):
    """The traveller goes to staff, and staff hear of the disk: not only that a lookup has failed."""
    station.know(*((number_of(nth), Colour.GREEN, 60) for nth in range(1000)))
    keys, tty = station.enrol(), new_pty()
    disk = Broken(UNREADABLE, None)

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            disk._left = 0
            first = await asyncio.to_thread(gate.tap, number_of(1))
            run.house.settle()
            disk.mend()
            last = await asyncio.to_thread(gate.tap, number_of(1))
            run.house.settle()
            return first, last

    with shim().under(disk):
        first, last = asyncio.run(story())
    assert first.verdict == codes.REFER
    assert last.verdict == codes.ALLOW
    assert "register.db: disk I/O error. Look at that disk" in caplog.text
    assert "the register is read again" in caplog.text


def test_files_that_may_not_grow_send_travellers_to_staff_until_they_may(
    station, start, new_pty, bench_gate, number_of
):
    """The same for real: the system refuses a running gatehouse every byte beyond what its files have."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()
    house = start("run", "--config", station.write_config(tty.name))
    gate = bench_gate(keys, tty.fd).bring_up()
    assert gate.tap(number_of(1)).verdict == codes.ALLOW
    _, most = resource.prlimit(house.process.pid, resource.RLIMIT_FSIZE)

    resource.prlimit(house.process.pid, resource.RLIMIT_FSIZE, (1000, most))
    gate.report(1, codes.REPORT_OPENING, 1, codes.REASON_GREEN)
    gate.until(lambda: "Until it can, every lane sends travellers to staff" in house.said)
    meanwhile = gate.tap(number_of(1))
    resource.prlimit(house.process.pid, resource.RLIMIT_FSIZE, (most, most))
    gate.until(lambda: gate.got(Cursor)[-1].index == 1)

    assert (meanwhile.verdict, meanwhile.reason) == (codes.REFER, codes.REASON_LEDGER_UNAVAILABLE)
    assert gate.tap(number_of(1)).verdict == codes.ALLOW
    assert house.end() == 0
    with contextlib.closing(Ledger(station.data / "ledger.db")) as ledger:
        assert [one.index for one in ledger.entries()] == [1]
