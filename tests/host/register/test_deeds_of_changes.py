"""Each change of the register is in the ledger, or not in force, whatever fails or is killed, and whenever."""

import contextlib
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from gatehouse import register_change
from gatehouse.deeds import What
from gatehouse.ledger import Ledger
from gatehouse.register_change import CHANGES
from gatehouse.schema import DatabaseError
from gatehouse.status import Colour, Outcome

CHANGING = [("import", What.REGISTER_IMPORTED), ("update", What.REGISTER_UPDATED), ("delete", What.REGISTER_DELETED)]


@pytest.mark.parametrize(("command", "what"), CHANGING)
def test_what_cannot_be_recorded_is_not_in_force(call, station, rows, colours, number_of, command, what, monkeypatch):
    """However whole the rows were."""
    station.know((number_of(1), Colour.RED, 900))

    def full(_book, _deed):
        raise sa.exc.OperationalError("insert", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(Ledger, "record", full)
    shown = call(command, rows((number_of(1), "green")))

    assert shown.exit_code == 1
    assert "The ledger cannot record it." in shown.stderr
    assert "disk is full. Free space on that disk" in shown.stderr
    assert colours(number_of(1)) == [Outcome.RED]


@pytest.mark.parametrize(("command", "what"), CHANGING)
def test_a_deed_whose_change_fails_is_taken_back(
    call, station, rows, colours, deeds, number_of, command, what, monkeypatch
):
    """The register's disk is full at the very last moment: the ledger says that it is not in force."""
    station.know((number_of(1), Colour.RED, 900))

    def fails(*_):
        raise DatabaseError("the disk is full.")

    monkeypatch.setattr(register_change, "remember", fails)
    shown = call(command, rows((number_of(1), "green")))

    assert shown.exit_code == 1
    assert colours(number_of(1)) == [Outcome.RED]
    (first, done), (second, undone) = deeds()
    assert first == second == what
    assert undone == {"undone": done["change"]}


def test_a_power_cut_between_deed_and_change_is_found_by_the_next(
    call, station, rows, deeds, colours, number_of, monkeypatch
):
    """Nobody could take it back then; `verify` says so, and the next change records it."""

    class PowerCut(BaseException):
        """Nothing is cleaned up."""

    def cut(*_):
        raise PowerCut

    call("import", rows((number_of(1), "red")))
    with monkeypatch.context() as patch, contextlib.suppress(PowerCut):
        patch.setattr(register_change, "remember", cut)
        call("import", rows((number_of(1), "green")))
    assert colours(number_of(1)) == [Outcome.RED]
    checked = call("verify")
    assert checked.exit_code == 1
    assert "1 changes that the ledger tells of are not in it" in checked.stderr

    shown = call("update", rows((number_of(2), "green")))

    assert "1 earlier changes that this register does not hold" in shown.stderr
    told = deeds()
    assert [sorted(detail) for _, detail in told][2] == ["undone"]
    assert told[2][1]["undone"] == told[1][1]["change"]
    assert call("verify").exit_code == 0
    assert len(deeds()) == 4


@pytest.mark.parametrize("command", ["import", "update"])
def test_a_change_that_is_killed_before_any_commit_is_whole_or_not_there(
    call, station, bundle, colours, deeds, number_of, command
):
    """Real processes, killed before each commit from the deed's on; whatever is left, the next one is right."""
    kind = {"import": "whole", "update": "incremental"}[command]
    call("import", bundle((number_of(1), "red"), serial=1))
    serial, nth, killed = 2, 0, 0
    while True:
        nth += 1
        file = bundle((number_of(1), "green"), serial=serial, kind=kind)
        script = Path(__file__).with_name("killed_changes.py")
        arguments = [sys.executable, script, str(nth), "register", command, file, "--config", station.config]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        if done.returncode != -signal.SIGKILL:
            break
        killed += 1
        marks = [detail.get("serial") for _, detail in deeds()]
        if colours(number_of(1)) == [Outcome.GREEN]:
            assert serial in marks, "in force, and not recorded"
            again = call(command, file)
            assert "was taken here already" in again.stderr
            serial += 1
            assert call(command, bundle((number_of(1), "red"), serial=serial, kind=kind)).exit_code == 0
        elif serial in marks:
            assert "are not in it" in call("verify").stderr
            serial += 1
            assert call(command, bundle((number_of(1), "red"), serial=serial, kind=kind)).exit_code == 0
            assert any("undone" in detail for _, detail in deeds())
        serial += 1

    assert call("verify").exit_code == 0
    assert done.returncode == 0, done.stderr
    assert killed >= 2


def test_changes_are_recorded_beside_a_running_gatehouse(call, station, start, bundle, rows, deeds, number_of):
    """Another process, which has register, ledger and key file open."""
    station.enrol()
    house = start("run", "--config", station.write_config("loop://"))
    house.until_said("serving ports: 1")

    assert call("import", bundle((number_of(1), "red"))).exit_code == 0
    assert call("update", rows((number_of(2), "red"))).exit_code == 0
    assert call("delete", rows((number_of(2), "red"))).exit_code == 0

    assert house.end() == 0, house.said
    made = [what for what, _ in deeds() if what in CHANGES]
    assert made == [What.REGISTER_IMPORTED, What.REGISTER_UPDATED, What.REGISTER_DELETED]


def test_a_ledger_that_was_lost_is_not_begun_anew_by_an_import(call, station, rows, number_of):
    """Travellers were answered before: the operator has to say that it is gone."""
    with contextlib.closing(station.keys()) as keys:
        keys.secret("ledger 2026-11-23")
    shown = call("import", rows((number_of(1), "red")))
    assert shown.exit_code == 1
    assert "travellers have been answered here before" in shown.stderr
    assert not (station.data / "ledger.db").exists()


def test_a_register_restored_beside_its_ledger_is_told(call, station, rows, deeds, number_of):
    """The ledger knows of changes that it does not hold."""
    call("import", rows((number_of(1), "red")))
    shutil.copy(station.data / "register.db", station.folder / "old.db")
    call("import", rows((number_of(2), "red")))
    for file in station.data.glob("register.db-*"):
        file.unlink()
    shutil.copy(station.folder / "old.db", station.data / "register.db")

    assert "are not in it" in call("verify").stderr
    assert "1 earlier changes that this register does not hold" in call("import", rows((number_of(3), "red"))).stderr
