"""Staff's orders down to the relay: real gatehouse command, real firmware, a cable that can be cut."""

import asyncio
import subprocess
import sys

import pytest
from gatehouse.ledger import Ledger
from gatelink import codes
from gatetools.sim.lane import LaneSpec
from gatetools.sim.passages import PASS
from gatetools.sim.people import TrueColour


@pytest.fixture(scope="module", autouse=True)
def station(stage):
    stage.people.add("green")
    stage.people.add("yellow", TrueColour.YELLOW)
    stage.open(lanes=(LaneSpec("A", "lane_a"),))
    return stage.station


@pytest.fixture
def order(stage, station):
    """Gives an order by the real command, while the station runs: (exit status, what was said)."""

    def give(what, lane="A", why=("--reason", "test of the lane")):
        command = [sys.executable, "-m", "gatehouse.cli", "lane", lane, what, *why]
        command += ["--config", str(station.folder / "gatehouse.toml")]

        def run():
            done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
            return done.returncode, done.stdout + done.stderr

        return stage.run(asyncio.to_thread(run))

    return give


def test_an_order_opens_the_barrier_once(stage, station, order):
    """One pulse, by staff, and nobody else's."""
    pulses = len(station.checker.pulses)

    assert order("open") == (0, "A: opened for one person.\n")

    stage.until(lambda: len(station.checker.pulses) == pulses + 1)
    passed = station.after(
        station.lanes["A"].pass_beams(PASS),
        lambda event: (event["event"], event.get("what")) == ("report", codes.REPORT_PASSED),
    )
    stage.run(passed)


def test_staff_answer_for_a_traveller_who_was_sent_to_them(stage, station, order):
    """While "see staff" still stands on the lane: a paper code was seen, and the lane shows go."""
    lane = station.lanes["A"]
    pulses = len(station.checker.pulses)
    swipe = stage.visit("yellow")
    assert swipe.verdict == codes.REFER
    stage.until(lambda: lane.state == 6)

    assert order("open", why=("--for", "paper-code")) == (0, "A: opened for one person.\n")

    stage.until(lambda: len(station.checker.pulses) == pulses + 1 and lane.sightings.light == "green")
    passed = station.after(
        lane.pass_beams(PASS),
        lambda event: (event["event"], event.get("what")) == ("report", codes.REPORT_PASSED),
    )
    stage.run(passed)


def test_hold_opens_until_resume(stage, station, order):
    """The barrier gives way as long as it is held; an open order is refused with what to do."""
    lane = station.lanes["A"]
    assert order("hold")[0] == 0
    stage.until(lambda: lane.released() and lane.state == 8)
    status, said = order("open")
    assert (status, said) == (1, "A: refused while held: it is held open. To shut it, order: resume\n")
    assert order("resume") == (0, "A: takes cards again.\n")
    lane.turnstile.gone_through()
    stage.until(lambda: not lane.released() and lane.state == 0)


def test_a_locked_lane_takes_no_traveller_until_resume(stage, station, order):
    """Nobody is asked about, and afterwards everything is as before."""
    pulses = len(station.checker.pulses)
    assert order("lock")[0] == 0
    stage.until(lambda: station.lanes["A"].state == 9)
    assert stage.visit("green").verdict is None
    assert len(station.checker.pulses) == pulses
    assert order("resume")[0] == 0
    assert stage.visit("green").outcome == codes.REPORT_PASSED


def test_an_order_to_a_gate_without_power_is_refused_and_not_kept(stage, station, order):
    """When the gate is back nothing opens."""
    lane = station.lanes["A"]
    pulses = len(station.checker.pulses)
    stage.run(lane.gate.power_cut())
    stage.until(lambda: not lane.up.is_set())
    assert order("open") == (
        1,
        "A: its gate is away, nothing was ordered. Look at its cable and power, or use the key switch.\n",
    )
    stage.power_on("A")
    stage.run(station.all_up())
    stage.run(station.settled())
    assert len(station.checker.pulses) == pulses


def test_the_ledger_has_each_order_before_what_came_of_it(stage, station):
    """And the opening that staff ordered, as the gate reports it."""
    stage.run(station.settled())
    ledger = Ledger(station.gatehouse.ledger)
    entries = ledger.entries()
    ledger.close()

    orders = [entry for entry in entries if entry.what == codes.REPORT_ORDERED]
    assert [entry.detail for entry in orders] == [1, 1, 2, 1, 4, 3, 4]
    assert {entry.note.reason for entry in orders} == {"test of the lane", ""}
    assert [entry.note.grounds for entry in orders if entry.note.grounds] == ["paper-code"]
    openings = [entry for entry in entries if entry.what == codes.REPORT_OPENING]
    assert [entry.detail for entry in openings] == [codes.REASON_STAFF, codes.REASON_STAFF, codes.REASON_GREEN]
    assert entries.index(orders[0]) < entries.index(openings[0])
