"""Old backups that are put back: what was lost with the newer data shows, is told, and makes no answer better."""

import asyncio
import contextlib
import shutil
import time
from dataclasses import replace

import pytest
from gatehouse.deeds import What
from gatehouse.ledger import Ledger
from gatehouse.status import Colour
from gatelink import codes
from gatelink.house_to_gate import Cursor
from host.conftest import WAIT_S
from host.saved_station import entry, indexes

from faults.test_clock_steps import SetClock


def copied(folder, name):
    """A copy of a folder of the station, as a backup by hand; returns what puts it back in its place."""
    kept = folder.with_name(name)
    shutil.copytree(folder, kept)

    def put_back():
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)

    return put_back


def served(running, station, story, *arguments):
    """A house that lives for as long as story(run, ...) does."""

    async def life():
        async with running(station) as run:
            return await story(run, *arguments)

    return asyncio.run(life())


async def reported(run, tty, gate, *reports):
    """The gate tells these (index, what, counter); the indexes of the cursors that it is told."""
    run.house.heads.begin()
    run.line(tty.name)
    await asyncio.to_thread(gate.bring_up)
    for index, what, counter in reports:
        await asyncio.to_thread(gate.report, index, what, counter)
    last = reports[-1][0]
    await asyncio.to_thread(gate.until, lambda: gate.got(Cursor)[-1].index == last)
    await run.house.heads.sign()
    return [one.index for one in gate.got(Cursor)]


@pytest.mark.parametrize(("still_there", "lost"), [((5,), 2), ((4, 5), 1)])
def test_reports_that_a_gate_has_forgotten_are_a_gap_that_staff_are_told_of(
    running, station, new_pty, bench_gate, caplog, still_there, lost
):
    """The ledger goes back by two committed reports. What the gate still has is entered, the rest is counted."""
    keys, tty = station.enrol(), new_pty()
    passed = codes.REPORT_PASSED
    served(running, station, reported, tty, bench_gate(keys, tty.fd), (1, passed, 1), (2, passed, 2))
    put_back = copied(station.data, "old")
    served(running, station, reported, tty, bench_gate(keys, tty.fd, boot=2), (3, passed, 1), (4, passed, 2))
    assert "fallen back" not in caplog.text
    put_back()

    gate = bench_gate(keys, tty.fd, boot=3)
    cursors = served(running, station, reported, tty, gate, *((index, passed, index) for index in still_there))

    # Said at once, by the head in the key file; how many of which lane, when that one tells its next report.
    assert "the ledger has fallen back: head 2" in caplog.text
    assert "it holds 2; 2 are gone, as after an old backup was restored" in caplog.text
    with contextlib.closing(Ledger(station.data / "ledger.db")) as ledger:
        assert [deed.what for deed in ledger.deeds()] == [What.LEDGER_FELL_BACK]
    first = still_there[0]
    assert cursors[0] == 2
    assert f"lane 1: {lost} reports before {first} never came" in caplog.text
    gap = (first - 1, codes.REPORT_GAP, lost)
    assert indexes(station.data) == [(1, passed, 0), (2, passed, 0), gap, *((one, passed, 0) for one in still_there)]


def test_a_gate_that_was_retired_after_the_backup_is_retired_in_the_old_ledger_too(running, station):
    """The key file knows; its note that the ledger has it is of the ledger that was lost."""
    passed = codes.REPORT_PASSED
    identity = station.enrol().identity
    with contextlib.closing(Ledger(station.data / "ledger.db")) as ledger:
        ledger.commit(replace(entry(1), identity=identity, heard_s=int(time.time()) - 3600))

    async def settled(run):
        async with asyncio.timeout(WAIT_S):
            while run.ledger.entries()[-1].what != codes.REPORT_RETIRED or not run.house.keys.gate(identity).booked:
                run.house.settle()
                await asyncio.sleep(0)
        for _ in range(3):
            run.house.settle()
        run.house.writer.stop()
        return [one.what for one in run.ledger.entries()]

    put_back = copied(station.data, "old")
    keys = station.keys()
    with contextlib.closing(keys):
        keys.revoke("lane 1")
    assert served(running, station, settled) == [passed, codes.REPORT_RETIRED]
    put_back()
    assert served(running, station, settled) == [passed, codes.REPORT_RETIRED]
    assert served(running, station, settled) == [passed, codes.REPORT_RETIRED]


def test_old_keys_beside_newer_data_are_told_and_the_gates_that_they_know_are_served(
    station, start, new_pty, bench_gate, number_of
):
    """The backup of the keys is of before the first traveller, and before the second gate came."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty, other_tty = station.enrol(), new_pty(), new_pty()
    put_back = copied(station.keys_path.parent, "old keys")
    later = station.enrol("lane 2")
    config = station.write_config(tty.name, other_tty.name)
    house = start("run", "--config", config)
    gate = bench_gate(keys, tty.fd).bring_up()
    assert gate.tap(number_of(1)).verdict == codes.ALLOW
    gate.report(1, codes.REPORT_OPENING, 1, codes.REASON_GREEN)
    gate.until(lambda: gate.got(Cursor)[-1].index == 1)
    assert house.end() == 0
    put_back()

    again = start("run", "--config", config)
    gate = bench_gate(keys, tty.fd, boot=2).bring_up()
    answered = gate.tap(number_of(1))
    unknown = bench_gate(later, other_tty.fd)
    unknown.until(lambda: "refused" in again.said, "the refusal of the gate that these keys do not know")

    assert answered.verdict == codes.ALLOW
    assert f"the key file is older than the ledger: the key of {time.strftime('%Y%m%d')} is not in it" in again.said
    assert "restore it: gatehouse restore keys" in again.said
    assert not unknown.got(Cursor)
    assert again.end() == 0


@pytest.mark.parametrize(("hours", "verdict"), [(0, codes.ALLOW), (25, codes.REFER)])
def test_an_old_register_lets_nobody_pass_longer_than_its_statuses_count(
    saved, restore_data, running, new_pty, bench_gate, number_of, hours, verdict
):
    """The limits count from when a status was set, and whoever restores it is told what is not in it."""
    shown = restore_data("--replace", saved.archive)
    keys, tty = saved.enrol("lane 2"), new_pty()
    clock = SetClock(time.time() + hours * 3600).station()

    async def story():
        async with running(saved, clock) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            return await asyncio.to_thread(gate.tap, number_of(1))

    assert asyncio.run(story()).verdict == verdict
    assert shown.exit_code == 0
    assert "Import again what was imported since then" in shown.output
