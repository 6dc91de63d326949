"""The decision, exhaustively: which of all combinations let somebody pass."""

import itertools

import pytest
from gatehouse.clock import Moment
from gatehouse.decide import decide
from gatehouse.rules.presented import Presented
from gatehouse.rules.usual import usual
from gatehouse.status import Outcome, Status
from gatelink import codes

NOW_S = 1_790_000_000
TODAY = 20260921
MAX_AGE_S = 24 * 3600
TOLERANCE_S = 120
RULES = usual(MAX_AGE_S, TOLERANCE_S, codes.REFER, codes.DENY)
NOW = Moment(NOW_S, NOW_S, TODAY, TODAY)
GOOD_CARD = Presented(codes.CARD_RESIDENT, number_ok=True, valid_until=0)

KINDS = [
    0,
    codes.CARD_RESIDENT,
    codes.CARD_HMT_PERMIT,
    codes.CARD_FOREIGN_2017,
    codes.CARD_FOREIGN_2023,
    codes.CARD_CODE,
    codes.CARD_UID,
    codes.CARD_WIEGAND,
    77,
    255,
]
VALIDITIES = {0: True, TODAY: True, TODAY + 1: True, 99991231: True, TODAY - 1: False, 20260831: False, 1: False}
# age of the status in seconds -> is it fresh
AGES = {
    0: True,
    1: True,
    MAX_AGE_S: True,
    -1: True,
    -TOLERANCE_S: True,
    MAX_AGE_S + 1: False,
    MAX_AGE_S * 400: False,
    -TOLERANCE_S - 1: False,
    -MAX_AGE_S: False,
    NOW_S: False,
}
SOURCES = ["city", ""]


def test_only_a_fresh_green_from_a_known_source_on_a_good_card_passes():
    """Every combination of card, colour, age and source: one class of them is allowed, and nothing else."""
    allowed = 0
    for kind, number_ok, (until, card_valid), outcome, (age_s, fresh), source in itertools.product(
        KINDS, (True, False), VALIDITIES.items(), Outcome, AGES.items(), SOURCES
    ):
        status = Status(outcome, NOW_S - age_s, source)
        decision = decide(Presented(kind, number_ok, until), status, RULES, NOW, "A1")
        may_pass = (
            kind in KINDS[1:6] and number_ok and card_valid and outcome is Outcome.GREEN and fresh and source == "city"
        )
        assert (decision.verdict == codes.ALLOW) == may_pass, (kind, number_ok, until, outcome, age_s, source)
        assert (decision.reason == codes.REASON_GREEN) == may_pass
        assert decision.verdict in {codes.ALLOW, codes.DENY, codes.REFER}
        allowed += may_pass
    assert allowed == 5 * 4 * 5


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        (Presented(77, number_ok=True, valid_until=0), codes.REASON_CARD_KIND_UNSUPPORTED),
        (
            Presented(codes.CARD_FOREIGN_2023, number_ok=True, valid_until=0, valid_from=TODAY + 1),
            codes.REASON_CARD_NOT_YET_VALID,
        ),
        (
            Presented(codes.CARD_RESIDENT, number_ok=True, valid_until=TODAY - 2, valid_from=TODAY + 1),
            codes.REASON_CARD_EXPIRED,
        ),
        (Presented(codes.CARD_RESIDENT, number_ok=False, valid_until=0), codes.REASON_NUMBER_INVALID),
        (Presented(codes.CARD_RESIDENT, number_ok=True, valid_until=TODAY - 1), codes.REASON_CARD_EXPIRED),
    ],
)
@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_bad_card_goes_to_staff_whatever_is_known(card, reason, outcome):
    """The card comes before the status."""
    decision = decide(card, Status(outcome, NOW_S, "city"), RULES, NOW, "A1")

    assert (decision.verdict, decision.reason) == (codes.REFER, reason)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Outcome.EXPIRED, codes.REASON_STATUS_EXPIRED),
        (Outcome.NOT_FOUND, codes.REASON_NOT_FOUND),
        (Outcome.FAILED, codes.REASON_LOOKUP_FAILED),
        (Outcome.TIMED_OUT, codes.REASON_LOOKUP_TIMED_OUT),
        (Outcome.UNMAPPED, codes.REASON_STATUS_UNMAPPED),
        (Outcome.NOT_ASKED, codes.REASON_NOT_ASKED),
    ],
)
def test_not_knowing_is_not_red(outcome, reason):
    """Unknown, failed and timed out go to staff, each with its own reason."""
    decision = decide(GOOD_CARD, Status(outcome, NOW_S, "city"), RULES, NOW, "A1")

    assert (decision.verdict, decision.reason) == (codes.REFER, reason)


@pytest.mark.parametrize("age_s", AGES)
@pytest.mark.parametrize("red", [codes.DENY, codes.REFER])
def test_red_stays_red_at_any_age(age_s, red):
    """A red is no better for being old, or for a wrong clock."""
    rules = usual(MAX_AGE_S, TOLERANCE_S, codes.REFER, red)

    decision = decide(GOOD_CARD, Status(Outcome.RED, NOW_S - age_s, "city"), rules, NOW, "A1")

    assert (decision.verdict, decision.reason) == (red, codes.REASON_RED)


@pytest.mark.parametrize("yellow", [codes.DENY, codes.REFER])
def test_a_fresh_yellow_does_what_the_operator_has_set(yellow):
    """Deny or staff, never pass."""
    rules = usual(MAX_AGE_S, TOLERANCE_S, yellow, codes.DENY)

    decision = decide(GOOD_CARD, Status(Outcome.YELLOW, NOW_S, "city"), rules, NOW, "A1")

    assert (decision.verdict, decision.reason) == (yellow, codes.REASON_YELLOW)


@pytest.mark.parametrize(
    ("age_s", "reason"),
    [
        (MAX_AGE_S + 1, codes.REASON_STATUS_EXPIRED),
        (-TOLERANCE_S - 1, codes.REASON_STATUS_FROM_FUTURE),
    ],
)
def test_a_green_out_of_time_goes_to_staff(age_s, reason):
    """Too old and too new have their own reasons; a negative age never counts as young."""
    decision = decide(GOOD_CARD, Status(Outcome.GREEN, NOW_S - age_s, "city"), RULES, NOW, "A1")

    assert (decision.verdict, decision.reason) == (codes.REFER, reason)


def test_a_fraction_of_a_second_over_the_limit_is_over():
    """Ages are not rounded down."""
    late = Moment(NOW_S + 0.25, NOW_S + 0.25, TODAY, TODAY)

    assert decide(GOOD_CARD, Status(Outcome.GREEN, NOW_S - MAX_AGE_S, "city"), RULES, late, "A1").verdict == codes.REFER


def test_a_clock_that_was_set_back_makes_nothing_young():
    """A status counts by the later of the two readings, and lies in the future by the earlier one."""
    status = Status(Outcome.GREEN, NOW_S - MAX_AGE_S - 3600, "city")
    set_back = Moment(NOW_S - 7200, NOW_S, TODAY, TODAY)

    assert decide(GOOD_CARD, status, RULES, set_back, "A1").reason == codes.REASON_STATUS_EXPIRED
    fresh = Status(Outcome.GREEN, NOW_S, "city")
    assert decide(GOOD_CARD, fresh, RULES, set_back, "A1").reason == codes.REASON_STATUS_FROM_FUTURE


@pytest.mark.parametrize("wrong", [codes.ALLOW, 0, 4])
def test_no_rule_can_let_yellow_or_red_pass(wrong):
    """Such rules cannot even be made."""
    with pytest.raises(ValueError, match="deny or refer"):
        usual(MAX_AGE_S, TOLERANCE_S, wrong, codes.DENY)
    with pytest.raises(ValueError, match="deny or refer"):
        usual(MAX_AGE_S, TOLERANCE_S, codes.DENY, wrong)


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "verdict"),
    [
        (TODAY, TODAY, codes.ALLOW),
        (0, 0, codes.ALLOW),
        (TODAY - 1, 0, codes.ALLOW),
        (TODAY + 1, 0, codes.REFER),
        (99991231, 0, codes.REFER),
        (TODAY + 1, TODAY - 1, codes.REFER),
    ],
)
def test_a_card_is_good_from_its_first_day_to_its_last(valid_from, valid_until, verdict):
    """Both days included; a card that ends before it begins is never good."""
    card = Presented(codes.CARD_HMT_PERMIT, number_ok=True, valid_until=valid_until, valid_from=valid_from)

    assert decide(card, Status(Outcome.GREEN, NOW_S, "city"), RULES, NOW, "A1").verdict == verdict


def test_a_clock_that_may_be_wrong_makes_no_card_good():
    """Expired by the latest day that it may be, not yet valid by the earliest."""
    spans = Moment(NOW_S, NOW_S, TODAY, 20260919)
    green = Status(Outcome.GREEN, NOW_S, "city")

    def reason(valid_from, valid_until):
        return decide(Presented(codes.CARD_RESIDENT, True, valid_until, valid_from), green, RULES, spans, "A1").reason

    assert reason(20260919, TODAY) == codes.REASON_GREEN
    assert reason(20260920, 0) == codes.REASON_CARD_NOT_YET_VALID
    assert reason(0, 20260920) == codes.REASON_CARD_EXPIRED
