"""One route at a time: who is asked when, and for whom nobody waits. The platforms here answer as they are told."""

import asyncio

import pytest
from gatehouse.clock import Moment
from gatehouse.decide import decide
from gatehouse.lookup.asking import ask
from gatehouse.lookup.merging import Said, merged
from gatehouse.lookup.routes import Route
from gatehouse.question import Question
from gatehouse.rules.presented import Presented
from gatehouse.rules.rule_file import load
from gatehouse.status import FAILED, NOT_ASKED, NOT_FOUND, TIMED_OUT, UNMAPPED, Outcome, Status
from gatelink import codes

GREEN = Status(Outcome.GREEN, 1, "a")
RED = Status(Outcome.RED, 1, "a")
RED_SINCE = Status(Outcome.RED, 2, "b")
EXPIRED = Status(Outcome.EXPIRED)
LIMIT_S = 10.0


class Scripted:
    """Says one thing at once; None: nothing, ever, but that the time is over."""

    def __init__(self, name, says):
        self.name, self._says = name, says
        self.asked = self.dropped = 0
        self.budgets = []

    async def ask(self, question, budget_s):
        assert bytes(question.number) == b"n"
        self.asked += 1
        self.budgets.append(budget_s)
        if self._says is not None:
            return self._says
        try:
            await asyncio.sleep(budget_s)
        except asyncio.CancelledError:
            self.dropped += 1
            raise
        return TIMED_OUT


class Later(Scripted):
    """Says it when somebody else has, and a long turn of the loop has passed."""

    async def ask(self, question, budget_s):
        await asyncio.sleep(0.05)
        return await super().ask(question, budget_s)


def asked(route, budget_s=5.0, later=(), **platforms):
    """(what each said, the platforms)."""
    made = {name: (Later if name in later else Scripted)(name, says) for name, says in platforms.items()}

    async def story():
        question = Question(codes.CARD_RESIDENT, bytearray(b"n"))
        said = await asyncio.wait_for(ask(made, route, question, budget_s), LIMIT_S)
        await asyncio.sleep(0)
        return said

    return {one.source: one.status for one in asyncio.run(story())}, made


@pytest.mark.parametrize("first", [GREEN, RED])
def test_a_slower_platform_is_heard_whatever_the_quicker_one_says(first):
    """It may know the later colour, for better or worse."""
    said, made = asked(Route(("a", "b")), later=("b",), a=first, b=RED_SINCE)
    assert said == {"a": first, "b": RED_SINCE}
    assert made["b"].dropped == 0


def test_who_says_nothing_is_waited_for_to_the_end_of_the_budget_and_no_longer():
    said, made = asked(Route(("a", "b")), budget_s=0.1, a=GREEN, b=None)
    assert said == {"a": GREEN, "b": TIMED_OUT}
    assert made["b"].dropped == 0


def test_where_the_route_says_so_the_others_have_the_settling_time_once_one_has_told_a_colour():
    """A platform that says nothing holds nobody up: it has timed out, and is waited for no more."""
    said, made = asked(Route(("a", "b"), (), 0.01), a=GREEN, b=None)
    assert said == {"a": GREEN, "b": TIMED_OUT}
    assert made["b"].dropped == 1


@pytest.mark.parametrize("first", [NOT_FOUND, FAILED, UNMAPPED, EXPIRED])
def test_the_settling_time_begins_with_a_colour_and_nothing_else(first):
    assert asked(Route(("a", "b"), (), 0.0), later=("b",), a=first, b=RED)[0] == {"a": first, "b": RED}


def test_both_are_heard_where_both_answer():
    assert asked(Route(("a", "b")), a=GREEN, b=UNMAPPED)[0] == {"a": GREEN, "b": UNMAPPED}


@pytest.mark.parametrize("first", [NOT_FOUND, NOT_ASKED, FAILED])
def test_the_others_are_asked_where_nobody_of_the_first_knows(first):
    """In what is left of the budget."""
    said, made = asked(Route(("a",), ("b",)), a=first, b=GREEN)
    assert said == {"a": first, "b": GREEN}
    assert 0 < made["b"].budgets[0] <= made["a"].budgets[0] <= 5.0


@pytest.mark.parametrize("first", [GREEN, UNMAPPED, EXPIRED])
def test_the_others_are_not_asked_where_somebody_does(first):
    """Whoever is not needed does not learn who travels."""
    said, made = asked(Route(("a",), ("b",)), a=first, b=GREEN)
    assert said == {"a": first}
    assert made["b"].asked == 0


def test_the_others_are_not_asked_when_the_time_is_over():
    assert asked(Route(("a",), ("b",)), budget_s=0.0, a=NOT_FOUND, b=GREEN)[1]["b"].asked == 0


@pytest.mark.parametrize(("rules", "verdict"), [("green_all_heard", codes.REFER), ("green_only", codes.ALLOW)])
@pytest.mark.parametrize("home", [None, FAILED, NOT_ASKED])
def test_a_green_beside_a_home_that_says_nothing(home, rules, verdict):
    """Late, failed or at rest: it is named, and what that means the rules say; with its red in time nobody passes."""
    now_s = 1_790_000_000
    now, card = Moment(now_s, now_s, 20260921, 20260921), Presented(codes.CARD_RESIDENT, True, 0)
    green, red = (Status(colour, now_s - 60, "b", fetched_s=now_s) for colour in (Outcome.GREEN, Outcome.RED))

    def decided(home):
        said, _ = asked(Route(("a", "b")), budget_s=0.1, a=home, b=green)
        status = merged([Said(source, one) for source, one in said.items()], [])
        return status, decide(card, status, load(rules), now, "A1").verdict

    status, given = decided(home)
    assert (status.outcome, given) == (Outcome.GREEN, verdict)
    assert [one.source for one in status.silent] == ["a"]
    assert decided(red)[1] == codes.DENY
