"""Several answers, one status: the written rule, each sentence of it, and what no mixture of answers may do."""

from dataclasses import replace

import pytest
from gatehouse.lookup.merging import Keeping, Said, merged
from gatehouse.status import (
    COLOUR_OF_OUTCOME,
    NOT_ASKED,
    NOT_FOUND,
    SILENCES,
    TIMED_OUT,
    UNMAPPED,
    Freshness,
    Heard,
    LabResult,
    LabTest,
    Outcome,
    Silent,
    Status,
)
from hypothesis import given, settings
from hypothesis import strategies as st

NOW_S = 1_790_000_000
HOUR_S = 3600
FAILED = Status(Outcome.FAILED)
EXPIRED = Status(Outcome.EXPIRED)


def told(colour, age_s=0, source="a", **facts):
    return Status(Outcome(colour), NOW_S - age_s, source, fetched_s=NOW_S, **facts)


def said(*statuses, source="a"):
    return [Said(one.source or source, one) for one in statuses]


def test_the_colour_that_was_set_last_counts_and_the_other_is_named():
    """Whichever it is, in whichever order they came."""
    green, red = told("green", 60, "a"), told("red", 61, "b")
    for answers in (said(green, red), said(red, green)):
        found = merged(answers, [])
        assert (found.outcome, found.source) == (Outcome.GREEN, "a")
        assert [(one.source, one.outcome) for one in found.others] == [("b", Outcome.RED)]
    assert merged(said(told("green", 61, "a"), told("red", 60, "b")), []).outcome is Outcome.RED


def test_of_two_that_were_set_at_the_same_time_the_worse_counts():
    assert merged(said(told("green", 0, "a"), told("yellow", 0, "b"), told("red", 0, "c")), []).outcome is Outcome.RED
    assert merged(said(told("green", 0, "a"), told("yellow", 0, "b")), []).outcome is Outcome.YELLOW


def test_sources_that_agree_are_no_disagreement():
    assert merged(said(told("green", 5, "a"), told("green", 9, "b")), []).others == ()


def test_what_is_not_understood_outweighs_every_green_and_no_red():
    """A province whose answer nobody can read may have said anything."""
    assert merged(said(told("green"), UNMAPPED, source="b"), []).outcome is Outcome.UNMAPPED
    assert merged(said(told("green")), [UNMAPPED]).outcome is Outcome.UNMAPPED
    assert merged(said(told("red", 99), UNMAPPED, source="b"), []).outcome is Outcome.RED


@pytest.mark.parametrize("silent", [NOT_FOUND, FAILED, TIMED_OUT, NOT_ASKED, EXPIRED])
def test_who_says_nothing_takes_no_colour_away(silent):
    assert merged(said(told("green"), silent, source="b"), []).outcome is Outcome.GREEN


@pytest.mark.parametrize("silent", [FAILED, TIMED_OUT, NOT_ASKED])
def test_who_was_asked_and_is_silent_is_named(silent):
    """Also where nobody is heard, and where what it told before stands in."""
    found = merged(said(told("green"), silent, source="b"), [])
    assert (found.silent, found.heard) == ((Silent("b", silent.outcome),), Heard.SOME)
    alone = merged(said(silent), [told("green", HOUR_S)])
    assert (alone.outcome, alone.silent, alone.heard) == (Outcome.GREEN, (Silent("a", silent.outcome),), Heard.NONE)
    assert merged(said(silent), []).heard is Heard.NONE


@pytest.mark.parametrize("answer", [NOT_FOUND, EXPIRED, UNMAPPED])
def test_who_answers_without_a_colour_is_heard(answer):
    found = merged(said(told("red"), answer, source="b"), [])
    assert (found.silent, found.heard) == ((), Heard.ALL)
    assert merged([], [told("green")]).heard is Heard.ALL


def test_what_was_told_before_stands_in_while_its_source_is_silent():
    """And no longer: what it says now replaces it, a red apart, which takes another colour."""
    before = replace(told("green", HOUR_S), freshness=Freshness.FRESH)
    for silent in (TIMED_OUT, FAILED):
        named = (Silent("a", silent.outcome),)
        assert merged(said(silent), [before]) == replace(before, silent=named, heard=Heard.NONE)
    assert merged(said(NOT_FOUND), [before]).outcome is Outcome.NOT_FOUND
    assert merged(said(EXPIRED), [before]).outcome is Outcome.EXPIRED
    assert merged(said(NOT_FOUND, source="b"), [before]) == before
    red = told("red", HOUR_S)
    assert merged(said(NOT_FOUND), [red]).outcome is Outcome.RED
    assert merged(said(told("green", 2 * HOUR_S)), [red]).outcome is Outcome.GREEN
    assert merged(said(told("green", 2 * HOUR_S, "b")), [red]).outcome is Outcome.RED


def test_a_positive_test_goes_with_the_colour_unless_a_younger_negative_came_with_it():
    """A green from a platform that knows no test does not hide the one that another knows."""
    positive = LabTest(LabResult.POSITIVE, NOW_S - 5 * HOUR_S)
    later = LabTest(LabResult.NEGATIVE, NOW_S - 4 * HOUR_S)
    other = told("green", 60, "b", test=positive)
    assert merged(said(told("green"), other), []).test == positive
    assert merged(said(told("green", test=replace(later, sampled_s=NOW_S - 6 * HOUR_S)), other), []).test == positive
    assert merged(said(told("green", test=replace(later, sampled_s=None)), other), []).test == positive
    assert merged(said(told("green", test=later), other), []).test == later


@pytest.mark.parametrize("result", [LabResult.PENDING, LabResult.UNMAPPED])
def test_a_younger_test_that_is_not_negative_takes_no_positive_away(result):
    positive = LabTest(LabResult.POSITIVE, NOW_S - 5 * HOUR_S)
    for place in ("a", "b"):
        answers = said(
            told("green", test=LabTest(result, NOW_S - HOUR_S)), told("green", 60, place + "2", test=positive)
        )
        assert merged(answers, []).test == positive


@pytest.mark.parametrize("bad", [LabResult.POSITIVE, LabResult.UNMAPPED])
def test_times_of_different_kinds_and_no_times_at_all_take_nothing_away(bad):
    """A report of now says nothing of a sample of yesterday."""
    negatives = [
        LabTest(LabResult.NEGATIVE, reported_s=NOW_S),
        LabTest(LabResult.NEGATIVE),
        LabTest(LabResult.NEGATIVE, NOW_S - 9 * HOUR_S, reported_s=NOW_S),
    ]
    for worse in (LabTest(bad, NOW_S - 8 * HOUR_S, reported_s=NOW_S - HOUR_S), LabTest(bad), LabTest(bad, NOW_S)):
        for negative in negatives if worse.sampled_s else [*negatives, LabTest(LabResult.NEGATIVE, NOW_S)]:
            found = merged(said(told("green", test=negative), told("green", 60, "b", test=worse)), [])
            assert found.test == worse, (negative, worse)


def test_what_another_adds_to_its_colour_stays():
    """A pop-up of the province, beside a green of the nation that is a moment younger."""
    found = merged(said(told("green"), told("green", 30, "b", flags=frozenset(("test_owed",)))), [])
    assert found.flags == {"test_owed"}


def test_where_a_source_tells_only_when_it_looked_the_worse_counts():
    """It always looks later than another one has set its colour."""
    looked, red, green = told("green", 0, "a", looked_up=True), told("red", HOUR_S, "b"), told("green", 60, "c")
    assert merged(said(looked, red), []).outcome is Outcome.RED
    assert merged(said(told("red", 0, "a", looked_up=True), green), []).outcome is Outcome.RED
    assert merged(said(looked, red, green), []).outcome is Outcome.GREEN, "the red was taken back since"
    assert merged(said(looked), []).outcome is Outcome.GREEN


def test_without_a_colour_not_found_is_only_what_all_say():
    assert merged(said(NOT_FOUND, TIMED_OUT), [NOT_FOUND]).outcome is Outcome.TIMED_OUT
    assert merged(said(NOT_FOUND, NOT_FOUND), [NOT_FOUND]).outcome is Outcome.NOT_FOUND
    assert merged(said(NOT_FOUND, EXPIRED), []).outcome is Outcome.EXPIRED
    assert merged([], []).outcome is Outcome.NOT_ASKED
    assert merged([], [NOT_FOUND]).outcome is Outcome.NOT_FOUND


def test_for_how_long_what_was_told_stands_in():
    """Fresh, then older, then not at all; a red has no end."""
    keeping = Keeping(HOUR_S, 24 * HOUR_S)

    def of(colour, age_s):
        found = keeping.of(replace(told(colour), fetched_s=NOW_S - age_s), NOW_S)
        return found and found.freshness

    assert of("green", HOUR_S) is Freshness.FRESH
    assert of("green", HOUR_S + 1) is Freshness.OLDER
    assert of("green", 24 * HOUR_S) is Freshness.OLDER
    assert of("green", 24 * HOUR_S + 1) is None
    assert of("red", 900 * HOUR_S) is Freshness.OLDER


TIMES = st.integers(NOW_S - 100_000, NOW_S + 100_000)
TESTS = st.none() | st.builds(LabTest, st.sampled_from(LabResult), st.none() | TIMES, st.none() | TIMES)
STATUSES = st.builds(
    Status,
    st.sampled_from(Outcome),
    TIMES,
    st.sampled_from(("a", "b", "c", "")),
    test=TESTS,
    fetched_s=st.just(NOW_S),
    flags=st.sampled_from((frozenset(), frozenset(("test_owed",)))),
    looked_up=st.booleans(),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(STATUSES, max_size=4), st.lists(STATUSES, max_size=3))
def test_no_mixture_makes_a_better_colour_than_its_newest(live, kept):
    """A green comes from a green that nobody overrules: no later colour, no answer that was not understood."""
    answers = [Said(one.source or f"source {place}", one) for place, one in enumerate(live)]
    found = merged(answers, kept)
    if found.outcome is not Outcome.GREEN:
        return
    assert not any(one.outcome is Outcome.UNMAPPED for one in live)
    assert any(one.outcome is Outcome.GREEN and one.updated_s == found.updated_s for one in (*live, *kept))
    worse = [one for one in live if one.outcome in COLOUR_OF_OUTCOME and one.outcome is not Outcome.GREEN]
    assert not any(one.looked_up for one in worse)
    dated = [one.updated_s for one in (*live, *kept) if one.outcome is Outcome.GREEN and not one.looked_up]
    assert all(one.updated_s < max(dated, default=0) for one in worse)
    assert {one.outcome for one in worse} <= {one.outcome for one in found.others}
    coloured = [one for one in live if one.outcome in COLOUR_OF_OUTCOME]
    assert found.flags >= frozenset().union(*(one.flags for one in coloured))
    positives = [one.test for one in coloured if one.test is not None and one.test.result is LabResult.POSITIVE]
    for positive in positives:
        if found.test is None or found.test.result is not LabResult.POSITIVE:
            assert found.test is not None
            assert found.test.result is LabResult.NEGATIVE
            kinds = ("sampled_s", "tested_s", "reported_s")
            both = [(getattr(found.test, kind), getattr(positive, kind)) for kind in kinds]
            assert any(mine is not None and bad is not None and mine > bad for mine, bad in both)
    heard = {one.source for one in answers if one.status.outcome in COLOUR_OF_OUTCOME}
    reds = [one for one in kept if one.outcome is Outcome.RED and one.source not in heard]
    assert all(one.updated_s < max(dated, default=0) and not one.looked_up for one in reds)


@settings(max_examples=300, deadline=None)
@given(st.lists(STATUSES, max_size=4), st.lists(STATUSES, max_size=3), st.sampled_from(SILENCES))
def test_a_silence_is_always_named_and_adds_no_colour(live, kept, outcome):
    """With one more who is silent a colour stays what it was; nobody who was silent is missing."""
    answers = [Said(one.source or f"source {place}", one) for place, one in enumerate(live)]
    without, found = merged(answers, kept), merged([*answers, Said("quiet", Status(outcome))], kept)
    assert [one.source for one in found.silent] == [*(one.source for one in without.silent), "quiet"]
    assert found.heard is (Heard.SOME if len(found.silent) <= len(answers) else Heard.NONE)
    bare = {"silent": (), "heard": Heard.ALL}
    if without.outcome in COLOUR_OF_OUTCOME or found.outcome in COLOUR_OF_OUTCOME:
        assert replace(found, **bare) == replace(without, **bare)
