"""Card modules that are broken, and come back: the lane stays shut, says so, and serves again."""

import asyncio
import time

import pytest
from gatelink import codes
from gatetools.sim import sam_v
from gatetools.sim.lane import LaneSpec


@pytest.fixture(scope="module", autouse=True)
def station(stage):
    stage.people.add("green")
    for fault in sam_v.FAULTS:
        stage.people.add(fault)
    stage.open(lanes=(LaneSpec("A", "lane_a", read_us=20_000),))
    return stage.station


def not_opened(event):
    return event["event"] == "report" and event["what"] == codes.REPORT_NOT_OPENED


def fault_told(what):
    return lambda event: event["event"] == "fault" and event["what"] == what


@pytest.mark.parametrize("fault", [sam_v.WRONG_CHECKSUM, sam_v.TRUNCATED, sam_v.GARBAGE])
def test_a_spoilt_read_opens_nothing(stage, station, fault):
    """The reply with the card is damaged: no card was seen, whatever the damage, and the next one is served."""
    lane = station.lanes["A"]
    pulses = len(station.checker.pulses)

    async def spoil():
        told = asyncio.ensure_future(station.wait_for(not_opened))
        visit = asyncio.ensure_future(lane.serve(stage.people[fault]))
        await lane.reader.reading.wait()
        lane.module.fault = fault
        await told  # a reply that is no reply is waited for longer than people stay
        return await visit

    swipe = stage.run(spoil())
    lane.module.fault = None

    assert swipe.relay_us is None
    assert swipe.verdict is None
    assert pulses == len(station.checker.pulses)
    assert codes.REPORT_PASSED == stage.visit("green").outcome


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (sam_v.SILENT, codes.FAULT_READER_SILENT),
        (sam_v.NOT_LICENSED, codes.FAULT_READER_UNLICENSED),
        (sam_v.FAILED_SELF_TEST, codes.FAULT_READER_SELF_TEST),
    ],
)
def test_a_broken_module_is_reported_and_so_is_its_return(stage, station, fault, told):
    """The gatehouse hears which fault it is; the lane serves again by itself when the module works."""
    lane = station.lanes["A"]

    async def break_and_mend():
        lane.module.fault = fault
        await station.wait_for(fault_told(told))
        lane.module.fault = None
        await station.wait_for(fault_told(codes.FAULT_READER_BACK))

    stage.run(break_and_mend())

    assert codes.REPORT_PASSED == stage.visit("green").outcome


@pytest.mark.parametrize(
    "happens",
    [
        lambda lane: setattr(lane.module, "fault", sam_v.FROZEN),
        lambda lane: setattr(lane.module, "baud", 9600),
    ],
    ids=["frozen", "at 9600"],
)
def test_a_module_that_nothing_is_wrong_with_is_told_of_in_time_and_brought_back(stage, station, happens):
    """One that is frozen by a reset, one at another rate by a change of rate; nobody has to come."""
    lane = station.lanes["A"]

    async def meet_it():
        started = time.monotonic()
        happens(lane)
        await station.wait_for(fault_told(codes.FAULT_READER_SILENT))
        told_s = time.monotonic() - started
        await station.wait_for(fault_told(codes.FAULT_READER_BACK))
        return told_s

    assert stage.run(meet_it()) < 5
    assert lane.module.baud == 115200
    assert codes.REPORT_PASSED == stage.visit("green").outcome


def test_a_module_that_loses_its_power_for_a_moment_serves_on(stage, station):
    """In the middle of a read too: that card is not told, and the next one is."""
    lane = station.lanes["A"]
    lane.module.keeps_baud = False

    async def pull():
        told = asyncio.ensure_future(station.wait_for(not_opened))
        visit = asyncio.ensure_future(lane.serve(stage.people[sam_v.FROZEN]))
        await lane.reader.reading.wait()
        lane.reader.power_cycle()
        lane.reader.remove()
        await told
        return await visit

    assert stage.run(pull()).relay_us is None
    assert codes.REPORT_PASSED == stage.visit("green").outcome


def test_the_judge_agrees(stage):
    """No wrong opening, nothing lost, nothing twice."""
    assert [] == stage.settled().sentences
