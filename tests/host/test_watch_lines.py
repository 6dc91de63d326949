"""Events as lines of text."""

import datetime

import pytest
from gatehouse.watch.lines import line
from gatelink import codes

NOW = datetime.datetime(2026, 1, 31, 8, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("what", "begins", "ends"),
    [
        (codes.REPORT_FIRE, "fire input", "fire input is quiet again"),
        (codes.REPORT_HELD, "held open", "no longer held open"),
        (codes.REPORT_LOCKED, "locked", "no longer locked"),
    ],
)
def test_the_end_of_what_lasts_does_not_read_like_its_beginning(what, begins, ends):
    """Whoever reads the last line knows how the lane stands."""
    for detail, said in ((1, begins), (0, ends)):
        event = {"event": "report", "lane": "A1", "what": what, "detail": detail, "tap": [0, 0]}
        assert line(event, "en", NOW) == f"08:00:00 A1: {said}"


def test_what_is_over_is_a_notice():
    """It names its lane itself, as an alarm does."""
    event = {"event": "notice", "lane": "", "text": "A1: reader works again", "cause": "A1 reader 1"}
    assert line(event, "en", NOW) == "08:00:00 notice: A1: reader works again"


def test_what_has_no_detail_is_said_all_the_same():
    """And a code of a later version."""
    for what, said in ((codes.REPORT_PASSED, "passed"), (999, "unknown")):
        assert line({"event": "report", "lane": "A1", "what": what, "detail": 0}, "en", NOW) == f"08:00:00 A1: {said}"


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "1**2X pass: green (but beijing: red, plain: unknown)"),
        ("zh", "1**2X 通行: 绿码 (另有 beijing: 红码, plain: 未知)"),
    ],
)
def test_who_says_something_else_stands_beside_the_reason(lang, said):
    """Staff see at once that two provinces disagree."""
    event = {"event": "tap", "lane": "A1", "masked": "1**2X", "verdict": codes.ALLOW, "reason": codes.REASON_GREEN}
    told = line({**event, "others": [["beijing", "red"], ["plain", "mauve"]]}, lang, NOW)
    assert told == f"08:00:00 A1: {said}"
    assert line({**event, "others": [], "silent": []}, "en", NOW) == "08:00:00 A1: 1**2X pass: green"


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "not heard nation: did not answer in time"), ("zh", "未答复 nation: 查询超时")]
)
def test_who_was_silent_stands_beside_the_reason(lang, said):
    """And what is no list of names is not shown."""
    event = {"event": "tap", "lane": "A1", "masked": "1**2X", "verdict": codes.ALLOW, "reason": codes.REASON_GREEN}
    assert line({**event, "silent": [["nation", "timed out"], ["?"], 5]}, lang, NOW).endswith(f" ({said})")
    assert line({**event, "silent": "nation"}, "en", NOW) == "08:00:00 A1: 1**2X pass: green"
