"""What one question costs, and how long it takes at most: budget, sharing, memory, breaker, rate, token, load."""

import asyncio
import time

import pytest
from gatehouse.platforms.breaker import State
from gatehouse.platforms.dialect_file import shipped
from gatehouse.question import Question
from gatehouse.status import LabResult, Outcome
from gatelink import codes
from gatetools.sim.platforms import faults
from gatetools.sim.platforms.faults import Faults
from platforms.asking import changed, question, served

SHORT_S = 0.05
UNKNOWN_KIND = codes.CARD_UID


def story(name, tell, **how):
    """Run `tell(pair, people)` with a platform of that name."""

    async def run():
        async with served(name, **how) as pair:
            return await tell(pair, pair.server.table.everybody())

    return asyncio.run(run())


async def turns(happened, most=10_000):
    """Let the loop turn until it has happened."""
    for _ in range(most):
        if happened():
            return
        await asyncio.sleep(0)
    raise AssertionError("it has not happened")


def failing(*kinds):
    troubles = Faults.none()
    troubles.next_ones = list(kinds)
    return troubles


def test_a_stall_costs_the_budget_and_no_more():
    """A platform that stalls for 30 s: timed out within the budget, and nothing stays behind."""

    async def tell(pair, people):
        began_s = time.monotonic()
        status = await pair.ask(people[0], SHORT_S)
        took_s = time.monotonic() - began_s
        await turns(lambda: pair.platform.in_flight == 0)
        return status, took_s, pair.platform.in_flight, pair.platform.counts.timed_out

    status, took_s, in_flight, timed_out = story("plain", tell, troubles=failing(faults.STALL))
    assert status.outcome is Outcome.TIMED_OUT
    assert status.contact
    assert took_s < SHORT_S + 0.5
    assert (in_flight, timed_out) == (0, 1)


def test_a_budget_of_nothing_is_answered_too():
    """At once, and the platform is not blamed for it."""

    async def tell(pair, people):
        return [(await pair.ask(people[0], budget)).outcome for budget in (0, -1)], pair.platform.state

    assert story("plain", tell) == ([Outcome.NOT_ASKED] * 2, State.CLOSED)


@pytest.mark.parametrize("kind", [faults.ERROR, faults.MALFORMED, faults.BUSY, faults.SIGNATURE])
@pytest.mark.parametrize("name", ["plain", "national", "guangdong", "beijing", "shanghai"])
def test_every_fault_fails_and_the_next_question_is_answered(name, kind):
    """5xx, malformed, too many requests, signature refused: no colour, no exception, nothing remembered."""

    async def tell(pair, people):
        await pair.ask(people[1])
        pair.server.faults.next_ones = [kind]
        bad = await pair.ask(people[0])
        pair.clock.pass_s(5)
        return bad, await pair.ask(people[0]), people[0].colour

    bad, good, colour = story(name, tell)
    assert bad.outcome in {Outcome.FAILED, Outcome.UNMAPPED}
    assert good.outcome.value == colour


@pytest.mark.parametrize("name", ["guangdong", "shanghai"])
def test_a_token_that_expires_early_is_replaced_once(name):
    """The traveller does not notice; a platform that refuses every token is not asked without end."""

    async def tell(pair, people):
        await pair.ask(people[0])
        pair.server.tokens.clear()
        status = await pair.ask(people[1])
        tokens = sum(path.endswith(("/init", "/token")) for path in pair.server.seen)
        return status, people[1].colour, tokens

    status, colour, tokens = story(name, tell)
    assert (status.outcome.value, tokens) == (colour, 2)


def test_a_platform_that_takes_no_token_is_not_asked_without_end():
    """Two tries for one question."""

    async def tell(pair, people):
        pair.server.tokens = _Sieve()
        status = await pair.ask(people[0])
        return status.outcome, pair.server.seen

    outcome, seen = story("guangdong", tell)
    assert outcome is Outcome.FAILED
    assert len(seen) == 4


class _Sieve(set):
    def add(self, _):
        """Keeps nothing."""


def test_one_renewal_of_the_token_is_shared():
    """Twenty travellers at once, one token."""

    async def tell(pair, people):
        await asyncio.gather(*(pair.ask(one) for one in people[:20]))
        return pair.server.seen.count("/api/hc/init"), len(pair.server.seen)

    assert story("guangdong", tell) == (1, 21)


def test_identical_questions_share_one_request():
    """Two lanes, one traveller, one moment."""

    async def tell(pair, people):
        answers = await asyncio.gather(*(pair.ask(people[0]) for _ in range(8)))
        return answers, len(pair.server.seen), pair.platform.counts

    answers, requests, counts = story("plain", tell)
    assert len({id(one) for one in answers}) == 1
    assert (requests, counts.sent, counts.shared, counts.asked) == (1, 1, 7, 8)


def test_one_who_gives_up_takes_the_answer_from_nobody():
    """The first asker's budget ends and its number is wiped; the second still gets the answer."""

    async def tell(pair, people):
        pair.server.faults.pace = 1.0
        pair.server.faults.chance.lognormvariate = lambda *_: 5.0  # 200 ms
        first = question(people[0])
        impatient = asyncio.create_task(pair.platform.ask(first, 0.02))
        patient = asyncio.create_task(pair.ask(people[0]))
        gave_up = await impatient
        first.wipe()
        return gave_up.outcome, (await patient).outcome.value, people[0].colour, len(pair.server.seen)

    gave_up, got, colour, requests = story("guangdong", tell)
    assert (gave_up, got, requests) == (Outcome.TIMED_OUT, colour, 2)


def test_a_second_swipe_costs_no_request():
    """Within an answer's life, and not after it."""

    async def tell(pair, people):
        first = await pair.ask(people[0])
        pair.clock.pass_s(599)
        second = await pair.ask(people[0])
        requests = len(pair.server.seen)
        pair.clock.pass_s(1)
        await pair.ask(people[0])
        return second is first, requests, len(pair.server.seen)

    assert story("plain", tell) == (True, 1, 2)


def test_the_same_number_on_another_kind_of_card_is_another_question():
    """An answer belongs to the card that was asked about."""

    async def tell(pair, people):
        await pair.ask(people[0])
        await pair.platform.ask(Question(codes.CARD_HMT_PERMIT, bytearray(people[0].number.encode())), 5)
        return len(pair.server.seen)

    assert story("plain", tell) == 2


def test_the_breaker_opens_and_one_question_tries_again():
    """Five failures in a row, ten seconds of rest without a request, one try, and all is well."""

    async def tell(pair, people):
        for one in people[:5]:
            await pair.ask(one)
        opened = pair.platform.state, len(pair.server.seen)
        resting = await pair.ask(people[6])
        at_rest = len(pair.server.seen)
        pair.clock.pass_s(10)
        pair.server.faults.next_ones = [faults.ERROR]
        await pair.ask(people[7])
        again = pair.platform.state
        pair.clock.pass_s(10)
        tries = await asyncio.gather(*(pair.ask(one) for one in people[8:12]))
        return opened, resting.outcome, at_rest, again, [one.outcome for one in tries], pair.platform.state

    opened, resting, at_rest, again, tries, closed = story("plain", tell, troubles=failing(*[faults.ERROR] * 5))
    assert opened == (State.OPEN, 5)
    assert (resting, at_rest) == (Outcome.NOT_ASKED, 5)
    assert again is State.OPEN
    assert tries.count(Outcome.NOT_ASKED) == 3  # one tries it, the others are not made to wait
    assert closed is State.CLOSED


def test_a_try_that_is_cancelled_does_not_shut_the_platform_for_good():
    """The only question that may try it goes away: the next one tries."""

    async def tell(pair, people):
        for one in people[:5]:
            await pair.ask(one)
        pair.clock.pass_s(10)
        trying = asyncio.create_task(pair.ask(people[6]))
        await asyncio.sleep(0)
        half = pair.platform.state
        trying.cancel()
        await asyncio.wait({trying})
        return half, (await pair.ask(people[7])).outcome.value, people[7].colour, pair.platform.state

    half, got, colour, state = story("plain", tell, troubles=failing(*[faults.ERROR] * 5))
    assert half is State.HALF_OPEN
    assert (got, state) == (colour, State.CLOSED)


def test_stalls_open_the_breaker():
    """A platform that answers nobody in time rests as one that fails does."""

    async def tell(pair, people):
        for one in people[:2]:
            await pair.ask(one, SHORT_S)
        return pair.platform.state

    dialect = changed(shipped("plain"), limits={"failures": 2})
    assert story("plain", tell, dialect=dialect, troubles=failing(faults.STALL, faults.STALL)) is State.OPEN


def test_a_platform_that_is_always_late_rests_and_what_it_said_is_remembered():
    """A late answer says nothing better of it than that it was late; its traveller's next swipe has it all the same."""

    async def tell(pair, people):
        pair.platform._late_s = 20.0
        pair.server.faults.pace = 1.0
        pair.server.faults.chance.lognormvariate = lambda *_: 5.0  # 200 ms
        late = []
        for one in people[:2]:
            late.append((await pair.ask(one, 0.02)).outcome)
            await asyncio.wait(set(pair.platform._tasks))
            await asyncio.sleep(0)
        return late, pair.platform.state, (await pair.ask(people[0], 0.02)).outcome.value, len(pair.server.seen)

    dialect = changed(shipped("plain"), limits={"failures": 2})
    late, state, again, requests = story("plain", tell, dialect=dialect)
    assert late == [Outcome.TIMED_OUT] * 2
    assert state is State.OPEN
    assert (again, requests) == ("green", 2)


def test_the_rate_is_kept():
    """What goes beyond it is not asked, and says so at once."""

    async def tell(pair, people):
        answers = await asyncio.gather(*(pair.ask(one, 0.09) for one in people[:12]))
        requests = len(pair.server.seen)
        pair.clock.pass_s(1)
        later = await pair.ask(people[13])
        return [one.outcome for one in answers].count(Outcome.NOT_ASKED), requests, later.outcome.value, people[13]

    dialect = changed(shipped("plain"), limits={"requests_per_s": 10.0, "burst": 10})
    refused, requests, later, known = story("plain", tell, dialect=dialect)
    assert (refused, requests, later) == (2, 10, known.colour)


def test_a_platform_that_wants_a_pause_gets_one():
    """Retry-After is obeyed, and the breaker is not what stops it."""

    async def tell(pair, people):
        busy = await pair.ask(people[0])
        paused = await pair.ask(people[1], 0.5)
        pair.clock.pass_s(1)
        after = await pair.ask(people[1])
        return busy.outcome, paused.outcome, after.outcome.value, people[1].colour, len(pair.server.seen)

    busy, paused, after, colour, requests = story("plain", tell, troubles=failing(faults.BUSY))
    assert (busy, paused, after, requests) == (Outcome.FAILED, Outcome.NOT_ASKED, colour, 2)


def test_a_platform_that_is_busy_and_names_no_pause_gets_longer_ones():
    """A tenth of a second, then twice as long while it stays busy; an answer ends that."""

    async def tell(pair, people):
        outcomes = []
        for one, wait_s in zip(people, (0, 0.05, 0.06, 0.15, 0.06, 0.3, 0.11), strict=False):
            pair.clock.pass_s(wait_s)
            outcomes.append((await pair.ask(one, 0.08)).outcome)
        return outcomes

    outcomes = story("guangdong", tell, troubles=failing("", faults.BUSY, faults.BUSY))
    asked = [outcome is not Outcome.NOT_ASKED for outcome in outcomes]
    assert asked == [True, False, True, False, True, True, True]


def test_under_load_what_is_extra_is_not_asked_for():
    """Beyond so many questions in flight the vaccine is dropped, first of all and only it."""

    async def tell(pair, people):
        alone = await pair.ask(people[0])
        crowd = await asyncio.gather(*(pair.ask(one) for one in people[1:7]))
        return alone.doses, crowd, people[1:7], pair.server.seen.count("/gateway/interface-sj-ymjz")

    dialect = changed(shipped("shanghai"), limits={"extra_below": 2})
    alone, crowd, people, asked = story("shanghai", tell, dialect=dialect)
    assert alone is not None
    assert {one.doses for one in crowd} == {None}
    assert asked == 1
    assert [one.outcome.value for one in crowd] == [known.colour for known in people]
    assert [one.test is None for one in crowd] == [known.sample is None for known in people]


def test_an_answer_in_which_something_failed_is_not_remembered():
    """The code came and the test did not, which may be positive: it is not taken for none, and asked for again."""

    async def tell(pair, people):
        await pair.ask(people[0])
        pair.server.faults.next_ones = ["", faults.ERROR]
        without = await pair.ask(people[1])
        again = await pair.ask(people[1])
        return without, again, people[1]

    without, again, known = story("shanghai", tell)
    assert without.outcome.value == again.outcome.value == known.colour
    assert without.test.result is LabResult.UNMAPPED
    assert again.test.result.value == known.sample.result


@pytest.mark.parametrize("number", [b"", b"1" * 200, b'110101"}', b"11010119000101002\n", b"\xff" * 18, b"{number}"])
def test_what_cannot_be_a_number_never_leaves_the_house(number):
    """Nothing from a card can become part of a request but letters and digits."""

    async def tell(pair, _people):
        status = await pair.platform.ask(Question(codes.CARD_RESIDENT, bytearray(number)), 5)
        return status.outcome, pair.server.seen

    assert story("plain", tell) == (Outcome.NOT_ASKED, [])


def test_a_kind_of_card_that_the_platform_does_not_know_is_not_asked_about():
    """A UID is no identity document."""

    async def tell(pair, people):
        status = await pair.platform.ask(Question(UNKNOWN_KIND, bytearray(people[0].number.encode())), 5)
        return status.outcome, pair.server.seen

    assert story("plain", tell) == (Outcome.NOT_ASKED, [])


def test_closing_ends_what_is_under_way():
    """Nothing waits for 30 s when the gatehouse ends."""

    async def tell(pair, people):
        asking = asyncio.create_task(pair.ask(people[0]))
        await turns(lambda: pair.server.seen)
        await pair.platform.close()
        return (await asking).outcome, pair.platform.in_flight

    assert story("plain", tell, troubles=failing(faults.STALL)) == (Outcome.TIMED_OUT, 0)


def test_memory_has_an_end():
    """The oldest answers make room."""
    from gatehouse.platforms.memory import Memory
    from gatehouse.status import Status

    memory = Memory(lambda: 0.0, entries_max=100)
    for at in range(1000):
        memory.keep(memory.who(1, b"%018d" % at), Status(Outcome.GREEN), 60)

    assert len(memory) == 100
    assert memory.recall(memory.who(1, b"%018d" % 999)) is not None
    assert memory.recall(memory.who(1, b"%018d" % 1)) is None


def test_an_answer_whose_life_is_over_goes_though_nobody_asks_for_it():
    """As soon as another one comes."""
    from gatehouse.platforms.memory import Memory
    from gatehouse.status import Status

    now_s = [0.0]
    memory = Memory(lambda: now_s[0])
    for at in range(100):
        memory.keep(memory.who(1, b"%018d" % at), Status(Outcome.GREEN), 60)
    now_s[0] = 60.0
    memory.keep(memory.who(1, b"%018d" % 999), Status(Outcome.GREEN), 60)

    assert len(memory) == 1
    assert memory.recall(memory.who(1, b"%018d" % 999)) is not None
