"""What is wrong with the order and the gaps of a set of rules, whoever wrote it."""

from collections.abc import Iterable

from gatelink import codes

from gatehouse.rules.conditions import AnyOf, OneOf
from gatehouse.rules.rule_set import Rule, RuleSet
from gatehouse.rules.state import BY_CARD, GOOD

Problem = tuple[int, str, str]  # place of the rule in its set, key of it, sentence


class Unsound(ValueError):
    """A set that must not be used; `problems` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(said for _, _, said in problems))
        self.problems = problems


def sound(rules: RuleSet) -> RuleSet:
    """The same set; Unsound unless all of it is in order."""
    problems = [*_allowing(rules), *_ending(rules.rules), *_order(rules.rules)]
    if problems:
        raise Unsound(sorted(problems))
    return rules


def _states(rule: Rule) -> frozenset[str]:
    """The states that a rule names; none if it names none, which means all."""
    return next((one.wanted for one in rule.conditions if isinstance(one, OneOf) and one.key == "state"), frozenset())


def _allowing(rules: RuleSet) -> Iterable[Problem]:
    """Allowing is for a green, or, where the policy says so, for the states in which a card may do."""
    for place, rule in enumerate(rules.rules):
        states = _states(rule)
        if rule.verdict != codes.ALLOW:
            continue
        if not rule.by_card and not (states and states <= {state.value for state in GOOD}):
            yield place, "then", f'"{rule.name}" would let more than a green through. Give it: state = ["green"]'
        if rule.by_card and not rules.registration:
            yield (
                place,
                "then",
                f'"{rule.name}" lets people in by their card alone. Say so in [policy]: admits = "registration"',
            )
        worse = sorted(states - {state.value for state in BY_CARD})
        if rule.by_card and (worse or not states):
            allowed = ", ".join(sorted(state.value for state in BY_CARD))
            yield (
                place,
                "state",
                f'"{rule.name}" must name the states in which a card alone will do, of these: {allowed}',
            )


def _ending(rules: tuple[Rule, ...]) -> Iterable[Problem]:
    last = len(rules) - 1
    if not rules or rules[last].conditions or rules[last].verdict == codes.ALLOW:
        yield (
            max(last, 0),
            "name",
            'cards that no rule fits would be left over. End with a rule without conditions, then = "refer" or "deny"',
        )


def _order(rules: tuple[Rule, ...]) -> Iterable[Problem]:
    names: dict[str, Rule] = {}
    for place, rule in enumerate(rules):
        if rule.name in names:
            yield place, "name", f'"{rule.name}" is the name of another rule too; give each its own'
        names[rule.name] = rule
        for earlier in rules[:place]:
            at = f'"{earlier.name}"' + (f" on line {earlier.line}" if earlier.line else "")
            if _takes_all_of(earlier, rule):
                yield place, "name", f'"{rule.name}" is never reached: {at} takes everything before it. Put it first'
                break
            if _comes_too_late(earlier, rule):
                yield (
                    place,
                    "name",
                    f'"{rule.name}" comes too late: {at} lets people through before. Put it first, or keep them apart',
                )
                break


def _takes_all_of(earlier: Rule, later: Rule) -> bool:
    return all(any(own.implies(one) for own in later.conditions) for one in earlier.conditions)


def _comes_too_late(earlier: Rule, later: Rule) -> bool:
    """Whether a stricter rule asks about something that an earlier one lets people through without asking."""
    if earlier.verdict != codes.ALLOW or later.verdict == codes.ALLOW:
        return False
    if any(own.excludes(one) for own in later.conditions for one in earlier.conditions):
        return False
    # Who is on one list may be on another: to have asked for some of several says nothing of the rest.
    asked = {one.key for one in earlier.conditions if not isinstance(one, AnyOf)}
    return any(own.key not in asked for own in later.conditions)
