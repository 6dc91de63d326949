"""Each shipped dialect against its server, which writes the format in its own way: what is true comes out."""

import asyncio
import datetime
import random

import pytest
from gatehouse.platforms.dialect_file import SHIPPED, shipped
from gatehouse.status import LabResult, Outcome
from gatetools.sim.people import Kind, number_from
from gatetools.sim.platforms.table import Known, Sample
from platforms.asking import NOON_S, served

POPUPS = {1: "place_with_cases", 2: "recent_entry", 3: "risk_area", 4: "test_owed", 5: "border_county"}


@pytest.mark.parametrize("name", SHIPPED)
def test_everybody_gets_the_status_that_is_true(name):
    """Colour, time, test, doses, pop-ups of sixty people of all kinds of card."""

    async def story():
        async with served(name) as pair:
            answers = []
            for known in pair.server.table.everybody():
                answers.append((known, await pair.ask(known)))
                pair.clock.pass_s(1)  # the rate limit lets so many through
            return answers

    answers = asyncio.run(story())
    assert {known.kind for known, _ in answers} == set(Kind)
    assert len({known.colour for known, _ in answers}) == 3
    for known, status in answers:
        assert status.outcome.value == known.colour, name
        assert status.source == name
        assert status.contact
        assert status.doses == known.doses
        assert status.looked_up == (name in {"beijing", "guangdong"})
        if not status.looked_up:
            assert abs(status.updated_s - (status.fetched_s - known.set_h * 3600)) <= 1
        if name in {"plain", "beijing"}:
            assert status.flags == {POPUPS[one] for one in known.popups}
        check_test(name, known.sample, status.test, status.fetched_s)


def check_test(name, sample, test, now_s):
    if sample is None:
        assert test is None
        return
    assert test.result is LabResult(sample.result)
    told = {
        "plain": ("sampled", "tested", "reported"),
        "national": ("reported",),
        "guangdong": ("sampled",),
        "beijing": ("sampled", "reported"),
        "shanghai": ("sampled", "tested", "reported"),
    }[name]
    for moment in ("sampled", "tested", "reported"):
        at_s = getattr(test, f"{moment}_s")
        if moment not in told:
            assert at_s is None
        else:
            assert abs(at_s - (now_s - getattr(sample, f"{moment}_h") * 3600)) <= 61  # Beijing tells minutes


@pytest.mark.parametrize("name", SHIPPED)
def test_whom_nobody_knows_is_not_found(name):
    """Unknown is neither red nor an error."""
    stranger = Known(number_from(random.Random(99)), Kind.RESIDENT, "green", 1, None, 0)

    async def story():
        async with served(name) as pair:
            return await pair.ask(stranger)

    assert asyncio.run(story()).outcome is Outcome.NOT_FOUND


def test_beijings_answer_ends_at_midnight():
    """An answer is usable until 24:00 of its day there, and not remembered beyond."""

    async def story():
        async with served("beijing") as pair:
            known = pair.server.table.everybody()[1]
            noon = await pair.ask(known)
            pair.clock.pass_s(12 * 3600 - 60)
            late = await pair.ask(known)
            pair.clock.pass_s(59)
            again = await pair.ask(known)
            asked = len(pair.server.seen)
            pair.clock.pass_s(2)
            after = await pair.ask(known)
            return noon, late, again, asked, after, len(pair.server.seen)

    noon, late, again, asked, after, asked_after = asyncio.run(story())
    beijing = datetime.timezone(datetime.timedelta(hours=8))
    end = datetime.datetime(2022, 6, 16, tzinfo=beijing).timestamp()
    assert noon.usable_until_s == late.usable_until_s == end
    assert again is late
    assert (asked, asked_after) == (2, 3)
    assert after.usable_until_s == end + 86400


def test_shanghais_times_are_kept_apart():
    """A test that was sampled long before it was reported keeps all three times."""
    person = Known("310101190001010016", Kind.RESIDENT, "green", 2, Sample("negative", 50, 30, 10), 3)

    async def story():
        from gatetools.sim.platforms.table import Table
        from platforms.asking import Clock

        clock = Clock()
        async with served("shanghai", table=Table([person], clock.wall), clock=clock) as pair:
            return await pair.ask(person)

    test = asyncio.run(story()).test
    assert [(NOON_S - at) / 3600 for at in (test.sampled_s, test.tested_s, test.reported_s)] == [50, 30, 10]


def test_shanghais_token_is_renewed_at_half_its_life():
    """12 hours after it was given a token is renewed, while the old one still serves."""

    async def story():
        async with served("shanghai") as pair:
            people = pair.server.table.everybody()
            await pair.ask(people[0])
            pair.clock.pass_s(12 * 3600 - 1)
            await pair.ask(people[1])
            before = pair.server.seen.count("/gateway/token")
            pair.clock.pass_s(2)
            await pair.ask(people[2])
            await pair.ask(people[3])
            return before, pair.server.seen.count("/gateway/token")

    assert asyncio.run(story()) == (1, 2)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_file_says_what_is_documented_and_what_is_assumed(name):
    """The header, which a reader needs to judge the rest by; and no real host."""
    from importlib.resources import files

    text = files("gatehouse.platforms").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    assert "# Documented:" in text
    assert "# Assumed:" in text
    assert "://" not in text
    assert shipped(name).contact
