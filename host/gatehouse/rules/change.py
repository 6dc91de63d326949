"""Rules that come into force, as the ledger keeps it: which, and by whom."""

import hashlib

from gatehouse.deeds import Deed, Detail, What, fit
from gatehouse.ledger import Ledger
from gatehouse.rules import explanation
from gatehouse.rules.rule_set import RuleSet


def fingerprint(rules: RuleSet) -> bytes:
    """SHA-256 of what `gatehouse rules show` prints of them."""
    return hashlib.sha256("".join(f"{line}\n" for line in explanation.shown(rules)).encode()).digest()


def deed(rules: RuleSet, at_s: int, who: str) -> Deed:
    """What the ledger keeps of it."""
    detail: dict[str, Detail] = {"rules": fit(rules.name), "count": len(rules.rules), "sha256": fingerprint(rules)}
    return Deed(What.RULES_CHANGED, at_s, fit(who), detail)


def note(ledger: Ledger, rules: RuleSet, at_s: int, who: str) -> bool:
    """Record the rules in force if the ledger names others, or none; whether it did."""
    last = ledger.last(What.RULES_CHANGED)
    if last is not None and last.detail.get("sha256") == fingerprint(rules):
        return False
    ledger.record(deed(rules, at_s, who))
    return True
