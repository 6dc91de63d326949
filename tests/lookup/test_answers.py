"""What platforms told, kept for hours: whole, by pseudonym, never better than it was."""

import sqlite3
from dataclasses import replace

import pytest
from gatehouse.lookup.answers import Answers, Told
from gatehouse.lookup.keeping import Keeper
from gatehouse.status import FAILED, NOT_FOUND, LabResult, LabTest, Outcome, Status
from gatelink import codes

KEY = b"k" * 32
NOW_S = 1_790_000_000
NUMBER = b"110101190001010014"
FULL = Status(
    Outcome.YELLOW,
    NOW_S - 60,
    "beijing",
    "near a case",
    LabTest(LabResult.NEGATIVE, NOW_S - 9000, None, NOW_S - 100),
    2,
    frozenset(("test_owed", "risk_area")),
    "12345 (Beijing)",
    NOW_S,
    NOW_S + 3600,
)


@pytest.fixture
def answers(tmp_path):
    opened = Answers(tmp_path / "answers.db", KEY)
    yield opened
    opened.close()


def keep(answers, *statuses, source="beijing", before_s=0):
    mine = answers.pseudonym(codes.CARD_RESIDENT, NUMBER)
    answers.write([Told(mine, source, one) for one in statuses], before_s, NOW_S + 60)
    return answers.of(mine)


def test_all_of_an_answer_comes_back(answers):
    """Tests, flags, doses, whom to ask, and until when it may be used."""
    assert keep(answers, FULL) == [FULL]


def test_each_source_has_one_and_an_older_one_never_replaces_a_younger(answers):
    late = Status(Outcome.GREEN, NOW_S - 90, "beijing", fetched_s=NOW_S - 5)
    assert keep(answers, FULL, late) == [FULL]
    newer = Status(Outcome.GREEN, NOW_S, "beijing", fetched_s=NOW_S + 5)
    assert keep(answers, newer) == [newer]
    assert len(keep(answers, Status(Outcome.RED, NOW_S, "nation", fetched_s=NOW_S), source="nation")) == 2


@pytest.mark.parametrize("outcome", [Outcome.NOT_FOUND, Outcome.EXPIRED, Outcome.UNMAPPED])
def test_who_takes_a_colour_back_has_told_none_and_a_red_stays(answers, outcome):
    gone = Status(outcome, fetched_s=NOW_S + 1)
    assert keep(answers, FULL, gone) == []
    red = Status(Outcome.RED, NOW_S, "beijing", fetched_s=NOW_S)
    assert keep(answers, red, gone) == [red]


def test_it_is_forgotten_in_time(answers):
    assert keep(answers, FULL, before_s=NOW_S) == [FULL]
    assert keep(answers, before_s=NOW_S + 1) == []


def test_another_persons_answer_is_not_found(answers):
    keep(answers, FULL)
    assert answers.of(answers.pseudonym(codes.CARD_RESIDENT, b"110101190001010022")) == []
    assert answers.of(answers.pseudonym(codes.CARD_CODE, NUMBER)) == []


def test_no_number_is_in_the_file(answers):
    keep(answers, FULL)
    assert all(NUMBER not in file.read_bytes() for file in answers.path.parent.iterdir())


def test_under_another_key_it_begins_anew(answers, tmp_path):
    """Its rows are of nobody; the statuses in it could meet another person's pseudonym only by a miracle."""
    keep(answers, FULL)
    answers.close()
    other = Answers(tmp_path / "answers.db", b"x" * 32)
    with sqlite3.connect(tmp_path / "answers.db") as database:
        assert database.execute("select count(*) from answer").fetchone() == (0,)
    database.close()
    other.close()


@pytest.mark.parametrize(
    "change", ["colour = 7", "colour = 0", "result = 'cured'", "flags = 'test_owed'", "flags = '7'", "flags = 'null'"]
)
def test_a_row_that_was_changed_is_no_colour(answers, change):
    keep(answers, FULL)
    with sqlite3.connect(answers.path) as database:
        database.execute(f"update answer set {change}")
    database.close()
    found = answers.of(answers.pseudonym(codes.CARD_RESIDENT, NUMBER))
    assert [one.outcome for one in found] == [Outcome.UNMAPPED]


def test_a_database_that_does_not_answer_has_failed(answers):
    with sqlite3.connect(answers.path) as database:
        database.execute("drop table answer")
    database.close()
    assert answers.of(b"p" * 16) == [FAILED]


def test_what_cannot_be_kept_is_said_and_does_not_gather(answers):
    """The table is gone: an alarm, and the next answers have room."""
    alarms = []
    keeper = Keeper(answers, 86400, alarms.append, lambda: NOW_S, keep_red_s=10 * 86400)
    keeper.take("beijing", codes.CARD_RESIDENT, NUMBER, FULL)
    keeper.write()
    assert answers.of(answers.pseudonym(codes.CARD_RESIDENT, NUMBER)) == [FULL]
    with sqlite3.connect(answers.path) as database:
        database.execute("drop table answer")
    database.close()
    keeper.take("beijing", codes.CARD_RESIDENT, NUMBER, FULL)
    keeper.write()
    assert len(alarms) == 1
    assert NUMBER.decode() not in alarms[0]
    keeper.write()


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.TIMED_OUT, Outcome.NOT_ASKED])
def test_silence_takes_nothing_back(answers, outcome):
    keep(answers, FULL)
    keeper = Keeper(answers, 86400, [].append, lambda: NOW_S, keep_red_s=10 * 86400)
    keeper.take("beijing", codes.CARD_RESIDENT, NUMBER, Status(outcome, fetched_s=NOW_S + 9))
    keeper.write()
    assert answers.of(answers.pseudonym(codes.CARD_RESIDENT, NUMBER)) == [FULL]
    keeper.take("beijing", codes.CARD_RESIDENT, NUMBER, NOT_FOUND)
    keeper.write()
    assert answers.of(answers.pseudonym(codes.CARD_RESIDENT, NUMBER)) == [FULL]  # told before that one, by its time


def test_a_red_stays_for_days_where_a_green_is_forgotten_after_hours(answers):
    """And not for ever."""
    red = replace(FULL, outcome=Outcome.RED)
    keep(answers, red)
    keep(answers, replace(FULL, source="shanghai"), source="shanghai")
    for days, left in ((2, [red]), (11, [])):
        later = Keeper(answers, 86400, [].append, lambda days=days: NOW_S + days * 86400, keep_red_s=10 * 86400)
        later.write()
        assert answers.of(answers.pseudonym(codes.CARD_RESIDENT, NUMBER)) == left
