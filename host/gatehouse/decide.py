"""The decision, pure: card, status, rules, time and lane give a verdict. The first rule that fits wins."""

from dataclasses import dataclass

from gatelink import codes

from gatehouse.clock import Moment
from gatehouse.rules.conditions import Condition, Facts
from gatehouse.rules.presented import Presented
from gatehouse.rules.rule_set import Rule, RuleSet
from gatehouse.rules.state import GOOD, IDENTITY_CARDS, REASON_OF, clock_is_right, is_well_formed, state_of
from gatehouse.status import Heard, Outcome, Status

MALFORMED = Status(Outcome.UNMAPPED, heard=Heard.NONE)
CORE = "core"  # what decides when a rule would allow what must not be


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict and its reason, both gatelink codes. rule: the name of the one that fired."""

    verdict: int
    reason: int
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """A rule that was looked at, and the first of its conditions that did not hold; None for the one that fired."""

    rule: Rule
    missed: Condition | None


def facts_of(card: Presented, status: Status, rules: RuleSet, now: Moment, lane: str) -> Facts:
    """What the rules look at."""
    state = state_of(card, status, rules.limits, now)
    # What is not of its form is looked at by no condition: it would say nothing.
    return Facts(card, status if is_well_formed(status) else MALFORMED, state, now, lane)


def looked_at(facts: Facts, rules: RuleSet) -> list[Looked]:
    """The rules as far as they are looked at, the last of them the one that fires."""
    looked = []
    for rule in rules.rules:
        looked.append(Looked(rule, rule.missed(facts)))
        if looked[-1].missed is None:
            break
    return looked


def decide(card: Presented, status: Status, rules: RuleSet, now: Moment, lane: str) -> Decision:
    """The verdict on a card whose holder has `status`."""
    facts = facts_of(card, status, rules, now, lane)
    fired = next((rule for rule in rules.rules if rule.missed(facts) is None), None)
    if fired is None:
        return Decision(codes.REFER, codes.REASON_BY_RULE, CORE)
    if fired.verdict == codes.ALLOW and not fired.allows(facts.state):
        return Decision(codes.REFER, fired.reason(facts.state), CORE)
    # A code that nobody knows says nothing, and a card of staff is no identity card: neither is a valid card.
    if fired.by_card and facts.state not in GOOD and card.kind not in IDENTITY_CARDS:
        return Decision(codes.REFER, REASON_OF[facts.state], CORE)
    # A green has been held against the clock; the days of a card and of a list's entry are by the same clock.
    if fired.by_card and not clock_is_right(rules.limits, now):
        return Decision(codes.REFER, codes.REASON_CLOCK_WRONG, CORE)
    return Decision(fired.verdict, fired.reason(facts.state), fired.name)
