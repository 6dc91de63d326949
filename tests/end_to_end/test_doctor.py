"""`gate doctor` beside a whole station: real gatehouse, real firmware on the real interpreter, real terminals."""

import asyncio

import pytest
from gatehouse import noticeboard
from gatetools.doctor.catalogue import Severity
from gatetools.doctor.examination import examine
from gatetools.doctor.patient import patient
from gatetools.doctor.rounds import rounds
from gatetools.doctor.system import System
from gatetools.sim.lane import LaneSpec


@pytest.fixture(scope="module", autouse=True)
def station(stage):
    stage.people.add("green")
    stage.open(lanes=(LaneSpec("A", "lane_a"), LaneSpec("B", "devkit")))
    return stage.station


def examined(station, *ports):
    """All findings by code and subject."""
    config = station.folder / "gatehouse.toml"
    found = examine(rounds(patient(System(), config, tuple(map(str, ports)), named=True)))
    return {(finding.code, finding.subject): finding for finding in found}


def test_a_station_that_serves(stage, station):
    """Both gates are known with firmware and board; a devkit's cable is the one warning; ports are left alone."""
    board = noticeboard.path_in(station.folder / "data")
    stage.until(lambda: board.exists() and all(one.board for one in noticeboard.read(board)[1]))
    ends = [str(station.cables[lane].house_end) for lane in "AB"]
    found = examined(station, *ends)

    wanted = [("house-running", ""), ("keys-good", ""), ("register-good", ""), ("board-lane-a", "A")]
    wanted += [(code, lane) for code in ("lane-up", "firmware-same") for lane in "AB"]
    assert set(wanted + [("port-served", end) for end in ends]) <= set(found)
    assert not [code for code, _ in found if code.startswith("voice")]
    assert [key for key, finding in found.items() if finding.severity > Severity.NOTE] == [("board-devkit", "B")]
    assert not stage.station.gatehouse.ended()


def test_gates_are_heard_when_nobody_serves_them(stage, station):
    """One that is enrolled, and one whose keys are gone, by what the real firmware says."""
    stage.run(station.gatehouse.stop())
    for lane in station.lanes.values():
        stage.run(lane.gate.power_cut())
    (station.lanes["B"].flash / "keys.bin").unlink()
    for lane in "AB":
        stage.power_on(lane)
    first, second = (str(station.cables[lane].house_end) for lane in "AB")
    found = stage.run(listened(station, first, second))

    assert ("house-not-running", "") in found
    assert ("voice-enrolled", first) in found
    assert "devkit" in found["voice-not-enrolled", second].says("en")
    assert f"gate enroll {second}" in found["voice-not-enrolled", second].remedy("zh")


async def listened(station, *ports):
    """The examination beside the running loop: cables and gates are children of it."""
    return await asyncio.to_thread(examined, station, *ports)
