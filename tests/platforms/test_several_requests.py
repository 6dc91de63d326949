"""Several requests make one status: what is told against a traveller is not lost by what another request says."""

import asyncio

import pytest
from aiohttp import web
from gatehouse.platforms.dialect_file import read, shipped, text_of
from gatehouse.status import LabResult, Outcome
from gatetools.sim.people import Kind
from gatetools.sim.platforms.shanghai import Shanghai
from gatetools.sim.platforms.table import Known, Sample, Table
from platforms.asking import NOON_S, changed, served

NUMBER = "310101190001010016"
BUDGET_S = 0.6
STALL_S = 30
WORDS = {"not found": "GATEWAY0004", "unmapped": "GATEWAY7777"}


class Two(Shanghai):
    """Its requests `broken` say what they are told to, and not what is true."""

    def __init__(self, known, **broken):
        super().__init__(Table([known], lambda: NOON_S))
        self.broken = broken

    async def _code(self, request):
        return await self._bad("code") or await super()._code(request)

    async def _tests(self, request):
        return await self._bad("nat") or await super()._tests(request)

    async def _bad(self, name):
        how = self.broken.get(name)
        if how == "timed out":
            await asyncio.sleep(STALL_S)
        if how == "failed":
            return web.Response(status=503)
        return web.json_response({"code": WORDS[how], "data": None}) if how else None


def two_required():
    text = text_of("shanghai")
    assert 'need = "wanted"' in text
    return changed(read(text.replace('need = "wanted"', 'need = "required"'), "two.toml"), limits={"extra_wait_ms": 50})


def ask(colour, result, dialect=None, **broken):
    known = Known(NUMBER, Kind.RESIDENT, colour, 1, Sample(result, 9, 8, 7) if result else None, 0)

    async def story():
        dialects = {"dialect": dialect} if dialect else {}
        async with served("shanghai", server=Two(known, **broken), **dialects) as pair:
            told = []
            pair.platform._told = lambda kind, number, status: told.append(status)
            return await pair.ask(known, BUDGET_S), told

    return asyncio.run(story())


@pytest.mark.parametrize("how", ["not found", "failed", "timed out", "unmapped"])
@pytest.mark.parametrize("colour", ["red", "yellow", "green"])
def test_a_colour_is_not_lost_where_another_request_brings_nothing(colour, how):
    """Red stays red, and is kept; a green needs all that the file needs."""
    status, told = ask(colour, None, two_required(), nat=how)
    assert status.outcome.value == (how if colour == "green" else colour)
    assert any(one.outcome is Outcome.RED for one in told) == (colour == "red")


@pytest.mark.parametrize("how", ["not found", "failed", "unmapped"])
def test_a_positive_test_without_a_colour_is_for_staff(how):
    """By a card alone nobody of whom that is known comes in."""
    assert ask("green", "positive", code=how)[0].outcome is Outcome.UNMAPPED
    assert ask("green", "negative", code=how)[0].outcome.value == how


@pytest.mark.parametrize("how", ["failed", "timed out", "unmapped"])
def test_a_wanted_test_that_does_not_come_is_not_taken_for_none(how):
    """It may be positive: no rule lets somebody pass by it, and nothing of it is kept."""
    status, told = ask("green", "positive", changed(shipped("shanghai"), limits={"extra_wait_ms": 50}), nat=how)
    assert (status.outcome, status.test.result) == (Outcome.GREEN, LabResult.UNMAPPED)
    assert told == []


def test_whoever_is_not_known_to_the_tests_has_none():
    """The platform's own word for it."""
    status, told = ask("green", "positive", nat="not found")
    assert (status.outcome, status.test) == (Outcome.GREEN, None)
    assert told == [status]
