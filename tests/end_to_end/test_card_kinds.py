"""Every kind of card at a real gate: it passes, it is refused with its reason when it is out of its time."""

import asyncio

import pytest
from gatelink import codes
from gatetools.sim.lane import LaneSpec
from gatetools.sim.people import Behaviour, Kind

OUT_OF_TIME = {
    Behaviour.EXPIRED_CARD: codes.REASON_CARD_EXPIRED,
    Behaviour.NOT_YET_VALID_CARD: codes.REASON_CARD_NOT_YET_VALID,
}


@pytest.fixture(scope="module", autouse=True)
def station(stage):
    for kind in Kind:
        stage.people.add(kind, kind=kind)
        for behaviour in OUT_OF_TIME:
            stage.people.add((kind, behaviour), behaviour=behaviour, kind=kind)
    stage.open(lanes=(LaneSpec("A", "lane_a", read_us=20_000), LaneSpec("B", "devkit", read_us=20_000)))
    station = stage.station
    station.lanes["B"].module.tells_identity = True  # both ways in which modules behave
    for lane in station.lanes.values():
        stage.run(lane.reader.empty.wait())  # the gate looks for cards
    return station


def together(stage, *visits):
    """Visits at several lanes at once."""

    async def all_of_them():
        return await asyncio.gather(*(stage.station.lanes[lane].serve(stage.people[name]) for lane, name in visits))

    return stage.run(all_of_them())


@pytest.mark.parametrize("kind", Kind)
def test_a_good_card_passes_at_either_module(stage, kind):
    """Whatever the kind, and whether the module gives a card's identity or zeros."""
    for swipe in together(stage, ("A", kind), ("B", kind)):
        assert (codes.ALLOW, codes.REASON_GREEN) == (swipe.verdict, swipe.reason)
        assert codes.REPORT_PASSED == swipe.outcome


@pytest.mark.parametrize("kind", Kind)
def test_a_card_out_of_its_time_goes_to_staff_and_says_why(stage, kind):
    """Expired and not yet valid are two reasons, in the verdict and in the gate's own record."""
    swipes = together(stage, *zip("AB", ((kind, behaviour) for behaviour in OUT_OF_TIME), strict=True))

    for swipe, reason in zip(swipes, OUT_OF_TIME.values(), strict=True):
        assert (codes.REFER, reason) == (swipe.verdict, swipe.reason)
        assert codes.REPORT_NOT_OPENED == swipe.outcome


def test_the_judge_agrees_and_no_number_is_left(stage, station):
    """No wrong opening, nothing lost; neither logs nor databases nor flash hold a number of any kind."""
    assert [] == stage.settled().sentences
    numbers = [traveller.number.encode() for traveller in stage.people.all()]
    files = [path for path in station.folder.rglob("*") if path.is_file() and not path.is_symlink()]

    assert len(files) > 8
    for path in files:
        data = path.read_bytes()
        assert not any(number in data for number in numbers), path.name
