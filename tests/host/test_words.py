"""Words for people: none is missing, in either language."""

import pytest
from gatehouse import words
from gatelink import codes

TABLES = {
    "REASON_": words.REASONS,
    "REPORT_": words.REPORTS,
    "FAULT_": words.FAULTS,
    "REFUSED_": words.REFUSALS,
    "DOWN_": words.DOWNS,
}


@pytest.mark.parametrize("prefix", TABLES)
def test_every_code_has_words_in_both_languages(prefix):
    """A code that somebody adds without words fails here."""
    assert set(TABLES[prefix]) == set(codes.names(prefix))


def test_every_verdict_has_words():
    """The three of them."""
    assert set(words.VERDICTS) == {codes.ALLOW, codes.DENY, codes.REFER}


@pytest.mark.parametrize("table", [*TABLES.values(), words.VERDICTS])
def test_the_first_is_chinese_and_the_second_is_english(table):
    """And no two codes have the same words."""
    for chinese, english in table.values():
        assert any("\u4e00" <= character <= "\u9fff" for character in chinese)
        assert english
        assert english.isascii()
    assert len({pair[0] for pair in table.values()}) == len({pair[1] for pair in table.values()}) == len(table)


@pytest.mark.parametrize(
    ("what", "number", "says"),
    [
        (codes.REPORT_OPENING, codes.REASON_GREEN, "green"),
        (codes.REPORT_NOT_OPENED, codes.REASON_NO_ANSWER, "no answer in time"),
        (codes.REPORT_NOT_OPENED, 999, "reason 999"),
        (codes.REPORT_FAULT, codes.FAULT_JOURNAL_FULL, words.FAULTS[codes.FAULT_JOURNAL_FULL][1]),
        (codes.REPORT_FAULT, 999, "fault 999"),
        (codes.REPORT_FIRE, 1, "on"),
        (codes.REPORT_LOCKED, 0, "off"),
        (codes.REPORT_GAP, 12, "12"),
        (codes.REPORT_PASSED, 0, ""),
        (999, 5, ""),
    ],
)
def test_a_detail_is_said_as_what_it_means(what, number, says):
    """Codes that this version does not know are shown as numbers, not as an error."""
    assert words.detail(what, number) == says
