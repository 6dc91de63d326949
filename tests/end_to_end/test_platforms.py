"""A card to the relay by a health platform's word: real firmware, real gatehouse, real HTTP; the checker judges."""

import pytest
from gatelink import codes
from gatetools.sim.people import TrueColour
from gatetools.sim.platforms import faults
from platforms.province import Province, person

ANSWERS = {
    "green": (codes.ALLOW, codes.REASON_GREEN),
    "red": (codes.DENY, codes.REASON_RED),
    "yellow": (codes.REFER, codes.REASON_YELLOW),
    "nobody": (codes.REFER, codes.REASON_NOT_FOUND),
}


@pytest.fixture(scope="module")
def province():
    made = Province("plain")
    yield made
    made.close()


@pytest.fixture(scope="module", autouse=True)
def station(stage, province, tmp_path_factory):
    """The register is empty: what is known of these people the platform knows."""
    for name in ("green", "red", "yellow"):
        stage.people.add(name, TrueColour[name.upper()], age_hours=2.0)
    stage.people.add("nobody", TrueColour.UNKNOWN)
    stage.people.add("late")
    known = [person(stage.people[name].number, name, set_h=2.0) for name in ("green", "red", "yellow")]
    province.knows("plain", *known, person(stage.people["late"].number))
    folder = tmp_path_factory.mktemp("credentials")
    tables = province.settings(folder).replace('"plain.credentials"', f'"{folder / "plain.credentials"}"')
    stage.open(platforms=tables)
    return stage.station


@pytest.mark.parametrize("name", ANSWERS)
def test_each_traveller_is_answered_by_what_the_platform_knows(stage, name):
    """And the event tells rule, source and freshness."""
    swipe = stage.visit(name)

    assert (swipe.verdict, swipe.reason) == ANSWERS[name]
    tap = next(event for event in reversed(stage.station.events) if event["event"] == "tap")
    assert tap["rule"] == {"nobody": "everything else"}.get(name, name)
    assert (tap["source"], tap["freshness"]) == (("plain", "live") if name != "nobody" else ("", ""))
    assert swipe.outcome == (codes.REPORT_PASSED if name == "green" else codes.REPORT_NOT_OPENED)


def test_a_platform_that_stalls_sends_its_traveller_to_staff_and_the_lane_goes_on(stage, province):
    """Within the budget, far from the 30 s of the stall; who is known from before passes meanwhile."""
    province.servers["plain"].faults.rates = {faults.STALL: 1.0}
    swipe = stage.visit("late")
    again = stage.visit("green", "B")
    province.servers["plain"].faults.rates = {}

    assert (swipe.verdict, swipe.reason) == (codes.REFER, codes.REASON_LOOKUP_TIMED_OUT)
    assert again.outcome == codes.REPORT_PASSED
    assert stage.visit("late").outcome == codes.REPORT_PASSED
    assert stage.settled().clean
