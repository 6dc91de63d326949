"""Rules in their order. `soundness.sound` refuses a set that is not in order; `Rule.allows` holds whatever it is."""

from dataclasses import dataclass

from gatelink import codes

from gatehouse.rules.conditions import Condition, Facts
from gatehouse.rules.state import BY_CARD, GOOD, REASON_OF, Limits, State
from gatehouse.words import Words

BECAUSE = {
    "test": codes.REASON_TEST_NOT_IN_ORDER,
    "list": codes.REASON_LISTED,
    "rule": codes.REASON_BY_RULE,
    "silent": codes.REASON_LOOKUP_FAILED,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. verdict: a gatelink code. by_card: it allows a valid card without a green.

    words: what it is about, for people. because: a REASON_ code instead of the state's own, 0 for that one.
    line: where it stands in its file, 0 for one that stands in none.
    """

    name: str
    words: Words
    conditions: tuple[Condition, ...]
    verdict: int
    by_card: bool = False
    because: int = 0
    line: int = 0

    def missed(self, facts: Facts) -> Condition | None:
        """The first condition that the facts do not fulfil."""
        return next((condition for condition in self.conditions if not condition.holds(facts)), None)

    def allows(self, state: State) -> bool:
        """Whether it may let anybody through in this state: the last word before every opening."""
        return self.verdict == codes.ALLOW and (state in GOOD or (self.by_card and state in BY_CARD))

    def reason(self, state: State) -> int:
        """The REASON_ code of a decision by this rule."""
        if self.allows(state):
            return REASON_OF[state] if state in GOOD else codes.REASON_BY_CARD
        if self.because:
            return self.because
        return codes.REASON_BY_RULE if state in GOOD else REASON_OF[state]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """What a station goes by. registration: rules that allow by card are part of the policy, and said to be.

    Make it by `soundness.sound`, which refuses what is not.
    """

    name: str
    words: Words
    limits: Limits
    rules: tuple[Rule, ...]
    registration: bool = False

    def uses_lists(self) -> bool:
        """Whether anything depends on the station's lists."""
        return any(condition.key.startswith("list_") for rule in self.rules for condition in rule.conditions)
