"""Staff cards at a PN532 and at a Wiegand reader beside the card module: real firmware, real gatehouse, two boards."""

import asyncio
import time

import pytest
from gatelink import codes
from gatetools.sim import passages, pn532, wiegand
from gatetools.sim.lane import LaneSpec
from gatetools.sim.pn532 import Tag

STAFF = Tag(bytes.fromhex("04a1b2c3d4e5f6"), ats=bytes(range(120)))
STRANGER = Tag(bytes.fromhex("0badcafe"))
SOON_S = 5.0


@pytest.fixture(scope="module", autouse=True)
def station(stage):
    for name in ("first", "second", "third"):
        stage.people.add(name)
    lanes = (
        LaneSpec("A", "lane_a", read_us=20_000, readers=("sam_v", "pn532")),
        LaneSpec("B", "devkit", read_us=20_000, readers=("sam_v", "wiegand")),
    )
    stage.open(lanes=lanes, staff=("uid:04A1B2C3D4E5F6", "wiegand:123-45678"))
    return stage.station


def tap_of(lane):
    return lambda event: event["event"] == "tap" and event["lane"] == lane


def ended(lane, what):
    return lambda event: event["event"] == "report" and event["lane"] == lane and event["what"] == what


def fault(lane, what):
    return lambda event: event["event"] == "fault" and event["lane"] == lane and event["what"] == what


def lay(stage, tag):
    """The tap of a card at lane A's PN532; the card is taken away at once."""
    lane = stage.station.lanes["A"]

    async def laid():
        lane.tags.place(tag)
        event = await stage.station.wait_for(tap_of("A"))
        lane.tags.remove()
        return event

    return stage.run(laid())


def go_through(stage, name):
    """Somebody walks through a lane that has opened."""
    lane = stage.station.lanes[name]

    stage.until(lane.released)
    stage.run(stage.station.after(lane.pass_beams(passages.PASS), ended(name, codes.REPORT_PASSED)))


def send(stage, bits, wanted):
    return stage.run(stage.station.after(stage.station.lanes["B"].wiegand.send(bits), wanted))


def test_a_staff_card_opens_and_is_not_shown(stage, station):
    """With its own reason, and nothing of its number anywhere that the gatehouse tells."""
    event = lay(stage, STAFF)
    assert (event["verdict"], event["reason"]) == (codes.ALLOW, codes.REASON_STAFF_CARD)
    assert event["masked"] == "********"
    go_through(stage, "A")
    assert not any("A1B2C3" in str(event).upper() for event in station.events)


def test_an_unknown_card_is_sent_to_staff(stage, station):
    """And the lane serves the next traveller."""
    pulses = len(station.checker.pulses)
    event = lay(stage, STRANGER)
    assert (event["verdict"], event["reason"]) == (codes.REFER, codes.REASON_NOT_FOUND)
    stage.run(station.settled())
    assert len(station.checker.pulses) == pulses
    assert stage.visit("first").outcome == codes.REPORT_PASSED


def test_a_frozen_pn532_is_reset_and_comes_back_while_the_lane_serves(stage, station):
    """By its reset line; travellers with identity cards are served meanwhile."""
    lane = station.lanes["A"]
    started = time.monotonic()

    async def freeze():
        told = asyncio.ensure_future(station.wait_for(fault("A", codes.FAULT_READER_SILENT)))
        lane.pn532.fault = pn532.DEAD
        return await told

    silent = stage.run(freeze())
    assert time.monotonic() - started < SOON_S
    assert silent["detail"] == 256 * codes.READER_PN532
    assert stage.visit("second").outcome == codes.REPORT_PASSED

    async def mend():
        back = asyncio.ensure_future(station.wait_for(fault("A", codes.FAULT_READER_BACK)))
        lane.pn532.fault = pn532.FROZEN  # which only the reset line ends
        return await back

    stage.run(asyncio.wait_for(mend(), SOON_S))
    assert lane.pn532.fault is None
    assert lay(stage, STAFF)["verdict"] == codes.ALLOW
    go_through(stage, "A")


def test_a_wiegand_card_opens(stage, station):
    """Twenty-six pulses over two pins."""
    event = send(stage, wiegand.frame(123, 45678), tap_of("B"))
    assert (event["verdict"], event["reason"]) == (codes.ALLOW, codes.REASON_STAFF_CARD)
    go_through(stage, "B")


def test_an_unknown_wiegand_card_is_sent_to_staff(stage, station):
    event = send(stage, wiegand.frame(7, 7), tap_of("B"))
    assert (event["verdict"], event["reason"]) == (codes.REFER, codes.REASON_NOT_FOUND)
    stage.run(station.settled())


def test_a_bad_wiegand_frame_asks_nobody(stage, station):
    """The lane asks for the card again, also for one of the other format; a traveller is served right after."""
    taps = sum(map(tap_of("B"), station.events))
    for bits in (wiegand.frame(123, 45678)[:-1], wiegand.frame(123, 45678, 34)):
        report = send(stage, bits, ended("B", codes.REPORT_NOT_OPENED))
        assert report["detail"] == codes.REASON_CARD_UNREADABLE
        stage.run(station.settled())
    assert stage.visit("third", "B").outcome == codes.REPORT_PASSED
    assert sum(map(tap_of("B"), station.events)) == taps + 1


def test_the_judge_agrees(stage):
    """No wrong opening, nothing lost, nothing twice."""
    assert [] == stage.settled().sentences
