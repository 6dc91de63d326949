"""What a platform truly sends, harmed in one place: no positive test and no red is lost by it, and no test is none."""

import copy

import pytest
from gatehouse.status import LabResult, Outcome
from hypothesis import given
from hypothesis import strategies as st
from platforms.test_never_green import ANYTHING, GREEN, told, with_value
from platforms.true_answers import NAMES, dialect_of, read_as, true_answers

# Where a test may be missing by the file, because nothing else shows that it is none: all of its container.
MAY_BE_MISSING = {
    "plain": [("status", "test")],
    "national": [("code", "data", "hsjc")],
    "beijing": [("state", "result", "nat")],
}
# No tests are told so, and no flags.
EMPTY_LISTS = [("nat", "data"), ("pass", "lab")]


def places(value, at=()):
    """Every key and every item of the documents; their own names are the station's."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        if at:
            yield (*at, key)
        yield from places(one, (*at, key))


def harmed(documents, place, how, value=None):
    """A copy with one harm done. how: of what sort."""
    documents = copy.deepcopy(documents)
    at = documents
    for key in place[:-1]:
        at = at[key]
    key, old = place[-1], at[place[-1]]
    if how == "value":
        at[key] = value
    elif how == "renamed" and isinstance(at, dict):
        del at[key]
        at[f"{key}2"] = old
    elif how == "missing" and isinstance(at, dict):
        del at[key]
    elif how == "a bad row" and isinstance(old, list):
        at[key] = [value, *old]
    elif how == "another order" and isinstance(old, list):
        at[key] = list(reversed(old))
    elif how == "in a list":
        at[key] = [old]
    elif how == "in a table":
        at[key] = {"value": old}
    else:
        return None
    return documents


HOWS = ("value", "renamed", "missing", "a bad row", "another order", "in a list", "in a table")
FORMS = (None, [], {}, "x", "", 77, -1, True, False, [None], [[]], [{}], {"x": 1}, [7, "x"])


def all_harms(name, result):
    whole = true_answers(name, "green", result)
    for place in places(whole):
        for how in HOWS:
            for value in FORMS if how in {"value", "a bad row"} else (None,):
                documents = harmed(whole, place, how, value)
                if documents is not None:
                    yield place, how, value, documents


def is_told_as_none(name, place, how, value):
    """Whether this is how somebody without a test is told."""
    if place in MAY_BE_MISSING.get(name, ()) and (how in {"renamed", "missing"} or value in (None, {}, [])):
        return how in {"renamed", "missing", "value"}
    return place in EMPTY_LISTS and how == "value" and value == []


@pytest.mark.parametrize("name", NAMES)
def test_a_positive_test_is_never_lost_whatever_is_harmed(name):
    """Each key and row of the true answer: it stays positive, or staff decide."""
    for place, how, value, documents in all_harms(name, "positive"):
        status = read_as(name, documents)
        if status.outcome in {Outcome.UNMAPPED, Outcome.EXPIRED} or is_told_as_none(name, place, how, value):
            continue
        said = name, place, how, value, status
        assert status.test is not None, said
        assert status.test.result in {LabResult.POSITIVE, LabResult.UNMAPPED}, said


@pytest.mark.parametrize("name", NAMES)
def test_a_test_that_is_there_is_never_taken_for_none(name):
    """The same with a negative one: a test in another form is not understood, which is not the same as none."""
    for place, how, value, documents in all_harms(name, "negative"):
        status = read_as(name, documents)
        if status.outcome in {Outcome.UNMAPPED, Outcome.EXPIRED} or is_told_as_none(name, place, how, value):
            continue
        assert status.test is not None, (name, place, how, value, status)


@pytest.mark.parametrize("name", NAMES)
def test_a_red_is_never_another_colour_whatever_is_harmed(name):
    """It stays red, or staff decide."""
    whole = true_answers(name, "red", None)
    for place in places(whole):
        for how in HOWS:
            documents = harmed(whole, place, how, None)
            if documents is not None:
                assert read_as(name, documents).outcome in {Outcome.RED, Outcome.UNMAPPED}, (place, how)


@pytest.mark.parametrize(
    ("types", "outcome"),
    [
        (["00", "00"], Outcome.GREEN),
        (["00", "01"], Outcome.UNMAPPED),
        (["00", "10"], Outcome.RED),
        (["00", "77"], Outcome.UNMAPPED),
        (["00", None], Outcome.UNMAPPED),
        (["77", "10"], Outcome.RED),
        ([], Outcome.UNMAPPED),
        (["00"] * 21, Outcome.UNMAPPED),
    ],
)
def test_of_several_codes_no_green_is_picked(types, outcome):
    """A red among them counts, in any order; else they have to say the same."""
    for order in (types, types[::-1]):
        rows = [{"type": one, "gxsj": "2022-06-15 11:00:00"} for one in order]
        assert told("shanghai", with_value("shanghai", ("code", "data"), rows)).outcome is outcome
    junk = [*GREEN["shanghai"]["code"]["data"], "x"]
    assert told("shanghai", with_value("shanghai", ("code", "data"), junk)).outcome is Outcome.UNMAPPED


@pytest.mark.parametrize("name", NAMES)
def test_nobody_without_a_test_has_one(name):
    """In the words of each platform; otherwise nothing above would prove anything."""
    assert read_as(name, true_answers(name, "green", None)).test is None
    assert read_as(name, true_answers(name, "green", "positive")).test.result is LabResult.POSITIVE


ROWS = {"shanghai": ("nat", "data"), "qingzhou": ("pass", "lab")}


@given(data=st.data(), name=st.sampled_from(sorted(ROWS)))
def test_rows_in_any_order_with_any_bad_row_among_them(data, name):
    """The newest positive counts wherever it stands, and whatever stands beside it."""
    documents = copy.deepcopy(true_answers(name, "green", "positive"))
    request, key = ROWS[name]
    rows = documents[request][key] + data.draw(st.lists(ANYTHING, max_size=3))
    documents[request][key] = data.draw(st.permutations(rows))
    status = read_as(name, documents)
    assert status.outcome is Outcome.GREEN
    assert status.test.result in {LabResult.POSITIVE, LabResult.UNMAPPED}
    if name == "shanghai":
        assert status.test.result is LabResult.POSITIVE


def shanghai(*rows):
    """The test that counts of these: (result, sampled, tested, reported), hours ago or None."""
    times = dialect_of("shanghai").test

    def told(row):
        result, *hours = row
        keys = (times.sampled.where, times.tested.where, times.reported.where)
        ats = [None if one is None else f"2022-06-{15 - one // 24:02} {12 - one % 24 % 12:02}:00:00" for one in hours]
        return {"nat_result": result, **dict(zip(keys, ats, strict=True))}

    documents = copy.deepcopy(true_answers("shanghai", "green", "negative"))
    documents["nat"]["data"] = [told(row) for row in rows]
    return read_as("shanghai", documents).test.result


NEGATIVE, POSITIVE, UNDER_WAY = "\u9634\u6027", "\u9633\u6027", "\u68c0\u6d4b\u4e2d"


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        ([(POSITIVE, 9, 8, 7), (NEGATIVE, 99, 98, 97)], LabResult.POSITIVE),
        ([(POSITIVE, 99, 98, 97), (NEGATIVE, 9, 8, 7)], LabResult.NEGATIVE),
        ([(POSITIVE, 99, 98, None), (NEGATIVE, 9, 8, 7)], LabResult.NEGATIVE),
        ([(POSITIVE, None, None, None), (NEGATIVE, 9, 8, 7)], LabResult.POSITIVE),
        ([(POSITIVE, 9, None, None), (NEGATIVE, None, None, 7)], LabResult.POSITIVE),
        # taken later and told earlier
        ([(POSITIVE, 9, 8, 7), (NEGATIVE, 11, 10, 6)], LabResult.POSITIVE),
        # a test that is under way, or that nobody understands, says nothing against an older positive one
        ([(POSITIVE, 99, 98, 97), (UNDER_WAY, 9, 8, 7)], LabResult.POSITIVE),
        ([(POSITIVE, 99, 98, 97), ("?", 9, 8, 7)], LabResult.POSITIVE),
        ([(POSITIVE, 99, 98, 97), (NEGATIVE, 9, 8, 7), ("?", 199, 198, 197)], LabResult.NEGATIVE),
        ([(NEGATIVE, 99, 98, 97), ("?", 9, 8, 7)], LabResult.UNMAPPED),
        ([(NEGATIVE, 9, 8, 7), (None, None, None, None)], LabResult.UNMAPPED),
        ([(NEGATIVE, 9, 8, 7), (NEGATIVE, None, None, None)], LabResult.NEGATIVE),
        ([(NEGATIVE, 9, 8, 7)] * 501, LabResult.UNMAPPED),
    ],
)
def test_of_several_tests_the_one_counts_that_may_be_the_newest(rows, counts):
    """In either order."""
    assert shanghai(*rows) is shanghai(*reversed(rows)) is counts
