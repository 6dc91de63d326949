"""What counts against a platform, and what does not: slips, troubles shared, waits and pauses of our own."""

import asyncio
import time

import pytest
from gatehouse.platforms.breaker import State
from gatehouse.platforms.dialect_file import shipped
from gatehouse.status import Outcome
from gatetools.sim.platforms import faults
from platforms.asking import changed
from platforms.test_asking import SHORT_S, failing, story, turns


@pytest.mark.parametrize("slip", [faults.ERROR, faults.MALFORMED])
def test_one_slip_of_the_token_service_is_nobodys_trouble(slip):
    """It is asked again; twenty travellers get their colours."""

    async def tell(pair, people):
        return [one.outcome.value for one in await asyncio.gather(*(pair.ask(one) for one in people[:20]))], [
            one.colour for one in people[:20]
        ]

    outcomes, colours = story("guangdong", tell, troubles=failing(slip))
    assert outcomes == colours


def test_who_takes_no_station_is_not_asked_for_a_token_twice():
    async def tell(pair, people):
        status = await pair.ask(people[0])
        return status.outcome, len(pair.server.seen)

    assert story("guangdong", tell, troubles=failing(faults.SIGNATURE)) == (Outcome.FAILED, 1)


def test_who_was_held_back_by_our_own_pace_and_got_no_answer_blames_nobody():
    """Little of the traveller's time was left for the platform; and longer than half of it nobody is held back."""

    async def tell(pair, people):
        await pair.ask(people[0])
        pair.server.faults.next_ones = [faults.STALL]
        held, refused = await asyncio.gather(pair.ask(people[1], 0.5), pair.ask(people[2], 0.5))
        return held.outcome, refused.outcome, pair.platform.state

    dialect = changed(shipped("plain"), limits={"failures": 1, "requests_per_s": 5.0, "burst": 1})
    assert story("plain", tell, dialect=dialect) == (Outcome.TIMED_OUT, Outcome.NOT_ASKED, State.CLOSED)


def test_questions_that_fail_together_count_once():
    """Twelve on their way when the service stumbles: it goes on being asked. One after the other they count."""

    async def tell(pair, people):
        pair.platform._monotonic = time.monotonic
        await asyncio.gather(*(pair.ask(one) for one in people[:12]))
        together = pair.platform.state
        for one in people[12:14]:
            await pair.ask(one)
        return together, pair.platform.state

    dialect = changed(shipped("plain"), limits={"failures": 3})
    states = story("plain", tell, troubles=failing(*[faults.ERROR] * 14), dialect=dialect)
    assert states == (State.CLOSED, State.OPEN)


@pytest.mark.parametrize("slips", [[faults.SIGNATURE], [faults.ERROR] * 3])
@pytest.mark.parametrize("name", ["guangdong", "shanghai"])
def test_a_renewal_of_the_token_that_failed_counts_once_however_many_come_meanwhile(name, slips):
    """Twenty travellers, one after the other, hear of it; the next renewal serves everybody, and nobody rested."""

    async def tell(pair, people):
        waiting = [(await pair.ask(one)).outcome for one in people[:20]]
        state, requests = pair.platform.state, len(pair.server.seen)
        pair.clock.pass_s(1)
        return set(waiting), state, requests, (await pair.ask(people[0])).outcome.value, people[0].colour

    waiting, state, requests, later, colour = story(name, tell, troubles=failing(*slips))
    assert (waiting, state, requests, later) == ({Outcome.FAILED}, State.CLOSED, len(slips), colour)


@pytest.mark.parametrize("name", ["guangdong", "shanghai"])
def test_a_token_service_that_is_really_down_opens_the_breaker_and_keeps_it_open(name):
    """Each renewal that fails counts, and the one that tries it after its rest."""

    async def tell(pair, people):
        states = []
        for _ in range(5):
            for one in people[:3]:
                await pair.ask(one)
            states.append(pair.platform.state)
            pair.clock.pass_s(1)
        requests = len(pair.server.seen)
        resting = (await pair.ask(people[4])).outcome, len(pair.server.seen) - requests
        pair.clock.pass_s(10)
        await pair.ask(people[5])
        return states, resting, pair.platform.state, (await pair.ask(people[6])).outcome

    states, resting, tried, after = story(name, tell, troubles=failing(*[faults.ERROR] * 18))
    assert states == [State.CLOSED] * 4 + [State.OPEN]
    assert (resting, tried, after) == ((Outcome.NOT_ASKED, 0), State.OPEN, Outcome.NOT_ASKED)


def test_a_program_that_was_held_up_itself_blames_nobody():
    """The loop stands still beyond a traveller's time: they go to staff, and the platform stays as good as it was."""

    async def tell(pair, people):
        asking = asyncio.ensure_future(pair.ask(people[0], SHORT_S))
        await turns(lambda: pair.server.seen)
        time.sleep(SHORT_S + 0.2)  # noqa: ASYNC251  # that is the case
        return (await asking).outcome, pair.platform.state

    dialect = changed(shipped("plain"), limits={"failures": 1})
    outcome, state = story("plain", tell, troubles=failing(faults.STALL), dialect=dialect)
    assert (outcome, state) == (Outcome.TIMED_OUT, State.CLOSED)
