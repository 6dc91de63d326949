"""What Prometheus hears of each platform: every class counted once, and nobody in it."""

import asyncio
import contextlib
import urllib.request

import pytest
from gatehouse.metrics import MetricsEndpoint
from gatehouse.platforms import counts, platform_error
from gatehouse.standing import Standings
from gatehouse.status import Outcome
from gatetools.sim.platforms import faults
from gatetools.sim.platforms.faults import Faults
from platforms.asking import served
from prometheus_client.parser import text_string_to_metric_families

PREFIX = "gatehouse_platform_"


def scraped(platforms):
    """(the text, and each sample's value by name and labels)."""
    with contextlib.closing(MetricsEndpoint(Standings(), "127.0.0.1", 0, platforms)) as endpoint:
        address = f"http://127.0.0.1:{endpoint.port}/metrics"
        with urllib.request.urlopen(address, timeout=10) as answer:
            text = answer.read().decode()
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    return text, {(one.name.removeprefix(PREFIX), *one.labels.values()): one.value for one in samples}


def told(*kinds, asked=1, budget_s=5.0):
    """What is scraped after so many travellers at a platform that begins with these faults."""

    async def story():
        troubles = Faults.none()
        troubles.next_ones = list(kinds)
        async with served("plain", troubles=troubles) as pair:
            people = pair.server.table.everybody()[:asked]
            statuses = [await pair.ask(one, budget_s) for one in people]
            text, found = await asyncio.to_thread(scraped, {"south": pair.platform})
            assert not [one.number for one in people if one.number in text]
            return statuses, found

    return asyncio.run(story())


def test_answers_are_counted_with_their_time():
    statuses, found = told(asked=3)
    assert all(one.outcome is not Outcome.FAILED for one in statuses)
    asked = [found[f"{name}_total", "south"] for name in ("asked", "sent", "answered", "late")]
    assert asked == [3, 3, 3, 0]
    assert found["answer_seconds_count", "south"] == 3
    assert found["answer_seconds_bucket", "+Inf", "south"] == 3
    assert found["in_flight", "south"] == 0
    assert [found["breaker", "south", state] for state in ("closed", "open", "half open")] == [1, 0, 0]


@pytest.mark.parametrize(
    ("fault", "class_"), [(faults.ERROR, "unusable"), (faults.SIGNATURE, "refused"), (faults.BUSY, "busy")]
)
def test_a_failure_is_counted_in_its_class_and_in_no_other(fault, class_):
    _, found = told(fault)
    assert {one: found["failures_total", one, "south"] for one in counts.FAILURES} == {
        one: float(one == class_) for one in counts.FAILURES
    }
    assert found["answered_total", "south"] == found["answer_seconds_count", "south"] == 0


def test_a_stall_has_timed_out_and_a_breaker_that_opens_is_seen():
    """Then nobody is asked."""
    _, found = told(faults.STALL, budget_s=0.1)
    assert found["timed_out_total", "south"] == 1
    _, found = told(*[faults.ERROR] * 5, asked=7)
    assert [found["breaker", "south", state] for state in ("closed", "open", "half open")] == [0, 1, 0]
    assert (found["sent_total", "south"], found["not_asked_total", "south"]) == (5, 2)


def test_every_failure_has_a_class():
    """One that is added to the errors and not here would break the count."""
    assert set(counts.CLASSES) == set(platform_error.PlatformError.__subclasses__())


def test_a_late_answer_is_counted_as_such():
    """Nobody waited for it any more."""
    late = counts.Counts()
    late.answer(5.0, late=True)
    late.answer(0.01, late=False)
    assert (late.answered, late.late, late.took[0], late.took[-1], late.took_s) == (2, 1, 1, 1, 5.01)


def test_a_station_without_platforms_tells_of_none():
    assert PREFIX not in scraped({})[0]
