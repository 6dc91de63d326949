"""One swipe, one verdict, one open gate: every kind of traveller at both boards, judged from outside."""

import asyncio

import pytest
from gatelink import codes
from gatetools.sim.people import Behaviour, TrueColour

ALLOWED = {
    "green": (TrueColour.GREEN, Behaviour.NORMAL, codes.REPORT_PASSED),
    "turned back": (TrueColour.GREEN, Behaviour.TURNED_BACK, codes.REPORT_TURNED_BACK),
    "two at once": (TrueColour.GREEN, Behaviour.TWO_AT_ONCE, codes.REPORT_FOLLOWED),
    "laid twice": (TrueColour.GREEN, Behaviour.LAID_TWICE, codes.REPORT_PASSED),
    "nobody came": (TrueColour.GREEN, Behaviour.NOBODY_CAME, codes.REPORT_NOBODY_CAME),
    "wrong way": (TrueColour.GREEN, Behaviour.WRONG_WAY, codes.REPORT_PASSED),
}
REFUSED = {
    "red": (TrueColour.RED, Behaviour.NORMAL, 1, codes.DENY, codes.REASON_RED),
    "red and stale": (TrueColour.RED, Behaviour.NORMAL, 50, codes.DENY, codes.REASON_RED),
    "red laid twice": (TrueColour.RED, Behaviour.LAID_TWICE, 1, codes.DENY, codes.REASON_RED),
    "yellow": (TrueColour.YELLOW, Behaviour.NORMAL, 1, codes.REFER, codes.REASON_YELLOW),
    "stale": (TrueColour.GREEN, Behaviour.NORMAL, 50, codes.REFER, codes.REASON_STATUS_EXPIRED),
    "unknown": (TrueColour.UNKNOWN, Behaviour.NORMAL, 1, codes.REFER, codes.REASON_NOT_FOUND),
    "wrong check digit": (
        TrueColour.GREEN,
        Behaviour.WRONG_CHECK_DIGIT,
        1,
        codes.REFER,
        codes.REASON_NUMBER_INVALID,
    ),
    "expired card": (TrueColour.GREEN, Behaviour.EXPIRED_CARD, 1, codes.REFER, codes.REASON_CARD_EXPIRED),
    "unsupported card": (
        TrueColour.GREEN,
        Behaviour.UNSUPPORTED_CARD,
        1,
        None,
        codes.REASON_CARD_KIND_UNSUPPORTED,
    ),
    "taken away": (TrueColour.GREEN, Behaviour.TAKEN_AWAY, 1, None, codes.REASON_CARD_UNREADABLE),
}


@pytest.fixture(scope="module", autouse=True)
def station(stage):
    for name, (colour, behaviour, _) in ALLOWED.items():
        stage.people.add(name, colour, behaviour)
    for name, (colour, behaviour, age_hours, *_) in REFUSED.items():
        stage.people.add(name, colour, behaviour, age_hours)
    stage.open()
    return stage.station


@pytest.mark.parametrize("lane", ["A", "B"])
@pytest.mark.parametrize("name", ALLOWED)
def test_who_may_pass_passes(stage, station, name, lane):
    """The lane opens once, says why, and the ledger knows what became of it."""
    pulses = len(station.checker.pulses)

    swipe = stage.visit(name, lane)

    assert (codes.ALLOW, codes.REASON_GREEN) == (swipe.verdict, swipe.reason)
    assert ALLOWED[name][2] == swipe.outcome
    assert swipe.latency_ms is not None
    assert pulses + 1 == len(station.checker.pulses)
    assert (name == "wrong way") == swipe.wrong_way


@pytest.mark.parametrize("lane", ["A", "B"])
@pytest.mark.parametrize("name", REFUSED)
def test_who_may_not_pass_finds_the_lane_shut(stage, station, name, lane):
    """No pulse, the reason named, and an entry that nothing was opened."""
    pulses = len(station.checker.pulses)

    swipe = stage.visit(name, lane)

    assert REFUSED[name][3:] == (swipe.verdict, swipe.reason)
    assert codes.REPORT_NOT_OPENED == swipe.outcome
    assert pulses == len(station.checker.pulses)
    assert not station.lanes[lane].released()


def test_a_fire_alarm_opens_and_its_end_shuts(stage, station):
    """Within the lane's own time, without host; afterwards travellers are served as before."""
    lane = station.lanes["A"]

    def fire_told(on):
        return station.wait_for(
            lambda e: (e["event"], e.get("what"), e.get("detail")) == ("report", codes.REPORT_FIRE, on)
        )

    async def alarm(on):
        told = asyncio.ensure_future(fire_told(on))
        await asyncio.sleep(0)
        lane.fire(alarm=bool(on))
        await told

    stage.run(alarm(1))
    stage.until(lane.released)
    stage.run(alarm(0))
    lane.turnstile.gone_through()  # the release of the last pulse would last for some seconds more

    assert not lane.released()
    assert codes.REPORT_PASSED == stage.visit("green").outcome


def test_the_judge_agrees(stage):
    """Over everything above: no wrong opening, nothing lost, nothing twice."""
    found = stage.settled()

    assert [] == found.sentences
    assert found.pulses > 0


def test_no_number_is_left_anywhere(stage, station):
    """Neither logs nor databases nor a gate's flash hold a traveller's number."""
    stage.settled()
    numbers = [traveller.number.encode() for traveller in stage.people.all()]
    files = [path for path in station.folder.rglob("*") if path.is_file() and not path.is_symlink()]

    assert len(files) > 8
    for path in files:
        data = path.read_bytes()
        assert not any(number in data for number in numbers), path.name
