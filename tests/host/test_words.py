"""Words for people: none is missing, in either language."""

import re
from collections import Counter
from pathlib import Path
from string import Formatter

import pytest
from gatehouse import alarms, ledger_writer, order_words, schema, staff, words
from gatehouse.control import desk
from gatehouse.watch import feed, lines, screen
from gatelink import codes

ROOT = Path(__file__).resolve().parents[2]
# Every room of the gatehouse that says something to its staff.
SAYING = (words, alarms, order_words, staff, schema, ledger_writer, desk, feed, lines, screen)

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


def test_grounds_and_states_have_words():
    """What staff may answer for, by the names that they order with; what a heartbeat tells: test_standing."""
    assert set(words.GROUNDS) == set(staff.GROUNDS)


def pairs_in(module):
    """Name -> words, of all that a module says: single pairs, and tables of them by their keys."""
    found = {}
    for name, value in vars(module).items():
        if name.isupper() and is_pair(value):
            found[name] = value
        elif name.isupper() and isinstance(value, (dict, tuple)):
            entries = value.items() if isinstance(value, dict) else enumerate(value)
            found |= {f"{name} {key}": entry for key, entry in entries if is_pair(entry)}
    return {name: pair for name, pair in found.items() if pair != lines.NONE}


def is_pair(value):
    return isinstance(value, tuple) and len(value) == 2 and all(isinstance(one, str) for one in value)


@pytest.mark.parametrize("module", SAYING, ids=lambda module: module.__name__)
def test_the_first_is_chinese_and_the_second_is_english(module):
    """Wherever something is said to staff; and the facts in both are the same."""
    assert pairs_in(module)
    for name, pair in pairs_in(module).items():
        places = [{field for _, field, _, _ in Formatter().parse(said) if field is not None} for said in pair]
        assert places[0] == places[1], name
        chinese, english = (re.sub(r"{\w*}", "", said) for said in pair)
        assert not chinese.isascii(), name
        assert english, name
        assert english.isascii(), name
        assert not chinese.strip(" ：") or re.search("[\u4e00-\u9fff]", chinese), name


@pytest.mark.parametrize(
    "table",
    [
        *TABLES.values(),
        words.VERDICTS,
        words.LANE_STATES,
        words.GROUNDS,
        words.RETIRED,
        words.REPORTS | {1000 + code: said for code, said in words.ENDED.items()},
        pairs_in(alarms),
        pairs_in(order_words),
        pairs_in(staff),
        pairs_in(schema),
        pairs_in(screen),
        pairs_in(feed),
    ],
)
def test_no_two_of_a_kind_have_the_same_words(table):
    """In neither language."""
    for language in (0, 1):
        said = Counter(pair[language] for pair in table.values())
        assert [text for text, times in said.items() if times > 1] == []


def test_facts_come_in_the_language_of_the_words():
    """A fact that is words itself; braces in what somebody says of himself are text."""
    assert words.filled(alarms.FAULT, lane="A{1}", fault=("故障", "fault")) == ("A{1}：故障", "A{1}: fault")


def test_what_is_alarmed_is_said_in_both_languages():
    """No alarm is made of bare text."""
    for path in (ROOT / "host" / "gatehouse").rglob("*.py"):
        for call in re.findall(r"\.alarm\(\s*([^\s]+)", path.read_text(encoding="utf-8")):
            assert not re.match(r"""[frb]*["']""", call), f"{path.name}: {call}"


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
    assert words.fault(what, number)[1].endswith(said)
