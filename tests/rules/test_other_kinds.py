"""Codes and cards of staff under every set of rules: they are no identity cards, whatever a policy says."""

import itertools

import pytest
from gatehouse.clock import Moment
from gatehouse.decide import decide
from gatehouse.rules import rule_file
from gatehouse.rules.presented import Presented
from gatehouse.rules.rule_file import load
from gatehouse.rules.usual import usual
from gatehouse.staff_card import Trust
from gatehouse.status import LabResult, LabTest, Outcome, Status
from gatelink import codes
from rules.cases import DAY_S, NOW_S, day_of

SETS = {name: load(name) for name in rule_file.shipped()} | {"usual": usual(DAY_S, 120, codes.REFER, codes.DENY)}
TODAY = day_of(NOW_S)
NOW = Moment(NOW_S, NOW_S, TODAY, TODAY)
BEHIND = Moment(NOW_S - 7200, NOW_S, TODAY, TODAY)
TEST = LabTest(LabResult.NEGATIVE, NOW_S - 60, NOW_S - 60, NOW_S - 60)
OTHERS = (codes.CARD_CODE, codes.CARD_UID, codes.CARD_WIEGAND)


def verdict(name, kind, status, trust=None, now=NOW):
    return decide(Presented(kind, True, 0, trust=trust), status, SETS[name], now, "A1")


def held(outcome, age_s=60, source="office"):
    return Status(outcome, NOW_S - age_s, source, test=TEST)


@pytest.mark.parametrize("name", SETS)
def test_nobody_enters_by_a_code_or_a_staff_card_that_nobody_knows(name):
    """Registration is for a valid card: anybody can print a code."""
    for kind, outcome in itertools.product(OTHERS, set(Outcome) - {Outcome.GREEN}):
        for trust in (None,) if kind == codes.CARD_CODE else Trust:
            assert verdict(name, kind, held(outcome), trust).verdict != codes.ALLOW, (kind, outcome, trust)


@pytest.mark.parametrize("name", SETS)
def test_a_card_of_staff_passes_where_the_settings_take_it(name):
    """Green in the register, of whatever age; not by a clock that was set back, not without a source."""
    for kind in (codes.CARD_UID, codes.CARD_WIEGAND):
        green = held(Outcome.GREEN, 400 * DAY_S)
        decision = verdict(name, kind, green, Trust.STAFF)
        assert (decision.verdict, decision.reason) == (codes.ALLOW, codes.REASON_STAFF_CARD)
        assert verdict(name, kind, green, Trust.REFER).reason == codes.REASON_CARD_UNPROVEN
        assert verdict(name, kind, green, Trust.REGISTER).verdict == codes.REFER
        assert verdict(name, kind, green, Trust.STAFF, BEHIND).verdict == codes.REFER
        assert verdict(name, kind, held(Outcome.GREEN, source=""), Trust.STAFF).verdict == codes.REFER
        assert verdict(name, kind, held(Outcome.RED), Trust.STAFF).verdict == codes.DENY


@pytest.mark.parametrize("name", SETS)
def test_a_code_that_was_imported_passes_as_a_travellers_green(name):
    assert verdict(name, codes.CARD_CODE, held(Outcome.GREEN)).verdict == codes.ALLOW
    assert verdict(name, codes.CARD_CODE, held(Outcome.GREEN, 2 * DAY_S)).verdict == codes.REFER
