"""Rules and decisions in words, in Chinese and English."""

from gatelink import codes

from gatehouse import words
from gatehouse.decide import CORE, Looked, decide, facts_of, looked_at
from gatehouse.rules.case import Case
from gatehouse.rules.conditions import AnyOf, Bound, Condition, Facts, NoneOf, OneOf, TestWithin, TimeOfDay
from gatehouse.rules.rule_set import Rule, RuleSet
from gatehouse.rules.state import REASON_OF

HOUR_S = 3600


def explained(case: Case, rules: RuleSet) -> list[str]:
    """Lines: what the card and the status amount to, each rule that was looked at and why not, the one that fired."""
    facts = facts_of(case.card, case.status, rules, case.now, case.lane)
    decision = decide(case.card, case.status, rules, case.now, case.lane)
    of_state = words.REASONS[REASON_OF[facts.state]]
    lines = [
        f"rules 规则: {rules.name} ({rules.words[0]} / {rules.words[1]})",
        f"state 状态: {facts.state.value} ({of_state[0]} / {of_state[1]})",
    ]
    lines += [f"others 另有: {other.source}: {other.outcome.value}" for other in case.status.others]
    lines += [f"silent 未答: {one.source}: {one.outcome.value}" for one in case.status.silent]
    looked = looked_at(facts, rules)
    for one in looked:
        lines += _looked(one, facts)
    for rule in rules.rules[len(looked) :]:
        lines.append(f"  -  {titled(rule)}: 未查看 / not looked at")
    if decision.rule == CORE:
        lines.append("  !  安全内核不予放行 / the safe core does not allow this")
    verdict, reason = words.VERDICTS[decision.verdict], words.REASONS[decision.reason]
    lines.append(f"verdict 结论: {verdict[0]}，{reason[0]} / {verdict[1]}: {reason[1]}")
    return lines


def _looked(one: Looked, facts: Facts) -> list[str]:
    if one.missed is None:
        return [f"  => {titled(one.rule)}: 适用 / fires"]
    chinese, english = one.missed.found(facts)
    return [f"  -  {titled(one.rule)}: 不适用 / does not fit", f"       {chinese}", f"       {english}"]


def titled(rule: Rule) -> str:
    """Name, line and what it is about."""
    line = f" (line {rule.line})" if rule.line else ""
    return f"{rule.name}{line} {rule.words[0]} / {rule.words[1]}"


def shown(rules: RuleSet) -> list[str]:
    """The whole set, one rule after the other, with what each asks for."""
    limits = rules.limits
    ages = f"status at most {limits.status_max_age_s / HOUR_S:g} h old, answer {limits.answer_max_age_s / HOUR_S:g} h"
    flags = ", ".join(sorted(limits.harmless_flags)) or "none"
    lines = [
        f"{rules.name}: {rules.words[0]} / {rules.words[1]}",
        f"  {ages}; clock tolerance {limits.clock_tolerance_s} s; harmless flags: {flags}",
    ]
    if rules.registration:
        lines.append(
            "  ! 本规则允许凭有效证件进入，不要求绿码 / REGISTRATION: a valid card may be enough, without a green"
        )
    for number, rule in enumerate(rules.rules, start=1):
        lines.append(f"{number:3}. {titled(rule)}")
        lines += [f"       if {asked(condition)}" for condition in rule.conditions]
        lines.append(f"       then {_then(rule)}")
    return lines


def _then(rule: Rule) -> str:
    verdict = words.VERDICTS[rule.verdict]
    name = {codes.ALLOW: "allow", codes.DENY: "deny", codes.REFER: "refer"}[rule.verdict]
    because = f", because {words.REASONS[rule.because][1]}" if rule.because else ""
    return f"{name}{'_by_card' if rule.by_card else ''} ({verdict[0]} / {verdict[1]}){because}"


def asked(condition: Condition) -> str:
    """What a condition wants, as the file says it."""
    if isinstance(condition, TimeOfDay):
        return f"time is in {condition.said}"
    if isinstance(condition, TestWithin):
        unit = "calendar days" if condition.by_day else "hours"
        return f"test is negative and at most {condition.limit} {unit} old, since {' or '.join(condition.start)}"
    if isinstance(condition, Bound):
        return f"{condition.key} {condition.limit}"
    if isinstance(condition, NoneOf):
        return f"{condition.key} {', '.join(sorted(condition.unwanted))}"
    if isinstance(condition, AnyOf | OneOf):
        return f"{condition.key} {'is ' if isinstance(condition, OneOf) else ''}{', '.join(sorted(condition.wanted))}"
    return condition.key
