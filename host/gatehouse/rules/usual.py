"""The rules that the section [rules] of the settings stands for: a fresh green passes, nothing else does."""

from gatelink import codes

from gatehouse.rules.conditions import Condition, OneOf
from gatehouse.rules.rule_set import Rule, RuleSet
from gatehouse.rules.soundness import sound
from gatehouse.rules.state import Limits, State
from gatehouse.words import Words


def usual(status_max_age_s: int, clock_tolerance_s: int, yellow: int, red: int) -> RuleSet:
    """`yellow` and `red` are codes.DENY or codes.REFER; ValueError for anything else."""
    if not {yellow, red} <= {codes.DENY, codes.REFER}:
        raise ValueError("yellow and red lead to deny or refer")
    limits = Limits(status_max_age_s, clock_tolerance_s, status_max_age_s)
    rules = (
        _rule("red", ("红码", "red"), red, State.RED),
        _rule("yellow", ("黄码", "yellow"), yellow, State.YELLOW),
        _rule("green", ("绿码通行", "a fresh green passes"), codes.ALLOW, State.GREEN),
        _rule("staff card", ("员工卡通行", "a card of staff passes"), codes.ALLOW, State.STAFF_CARD),
        _rule("everything else", ("其余转人工", "everything else goes to staff"), codes.REFER),
    )
    return sound(RuleSet("settings", ("设置文件的 [rules]", "[rules] in the settings"), limits, rules))


def _rule(name: str, words: Words, verdict: int, state: State | None = None) -> Rule:
    conditions: tuple[Condition, ...] = () if state is None else (OneOf("state", frozenset((state.value,))),)
    return Rule(name, words, conditions, verdict)
