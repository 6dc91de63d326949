"""The memory for slips, and the paper."""

import dataclasses

import pytest
from gatehouse import slip_text
from gatehouse.clock import Moment
from gatehouse.decide import decide
from gatehouse.rules.presented import Presented
from gatehouse.rules.rule_file import load
from gatehouse.slips import KEPT_S, LANES_MAX, Slip, Slips, slip_of
from gatehouse.status import Freshness, Heard, LabResult, LabTest, Other, Outcome, Silent, Status
from gatehouse.words import REASONS
from gatelink import codes
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

NOW_S = 1_790_000_000
NOW = Moment(NOW_S, NOW_S, 20260921, 20260921)
CARD = Presented(codes.CARD_RESIDENT, number_ok=True, valid_until=0)
RULES = load("test_48h")


def slip(status, lane="A1"):
    return slip_of(lane, "1***************2X", decide(CARD, status, RULES, NOW, lane), status, RULES, NOW)


def test_a_slip_is_forgotten_in_time_also_when_nobody_asks():
    """Five minutes, to the second."""
    slips = Slips()
    one = slip(Status(Outcome.RED, NOW_S, "city"))
    slips.keep(one, 100.0)
    assert slips.of("A1", 100.0 + KEPT_S - 1) == one
    slips.forget(100.0 + KEPT_S)
    assert slips._kept == {}
    slips.keep(one, 100.0)
    assert slips.of("A1", 100.0 + KEPT_S) is None


def test_the_memory_is_bounded():
    """By lanes, however many are claimed."""
    slips = Slips()
    for number in range(LANES_MAX + 5):
        slips.keep(slip(Status(Outcome.RED, NOW_S, "city"), f"lane {number}"), 1.0)
    assert len(slips._kept) == LANES_MAX


def test_a_slip_with_everything():
    """Source, its words, when, each time of the test, and the contact that the source itself names."""
    test = LabTest(LabResult.NEGATIVE, NOW_S - 60 * 3600, None, NOW_S - 40 * 3600)
    status = Status(Outcome.GREEN, NOW_S - 60, "市健康码", "all well", test, contact="电话 12345, 8:00-20:00")
    paper = slip_text.text(slip(status), 48)

    for said in ("数据来源：市健康码", "核酸：阴性", "test: negative", "reason: test missing or too old", "(all well)"):
        assert said in paper
    assert paper.count("电话 12345") == 2
    assert f"采样：{slip_text.clock(NOW_S - 60 * 3600)}" in paper
    assert f"reported: {slip_text.clock(NOW_S - 40 * 3600)}" in paper
    assert f"set on: {slip_text.clock(NOW_S - 60)}" in paper


@pytest.mark.parametrize("outcome", [Outcome.NOT_FOUND, Outcome.FAILED, Outcome.TIMED_OUT, Outcome.NOT_ASKED])
def test_where_no_source_spoke_the_station_is_to_be_asked(outcome):
    """Nobody is sent to a platform that was not heard."""
    paper = slip_text.text(slip(Status(outcome)), 48)

    assert "source: none" in paper
    assert "corrected, ask: the staff of this\nstation" in paper or "ask: the staff of this station" in paper
    assert "本站人工窗口" in paper.replace("\n", "")


def test_every_outcome_and_result_has_words_on_paper():
    """One that somebody adds without words fails here."""
    assert set(slip_text.OUTCOMES) == {one.value for one in Outcome}
    assert set(slip_text.RESULTS) == {one.value for one in LabResult}


TEXT = st.text(max_size=300)


@settings(deadline=None)
@given(
    TEXT,
    TEXT,
    TEXT,
    TEXT,
    st.integers(-(1 << 62), 1 << 62),
    st.sampled_from(sorted(REASONS)),
    st.sampled_from(slip_text.WIDTHS),
)
def test_whatever_a_source_says_the_paper_holds(source, reason, contact, lane, at_s, code, width):
    """No line too wide, no control character to the printer, no raise."""
    status = Status(Outcome.YELLOW, at_s, source, reason, LabTest(LabResult.PENDING, at_s), contact=contact)
    made = slip(status, lane)
    told = Slip(**{**made.told(), "reason": code, "tests": tuple(made.tests)})
    paper = slip_text.text(told, width)

    assert max(map(cell_len, paper.splitlines())) <= width
    assert all(character.isprintable() or character == "\n" for character in paper)


def test_a_slip_names_who_says_something_else_and_how_fresh_it_is():
    """A green of an hour before, kept by the station, and a red of another platform that was set earlier."""
    others = (Other("北京健康宝", Outcome.RED, NOW_S - 7200),)
    status = Status(
        Outcome.GREEN, NOW_S - 3600, "plain", contact="12345", freshness=Freshness.OLDER, others=others, fetched_s=NOW_S
    )
    status = dataclasses.replace(status, silent=(Silent("nation", Outcome.TIMED_OUT),), heard=Heard.SOME)
    paper = slip_text.text(slip(status), 48)

    assert f"others say: 北京健康宝: red, {slip_text.clock(NOW_S - 7200)}" in " ".join(paper.split())
    assert "not heard: nation: did not answer in time" in paper
    assert "未能答复：nation: 查询超时" in paper
    assert "答复时效：本站留存的较早答复" in paper
    assert "how fresh: kept by the station from earlier" in paper
