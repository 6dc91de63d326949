"""Names in rules that are nobody's at this station: most often one that was mistyped, and then the rule never fires."""

import difflib
from collections.abc import Collection, Iterator

from gatehouse import alarms
from gatehouse.rules.conditions import AnyOf, NoneOf, OneOf
from gatehouse.rules.rule_set import RuleSet
from gatehouse.words import Words, filled


def strangers(
    rules: RuleSet, lists: Collection[str] | None, platforms: Collection[str], lanes: Collection[str]
) -> list[Words]:
    """A sentence for each of them.

    lists: those on which somebody is, None if they could not be looked at. Imports name sources as they like: of a
    source only what looks like a platform, and is none, is told.
    """
    found = []
    for rule, key, name in _names(rules):
        if key == "lane" and name not in lanes:
            found.append(filled(alarms.RULE_NAMES_NO_LANE, rule=rule, name=name))
        elif key == "list" and lists is not None and name not in lists:
            found.append(filled(alarms.RULE_NAMES_NO_LIST, rule=rule, name=name))
        elif key in {"source", "silent"} and name not in platforms:
            near = difflib.get_close_matches(name, platforms, n=1)
            if near:
                found.append(filled(alarms.RULE_NAMES_NO_PLATFORM, rule=rule, name=name, near=near[0]))
    return list(dict.fromkeys(found))


def _names(rules: RuleSet) -> Iterator[tuple[str, str, str]]:
    """(rule, what it asks for, a name that it asks for)."""
    for rule in rules.rules:
        for condition in rule.conditions:
            key = condition.key.removesuffix("_any").removesuffix("_none")
            if isinstance(condition, OneOf | AnyOf):
                yield from ((rule.name, key, name) for name in sorted(condition.wanted))
            elif isinstance(condition, NoneOf):
                yield from ((rule.name, key, name) for name in sorted(condition.unwanted))
