"""What no input may do, under any policy; and every shipped policy against its own sentences."""

import dataclasses

import pytest
from gatehouse import words
from gatehouse.clock import Moment
from gatehouse.decide import CORE, decide
from gatehouse.rules import rule_file
from gatehouse.rules.presented import Presented
from gatehouse.rules.rule_file import load
from gatehouse.rules.rule_set import Rule, RuleSet
from gatehouse.rules.state import BY_CARD, REASON_OF, State
from gatehouse.rules.usual import usual
from gatehouse.status import Heard, LabResult, LabTest, Outcome, Silent, Status
from gatelink import codes
from hypothesis import event, given, settings
from hypothesis import strategies as st
from oracles import rules_oracle
from rules.cases import ANY_STATUS, CARDS, DAY_S, GOOD_CARD, HOUR_S, NOW_S, SILENT, day_of, lab_tests, moments, statuses

SETS = {name: load(name) for name in rule_file.shipped()}
USUAL = usual(DAY_S, 120, codes.REFER, codes.DENY)
EVERY = [*SETS.values(), USUAL]
GREENS = [one for one in EVERY if not one.registration]
NAMES = {codes.ALLOW: "allow", codes.DENY: "deny", codes.REFER: "refer"}
TODAY = day_of(NOW_S)
NOW = Moment(NOW_S, NOW_S, TODAY, TODAY)
GOOD_TEST = LabTest(LabResult.NEGATIVE, NOW_S - HOUR_S, NOW_S - HOUR_S, NOW_S - HOUR_S)
SILENT_CITY = Silent("city", Outcome.TIMED_OUT)
GOOD = Status(Outcome.GREEN, NOW_S - HOUR_S, "city", test=GOOD_TEST, fetched_s=NOW_S)
many = settings(max_examples=250, deadline=None, print_blob=True)


def as_plain(card, status, now):
    """The case as the oracle takes it."""
    test = status.test
    return {
        "card": (card.kind, card.number_ok, card.valid_from, card.valid_until),
        "outcome": status.outcome.value,
        "source": status.source,
        "updated": status.updated_s,
        "fetched": status.fetched_s,
        "usable_until": status.usable_until_s,
        "flags": status.flags,
        "silent": [one.source for one in status.silent],
        "heard": status.heard.value,
        "test": None
        if test is None
        else {
            "result": test.result.value,
            "sampled": test.sampled_s,
            "tested": test.tested_s,
            "reported": test.reported_s,
        },
        "wall": now.wall_s,
        "latest": now.latest_s,
        "today": now.today,
        "earliest_day": now.earliest_day,
    }


@pytest.mark.parametrize("name", SETS)
def test_every_shipped_policy_does_what_its_sentence_says(name):
    """Held against an oracle that knows the sentence and none of the code."""

    @many
    @given(CARDS, ANY_STATUS, moments())
    def holds(card, status, now):
        if status.doses is not None and status.doses < 0:
            status = dataclasses.replace(status, doses=None)  # the oracle counts no vaccine
        got = NAMES[decide(card, status, SETS[name], now, "A1").verdict]
        event(got)
        assert got == rules_oracle.verdict(name, as_plain(card, status, now))

    holds()


@pytest.mark.parametrize("rules", EVERY, ids=lambda rules: rules.name)
def test_a_good_case_passes(rules):
    """Or the properties here would hold of a door that never opens."""
    assert decide(GOOD_CARD, GOOD, rules, NOW, "A1").verdict == codes.ALLOW


@many
@given(CARDS, ANY_STATUS, moments(), st.sampled_from(EVERY))
def test_every_decision_has_its_words(card, status, now, rules):
    """A verdict, a reason and a rule, in both languages, whatever comes."""
    decision = decide(card, status, rules, now, "A1")
    chinese, english = words.REASONS[decision.reason]

    assert chinese
    assert english
    assert words.VERDICTS[decision.verdict]
    assert decision.rule in {CORE, *(rule.name for rule in rules.rules)}
    assert (decision.reason in {codes.REASON_GREEN, codes.REASON_BY_CARD}) == (decision.verdict == codes.ALLOW)


@many
@given(ANY_STATUS.filter(lambda status: status.outcome is not Outcome.GREEN), moments(), st.sampled_from(GREENS))
def test_nothing_but_a_green_passes(status, now, rules):
    """Missing, unmapped, failed, late, yellow, red."""
    assert decide(GOOD_CARD, status, rules, now, "A1").verdict != codes.ALLOW


@many
@given(
    ANY_STATUS,
    st.builds(dataclasses.replace, lab_tests(), result=st.sampled_from((LabResult.POSITIVE, LabResult.UNMAPPED))),
)
def test_a_positive_or_unmapped_test_never_passes_with_a_colour(status, test):
    """Not even by the card alone; where nobody gave a colour there is no test either."""
    status = dataclasses.replace(status, outcome=Outcome.GREEN, test=test)
    for rules in EVERY:
        assert decide(GOOD_CARD, status, rules, NOW, "A1").verdict != codes.ALLOW


FUTURE = st.integers(NOW_S + 121, 1 << 62)
MALFORMED = st.sampled_from((-1, -(1 << 62), 1.5, float("nan"), "1790000000", True, b"", None))


@many
@given(st.sampled_from(("updated_s", "fetched_s", "sampled_s", "tested_s", "reported_s")), FUTURE | MALFORMED)
def test_a_time_from_the_future_or_no_time_at_all_never_passes(field, value):
    """Whichever of the times it is, under every policy."""
    test = GOOD.test
    if field in {"updated_s", "fetched_s"}:
        status = dataclasses.replace(GOOD, **{field: value})
    else:
        # A time of a test that is not told is no fault; where a rule wants it, it is missing.
        test = dataclasses.replace(test, **{field: -1 if value is None else value})
        status = dataclasses.replace(GOOD, test=test)
    for rules in EVERY:
        assert decide(GOOD_CARD, status, rules, NOW, "A1").verdict == codes.REFER


@pytest.mark.parametrize(
    "status",
    [
        dataclasses.replace(GOOD, source=""),
        dataclasses.replace(GOOD, source=None),
        dataclasses.replace(GOOD, doses="2"),
        dataclasses.replace(GOOD, doses=-1),
        dataclasses.replace(GOOD, flags=["test_owed"]),
        dataclasses.replace(GOOD, flags=frozenset(("who_knows",))),
        dataclasses.replace(GOOD, test="negative"),
        dataclasses.replace(GOOD, test=LabTest("negative", NOW_S)),
        dataclasses.replace(GOOD, usable_until_s="never"),
        dataclasses.replace(GOOD, heard="all"),
        dataclasses.replace(GOOD, heard=None),
        dataclasses.replace(GOOD, heard=Heard.SOME),
        dataclasses.replace(GOOD, silent=(SILENT_CITY,)),
        dataclasses.replace(GOOD, silent=[SILENT_CITY], heard=Heard.SOME),
        dataclasses.replace(GOOD, silent=("city",), heard=Heard.SOME),
        dataclasses.replace(GOOD, silent=(Silent(None, Outcome.FAILED),), heard=Heard.SOME),
        dataclasses.replace(GOOD, silent=(Silent("city", Outcome.RED),), heard=Heard.SOME),
        dataclasses.replace(GOOD, silent=None, heard=Heard.NONE),
        dataclasses.replace(GOOD, outcome="green"),
        dataclasses.replace(GOOD, outcome=None),
    ],
)
@pytest.mark.parametrize("rules", EVERY, ids=lambda rules: rules.name)
def test_what_is_malformed_goes_to_staff(status, rules):
    """Nothing raises, nothing passes."""
    assert decide(GOOD_CARD, status, rules, NOW, "A1").verdict == codes.REFER


@many
@given(statuses(), st.floats(120.01, 1e8), st.sampled_from(EVERY))
def test_a_clock_that_stepped_back_refers_every_green(status, back_s, rules):
    """Whatever the status says; a red stays a red."""
    status = dataclasses.replace(status, outcome=Outcome.GREEN)
    now = Moment(NOW_S - back_s, NOW_S, TODAY, TODAY)
    decision = decide(GOOD_CARD, status, rules, now, "A1")
    assert decision.verdict == codes.REFER or decision.reason == codes.REASON_TEST_POSITIVE


@pytest.mark.parametrize("rules", EVERY, ids=lambda rules: rules.name)
@pytest.mark.parametrize("now", [Moment(NOW_S - 121, NOW_S, TODAY, TODAY), Moment(1000, 1000, 19700101, 19700101)])
def test_a_wrong_clock_goes_to_staff(rules, now):
    """Set back by more than the tolerance, or without the time; where a card would do, too."""
    if rules.registration:
        unknown = decide(GOOD_CARD, Status(Outcome.NOT_FOUND), rules, now, "A1")
        assert (unknown.verdict, unknown.reason) == (codes.REFER, codes.REASON_CLOCK_WRONG)
    status = dataclasses.replace(GOOD, updated_s=int(now.wall_s), fetched_s=0, test=None)
    decision = decide(GOOD_CARD, status, rules, now, "A1")

    assert (decision.verdict, decision.reason) == (codes.REFER, codes.REASON_CLOCK_WRONG)


@many
@given(CARDS, ANY_STATUS, moments(), st.lists(SILENT, min_size=1, max_size=3), st.sampled_from(EVERY))
def test_a_silence_lets_nobody_in_who_would_not_come_in_without_it(card, status, now, silent, rules):
    """Whoever is silent, under every policy; and it keeps only greens out, a red stays a red."""
    heard = dataclasses.replace(status, silent=(), heard=Heard.ALL)
    quiet = dataclasses.replace(status, silent=tuple(silent), heard=Heard.SOME)
    without, told = decide(card, heard, rules, now, "A1"), decide(card, quiet, rules, now, "A1")
    if told != without:
        assert (without.verdict, told.verdict) == (codes.ALLOW, codes.REFER)
        assert told.reason == codes.REASON_LOOKUP_FAILED


@pytest.mark.parametrize("name", SETS)
def test_one_platform_that_is_silent_shuts_no_gate_but_where_the_policy_says_so(name):
    """By default whoever else knows the traveller is enough."""
    quiet = dataclasses.replace(GOOD, silent=(SILENT_CITY,), heard=Heard.SOME)
    verdict = decide(GOOD_CARD, quiet, SETS[name], NOW, "A1").verdict
    assert verdict == (codes.REFER if name == "green_all_heard" else codes.ALLOW)


def test_every_state_has_a_reason_and_every_outcome_its_own():
    """No state is left without words; no two outcomes look the same to staff, an old status and a late one apart."""
    assert set(REASON_OF) == set(State)
    ended = {decide(GOOD_CARD, Status(one, NOW_S, "city"), USUAL, NOW, "A1").reason for one in Outcome}
    assert len(ended) == len(Outcome)


@pytest.mark.parametrize(
    ("days_ago", "hour", "passes"), [(0, 0, True), (3, 0, True), (3, 23, True), (4, 23, False), (4, 0, False)]
)
def test_beijing_counts_days_and_not_hours(days_ago, hour, passes):
    """Day 3 counts from its first minute to its last; day 4 never does."""
    import datetime

    noon = datetime.datetime.fromtimestamp(NOW_S).astimezone().replace(hour=12, minute=0, second=0, microsecond=0)
    now_s = noon.timestamp()
    sampled = (noon - datetime.timedelta(days=days_ago)).replace(hour=hour)
    test = LabTest(LabResult.NEGATIVE, int(sampled.timestamp()))
    status = Status(Outcome.GREEN, int(now_s) - 60, "city", test=test)
    decision = decide(GOOD_CARD, status, SETS["beijing_72h"], Moment(now_s, now_s, TODAY, TODAY), "A1")

    assert (decision.verdict == codes.ALLOW) == passes
    assert passes or decision.reason == codes.REASON_TEST_NOT_IN_ORDER


def test_lists_that_cannot_be_read_send_everybody_to_staff():
    """A barred person must not pass because a disk failed."""
    card = Presented(codes.CARD_RESIDENT, number_ok=True, valid_until=0, lists=None)

    assert all(decide(card, GOOD, rules, NOW, "A1").verdict == codes.REFER for rules in EVERY)


def test_the_core_has_the_last_word_over_a_set_that_nobody_checked():
    """A rule that allows everybody, past every check of files, opens for what is good; by card for its own states."""
    limits = SETS["green_only"].limits
    good = {State.STAFF_CARD, State.GREEN}
    for by_card, allowed in ((False, good), (True, good | BY_CARD)):
        rule = Rule("all", ("全部", "all"), (), codes.ALLOW, by_card=by_card)
        for state in State:
            assert rule.allows(state) == (state in allowed)
            assert rule.reason(state) in words.REASONS
        rules = RuleSet("bad", ("坏", "bad"), limits, (rule,), registration=by_card)
        red = decide(GOOD_CARD, Status(Outcome.RED, NOW_S, "city"), rules, NOW, "A1")
        assert (red.verdict, red.reason, red.rule) == (codes.REFER, codes.REASON_RED, CORE)
    nothing = RuleSet("empty", ("空", "empty"), limits, ())
    assert decide(GOOD_CARD, GOOD, nothing, NOW, "A1").verdict == codes.REFER


def test_ages_are_by_the_later_of_two_clocks():
    """Within the tolerance too: an answer and a test are as old as they may be."""
    behind = Moment(NOW_S - 60, NOW_S, TODAY, TODAY)
    usable = dataclasses.replace(GOOD, usable_until_s=NOW_S - 1, updated_s=NOW_S - HOUR_S, fetched_s=NOW_S - HOUR_S)
    assert decide(GOOD_CARD, usable, SETS["green_only"], behind, "A1").reason == codes.REASON_ANSWER_TOO_OLD
    late = dataclasses.replace(GOOD, test=LabTest(LabResult.NEGATIVE, NOW_S - 48 * HOUR_S - 1))
    assert decide(GOOD_CARD, late, SETS["test_48h"], behind, "A1").reason == codes.REASON_TEST_NOT_IN_ORDER
