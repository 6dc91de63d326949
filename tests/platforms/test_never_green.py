"""No missing, unmapped, malformed or future value is ever green, whatever stands in an answer."""

import json

import pytest
from gatehouse.platforms.answer import read
from gatehouse.platforms.dialect_file import SHIPPED, shipped
from gatehouse.platforms.fields import FUTURE_MAX_S, key_of
from gatehouse.status import LabResult, Outcome
from hypothesis import given
from hypothesis import strategies as st
from platforms.asking import NOON_S

NUMBER = b"11010119000101002X"
# One answer of each dialect that is green in all it says.
GREEN = {
    "plain": {
        "status": {
            "number": "1***************2X",
            "status": "green",
            "set_at": "2022-06-15T11:00:00+08:00",
            "valid_until": "2022-06-16T00:00:00+08:00",
            "flags": [],
            "test": {"result": "negative", "sampled_at": "2022-06-15T01:00:00+08:00"},
        }
    },
    "national": {
        "code": {
            "data": {
                "cardNo": "11**************2X",
                "color": "green",
                "updateTime": 1655262000000,
                "hsjc": {"hsjcjg": "阴性", "hsjcsj": "2022-06-15 01:00:00"},
            }
        }
    },
    "guangdong": {
        "code": {
            "data": {
                "idNumber": NUMBER.decode(),
                "color": "green",
                "showTime": "2022-06-15 11:00:00",
                "hsResult": "阴性",
                "hsDateTime": "2022-06-15 01:00:00",
            }
        }
    },
    "beijing": {
        "state": {
            "result": {
                "certNo": "11**************2x",
                "status": "0",
                "queryTime": "2022-06-15 11:00:00",
                "popups": [],
                "nat": {"result": 0, "sampleTime": "2022-06-15 01:00"},
            }
        }
    },
    "shanghai": {
        "code": {"data": [{"type": "00", "gxsj": "2022-06-15 11:00:00"}]},
        "nat": {"data": [{"nat_result": "阴性", "sample_date": "2022-06-15 01:00:00", "report_date": "x"}]},
    },
}
# Where in them stands what the colour depends on.
NEEDED = {
    "plain": [("status", key) for key in ("number", "status", "set_at", "valid_until", "flags")],
    "national": [("code", "data", key) for key in ("cardNo", "color", "updateTime")],
    "guangdong": [("code", "data", key) for key in ("idNumber", "color", "showTime")],
    "beijing": [("state", "result", key) for key in ("certNo", "status", "queryTime", "popups")],
    "shanghai": [("code", "data", 0, key) for key in ("type", "gxsj")],
}
PLACES = [(name, place) for name in SHIPPED for place in NEEDED[name]]
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=30)
    | st.sampled_from(["Green", " green", "green ", "GREEN", "00 ", "0.0", "1" * 18, "绿", "-1", "null", "", "NaN"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def told(name, documents, number=NUMBER, now_s=NOON_S):
    return read(shipped(name), documents, {}, number, now_s)


def with_value(name, place, value):
    """The green answer of a dialect with one value exchanged."""
    documents = json.loads(json.dumps(GREEN[name]))
    at = documents
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    return documents


def value_at(name, place):
    at = GREEN[name]
    for key in place:
        at = at[key]
    return at


@pytest.mark.parametrize("name", SHIPPED)
def test_the_green_answers_are_green(name):
    """Otherwise nothing below would prove anything."""
    assert told(name, GREEN[name]).outcome is Outcome.GREEN


@pytest.mark.parametrize(("name", "place"), PLACES)
def test_what_is_missing_is_never_green(name, place):
    """Null and absent alike."""
    documents = with_value(name, place, None)
    assert told(name, documents).outcome is Outcome.UNMAPPED
    at = documents
    for key in place[:-1]:
        at = at[key]
    del at[place[-1]]
    assert told(name, documents).outcome is Outcome.UNMAPPED


@given(place=st.sampled_from(PLACES), value=ANYTHING)
def test_whatever_stands_there_is_never_green_unless_it_says_so(place, value):
    """Any JSON in the place of any value that matters."""
    name, path = place
    status = told(name, with_value(name, path, value))
    right = value_at(name, path)
    same = type(value) is type(right) and value == right
    # 0 and "0" are written the same in a table of values, and so they are the same value.
    if not same and not (name == "beijing" and path[-1] == "status" and value in (0, "0")):
        assert status.outcome is not Outcome.GREEN


@given(document=ANYTHING, name=st.sampled_from(SHIPPED))
def test_a_document_of_anything_is_never_green(document, name):
    """A colour stands where the file says, or there is none."""
    names = shipped(name).request
    assert told(name, dict.fromkeys(names, document)).outcome is Outcome.UNMAPPED


@pytest.mark.parametrize(
    ("name", "place", "ahead"),
    [
        ("plain", ("status", "set_at"), "2022-06-15T12:02:01+08:00"),
        ("plain", ("status", "set_at"), "2022-06-15T12:02:01"),  # no zone: the file's
        ("national", ("code", "data", "updateTime"), (NOON_S + FUTURE_MAX_S + 1) * 1000),
        ("guangdong", ("code", "data", "showTime"), "2022-06-15 12:02:01"),
        ("beijing", ("state", "result", "queryTime"), "2022-06-15 12:02:01"),
        ("shanghai", ("code", "data", 0, "gxsj"), "2022-06-15 12:02:01"),
    ],
)
def test_a_colour_from_the_future_is_never_green(name, place, ahead):
    """Beyond what two clocks may differ by; the station's clock stepped back looks the same."""
    assert told(name, with_value(name, place, ahead)).outcome is Outcome.UNMAPPED
    assert told(name, with_value(name, place, ahead), now_s=NOON_S + 60).outcome is Outcome.GREEN


@given(seconds=st.integers(FUTURE_MAX_S + 1, 10**9))
def test_no_step_back_of_the_clock_makes_green(seconds):
    """The colour was set an hour ago: a clock that lies before that by more than the tolerance believes nothing."""
    for name in SHIPPED:
        assert told(name, GREEN[name], now_s=NOON_S - 3600 - seconds).outcome is not Outcome.GREEN


@pytest.mark.parametrize(
    "value", [0, 1, 10**9, "", "0000-00-00 00:00:00", "1970-01-01 00:00:00", "2022-13-01 01:01:01"]
)
def test_placeholders_for_a_time_are_none(value):
    """Zero, the epoch and dates that cannot be are not old times: they are no times."""
    documents = with_value("guangdong", ("code", "data", "showTime"), value)
    assert told("guangdong", documents).outcome is Outcome.UNMAPPED
    documents = with_value("national", ("code", "data", "updateTime"), value)
    assert told("national", documents).outcome is Outcome.UNMAPPED


@pytest.mark.parametrize(
    "echo",
    ["11010119000101003X", "11**************3X", "*" * 18, "", "1", "11010119000101002X1", None, 11010119000101002, []],
)
def test_an_answer_about_somebody_else_is_none(echo):
    """Two people's answers are never mixed up."""
    documents = with_value("guangdong", ("code", "data", "idNumber"), echo)
    assert told("guangdong", documents).outcome is Outcome.UNMAPPED


@pytest.mark.parametrize(
    ("name", "echo", "enough"),
    [
        ("beijing", "11**************2X", True),
        ("beijing", "110***********002X", True),
        ("beijing", "1***************2X", False),
        ("beijing", "1*****************", False),
        ("beijing", "****************2X", False),
        ("beijing", "11***************X", False),
        ("beijing", "*1**************2X", False),
        ("plain", "1***************2X", True),
        ("plain", "****************2X", False),
        ("plain", "1*****************", False),
        ("plain", "*****************X", False),
    ],
)
def test_an_echo_shows_enough_to_tell_two_people_apart(name, echo, enough):
    """The first and the last two characters; of the plain contract the first one and the last two."""
    where = {"beijing": ("state", "result", "certNo"), "plain": ("status", "number")}[name]
    assert (told(name, with_value(name, where, echo)).outcome is Outcome.GREEN) == enough


@given(value=ANYTHING)
def test_a_test_is_negative_only_by_its_own_word(value):
    """Whatever else stands in its place."""
    test = told("guangdong", with_value("guangdong", ("code", "data", "hsResult"), value)).test
    assert test.result is not LabResult.NEGATIVE or value == "阴性"


@given(value=ANYTHING)
def test_a_test_with_a_time_that_cannot_be_read_is_not_negative(value):
    """A result without its age is of no use; only a time that is not told leaves it as it is."""
    test = told("guangdong", with_value("guangdong", ("code", "data", "hsDateTime"), value)).test
    assert (value is None) == (test.result is LabResult.NEGATIVE)
    assert test.sampled_s is None


def test_a_test_from_the_future_is_not_negative():
    """The integer division of deployed terminals made it 0 hours old."""
    documents = with_value("guangdong", ("code", "data", "hsDateTime"), "2022-06-16 12:00:00")
    assert told("guangdong", documents).test.result is LabResult.UNMAPPED


@given(value=ANYTHING)
def test_doses_are_a_small_number_or_not_told(value):
    """Nothing else is counted."""
    doses = told("guangdong", with_value("guangdong", ("code", "data", "vaccine"), value)).doses
    assert doses is None or (doses in range(21) and str(value) in {str(doses), f"0{doses}"})


@pytest.mark.parametrize("popups", [[6], ["4 "], [4, 9], {"4": 1}, "six", [None], [[4]], [4] * 21])
def test_a_popup_that_nobody_knows_is_never_green(popups):
    """It may say anything: it is not passed over."""
    documents = with_value("beijing", ("state", "result", "popups"), popups)
    assert told("beijing", documents).outcome is Outcome.UNMAPPED


def test_an_answer_whose_life_is_over_is_expired():
    """By the platform's own word."""
    documents = with_value("plain", ("status", "valid_until"), "2022-06-15T12:00:00+08:00")
    assert told("plain", documents).outcome is Outcome.EXPIRED


def test_a_reason_holds_no_number_and_no_control_character():
    """A platform may write anything there, the traveller's number too."""
    documents = with_value("plain", ("status", "reason"), f"see {NUMBER.decode()}\x1b[2J\nand 13800138000" + "x" * 500)
    reason = told("plain", documents).reason
    assert "11010119000101002" not in reason
    assert "13800138000" not in reason
    assert reason.isprintable()
    assert len(reason) <= 60


def test_what_is_over_is_still_red_or_positive():
    """An answer's end makes nobody harmless."""
    for key, value in (("status", "red"), ("test", {"result": "positive"})):
        documents = with_value("plain", ("status", "valid_until"), "2022-06-15T11:59:00+08:00")
        assert told("plain", documents).outcome is Outcome.EXPIRED
        documents["status"][key] = value
        status = told("plain", documents)
        assert status.outcome is Outcome.RED or status.test.result is LabResult.POSITIVE


def test_what_is_no_code_is_mapped_by_nothing():
    """What is no code has no key, and none that a file could map: not a list, a table, a fraction, nor "null"."""
    for value in ([], {}, 0.5, "null", "x" * 99):
        assert key_of(value) not in {"", "null"}
