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
    "RESET_": words.RESETS,
    "ORDER_": words.ORDERS,
    "COMPLETION_": words.COMPLETIONS,
    "READER_": words.READERS,
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
        (codes.REPORT_BOOTED, codes.RESET_WATCHDOG, "reset by its watchdog"),
        (codes.REPORT_BOOTED, 77, "reset 77"),
        (codes.REPORT_PASSED, 0, ""),
        (999, 5, ""),
    ],
)
def test_a_detail_is_said_as_what_it_means(what, number, says):
    """Codes that this version does not know are shown as numbers, not as an error."""
    assert words.detail(what, number) == says


def test_what_was_counted_is_said_with_its_own_detail():
    """How many of what; a kind that this version does not know is a number."""
    away = codes.REPORT_NOT_OPENED + 256 * codes.REASON_HOST_AWAY
    assert words.detail(codes.REPORT_COUNTED, 1793, away) == "1793 x not opened: gatehouse away"
    assert words.detail(codes.REPORT_COUNTED, 3, codes.REPORT_WRONG_WAY) == "3 x wrong way"
    assert words.detail(codes.REPORT_COUNTED, 3, 250 + 256 * 9) == "3 x report 250"


@pytest.mark.parametrize(
    ("what", "number", "said"),
    [
        (codes.FAULT_READER_SILENT, 256 * codes.READER_PN532, "reader does not answer, being reset (PN532)"),
        (codes.FAULT_READER_BACK, 256 * codes.READER_QR, "reader works again (QR module)"),
        (codes.FAULT_READER_SELF_TEST, 256 * codes.READER_SAM_V + 0x60, "self-test, replace it (card module, 96)"),
        (codes.FAULT_READER_SILENT, 2, "reader does not answer, being reset (2)"),
        (codes.FAULT_READER_SILENT, 65535, "reader does not answer, being reset (65535)"),
        (codes.FAULT_BEAM_BLOCKED, 256 * codes.READER_QR, "(512)"),
        (200, 1, "fault 200 (1)"),
    ],
)
def test_of_a_readers_fault_it_is_said_which_reader(what, number, said):
    """Somebody has to go to it: a lane may have three."""
    assert words.fault(what, number).endswith(said)
