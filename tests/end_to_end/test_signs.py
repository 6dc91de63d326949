"""What a traveller sees and hears: real firmware, true bytes on the sign's line, judged by what the sign says."""

import time

import pytest
from gatelink import codes
from gatetools.sayings import text
from gatetools.sim.lane import LaneSpec
from gatetools.sim.people import Behaviour, TrueColour

GO, STOP, STAFF, AGAIN, FIRE = 2, 3, 4, 5, 6
PEOPLE = {
    "green": (TrueColour.GREEN, Behaviour.NORMAL, GO),
    "red": (TrueColour.RED, Behaviour.NORMAL, STOP),
    "yellow": (TrueColour.YELLOW, Behaviour.NORMAL, STAFF),
    "expired": (TrueColour.GREEN, Behaviour.EXPIRED_CARD, 8),
    "laid down wrongly": (TrueColour.GREEN, Behaviour.TAKEN_AWAY, AGAIN),
}
WITHIN_US = 1_000_000


@pytest.fixture(scope="module", autouse=True)
def station(stage):
    for name, (colour, behaviour, _) in PEOPLE.items():
        stage.people.add(name, colour, behaviour)
    stage.open(lanes=(LaneSpec("A", "lane_a", sign="voice"), LaneSpec("B", "devkit", sign="display")))
    lane = stage.station.lanes["A"]
    stage.until(lambda: lane.sign.voice.volume != 30)  # it is up, and has been told
    return stage.station


@pytest.mark.parametrize("name", PEOPLE)
def test_within_a_second_a_traveller_hears_what_to_do(stage, station, name):
    """In both languages, once."""
    voice = station.lanes["A"].sign.voice
    before = len(voice.said)

    swipe = stage.visit(name)
    stage.until(lambda: len(voice.said) > before)

    answers = [one for one in voice.said[before:] if one.recording.saying != 1]  # "please wait"
    assert [one.recording.saying for one in answers] == [PEOPLE[name][2]]
    assert answers[0].recording.language == "both"
    assert answers[0].volume == 20
    if name != "laid down wrongly":
        assert swipe.read_us < answers[0].at_us < swipe.read_us + WITHIN_US


@pytest.mark.parametrize("name", PEOPLE)
def test_a_display_shows_it(stage, station, name):
    """In words, in both languages."""
    display = station.lanes["B"].sign.display
    before = len(display.shown)

    stage.visit(name, "B")
    wanted = (text(PEOPLE[name][2], "zh"), text(PEOPLE[name][2], "en"))
    stage.until(lambda: any(shown[1:] == wanted for shown in display.shown[before:]))


def test_the_next_traveller_hears_nothing_that_was_meant_for_the_one_before(stage, station):
    """What is still being said then is cut off."""
    voice = station.lanes["A"].sign.voice
    before = len(voice.said)

    stage.visit("expired")
    stage.visit("red")
    stage.until(lambda: voice.said[-1].recording.saying == STOP)

    answers = [one for one in voice.said[before:] if one.recording.saying != 1]
    assert [one.recording.saying for one in answers] == [8, STOP]
    assert answers[0].until_us <= answers[1].at_us


def test_fire_is_said_at_once_and_both_signs_tell_it(stage, station):
    """Whatever else was to be said."""
    a, b = station.lanes["A"], station.lanes["B"]

    async def alarm():
        started_us = time.monotonic_ns() // 1000
        a.fire(alarm=True)
        b.fire(alarm=True)
        return started_us

    started_us = stage.run(alarm())
    stage.until(lambda: a.sign.voice.said[-1].recording.saying == FIRE)
    stage.until(lambda: b.sign.display.word == "fire")
    assert a.sign.voice.said[-1].at_us - started_us < WITHIN_US

    async def over():
        a.fire(alarm=False)
        b.fire(alarm=False)

    stage.run(over())
    stage.until(lambda: b.sign.display.word == "ready")
    assert stage.visit("green").outcome == codes.REPORT_PASSED


def test_a_module_that_is_gone_costs_nothing(stage, station):
    """Nobody waits for it: its line is unplugged, and travellers pass as before."""
    lane = station.lanes["A"]

    async def unplug():
        lane.fittings.plug("sign", plugged=False)

    stage.run(unplug())
    swipe = stage.visit("green")
    assert swipe.outcome == codes.REPORT_PASSED
    assert swipe.latency_ms < 100
    findings = stage.settled()
    assert findings.clean, findings.sentences
