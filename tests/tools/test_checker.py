"""The judge finds each kind of wrong, and nothing in a sound run."""

import sqlite3

import cbor2
import pytest
from gatetools.sim.checker import GAP, OPENING, PASSED, Checker

S = 1_000_000
GATE = b"gate-id8"


@pytest.fixture
def ledger(tmp_path):
    """Writes a ledger of (index, what, counter, detail) of lane A."""

    def write(*entries):
        path = tmp_path / "ledger.db"
        with sqlite3.connect(path) as database:
            database.execute("create table ledger (number integer primary key, entry blob)")
            for index, what, counter, detail in entries:
                body = cbor2.dumps([1, GATE, "A", index, what, 1, counter, detail, 0, 0, None])
                database.execute("insert into ledger (entry) values (?)", (body,))
        database.close()
        return path

    return write


@pytest.fixture
def checker():
    return Checker()


def swipe(checker, at_s, *, may_pass=True, lane="A"):
    checker.card_read(lane, at_s * S, may_pass=may_pass)


def pulse(checker, at_s, lane="A", length_us=300_000):
    checker.relay(lane, at_s * S, active=True)
    checker.relay(lane, at_s * S + length_us, active=False)


def test_a_sound_run_is_clean(checker, ledger):
    """Card, opening, entry, passage."""
    swipe(checker, 1)
    pulse(checker, 1.01)
    swipe(checker, 3, may_pass=False)

    found = checker.judge(ledger((1, OPENING, 1, 1), (2, PASSED, 1, 0)))

    assert found.clean
    assert (1, []) == (found.pulses, found.sentences)


@pytest.mark.parametrize(
    ("may_pass", "read_s", "lane"),
    [(False, 1.0, "A"), (True, 1.02, "A"), (True, -1.0, "A"), (True, 1.0, "B")],
    ids=["denied", "before the card", "long ago", "another lane"],
)
def test_an_opening_without_its_traveller_is_wrong(checker, ledger, may_pass, read_s, lane):
    """The card must be read, by that lane, just before, and its owner must be allowed."""
    if read_s <= 1.01:
        swipe(checker, read_s, may_pass=may_pass, lane=lane)
    pulse(checker, 1.01)
    swipe(checker, read_s, may_pass=may_pass, lane=lane)

    assert 1 == checker.judge(ledger((1, OPENING, 1, 1))).wrong_opens


def test_one_read_opens_once(checker, ledger):
    """A second pulse on the same card is wrong."""
    swipe(checker, 1)
    pulse(checker, 1.01)
    pulse(checker, 1.5)

    assert 1 == checker.judge(ledger((1, OPENING, 1, 1), (2, OPENING, 2, 1))).wrong_opens


def test_an_opening_without_an_entry_is_lost(checker, ledger):
    """What is not in the ledger did not get recorded."""
    for at in (1, 3):
        swipe(checker, at)
        pulse(checker, at + 0.01)

    assert 1 == checker.judge(ledger((1, OPENING, 1, 1))).lost


def test_without_a_ledger_every_opening_is_lost(checker, tmp_path):
    """The file may not be there at all."""
    swipe(checker, 1)
    pulse(checker, 1.01)

    assert 1 == checker.judge(tmp_path / "none.db").lost


def test_an_entry_without_an_opening_is_not_lost(checker, ledger):
    """Power may go between the entry and the pulse."""
    assert checker.judge(ledger((1, OPENING, 1, 1))).clean


def test_a_gap_in_the_reports_is_lost(checker, ledger):
    """A number that is missing between others, or that the house itself says is missing."""
    assert 2 == checker.judge(ledger((1, PASSED, 1, 0), (4, PASSED, 2, 0))).lost


def test_a_gap_that_the_house_wrote_down_counts(checker, ledger):
    """Its entry says how many."""
    assert 3 == checker.judge(ledger((1, PASSED, 1, 0), (2, GAP, 0, 3))).lost


@pytest.mark.parametrize("second", [(1, OPENING, 1, 1), (2, OPENING, 1, 1)])
def test_entries_that_stand_twice_are_found(checker, ledger, second):
    """By report number, and by tap."""
    swipe(checker, 1)
    pulse(checker, 1.01)

    found = checker.judge(ledger((1, OPENING, 1, 1), second))

    assert found.duplicates >= 1
    assert not found.clean


def test_a_relay_that_stays_is_found(checker, ledger):
    """Active for too long, or still."""
    swipe(checker, 1)
    pulse(checker, 1.01, length_us=2 * S)
    swipe(checker, 5)
    checker.relay("A", 5 * S + 1, active=True)

    assert 2 == checker.judge(ledger((1, OPENING, 1, 1), (2, OPENING, 2, 1))).stuck


def test_fire_opens_for_everybody(checker, tmp_path):
    """No traveller is needed and no length is too long, while it lasts."""
    checker.released_by_hand("A", released=True)
    checker.relay("A", 1 * S, active=True)
    found = checker.judge(tmp_path / "none.db")

    assert found.clean


def test_levels_that_are_no_edges_count_nothing(checker, ledger):
    """Repeated levels, and a fall before any rise."""
    checker.relay("A", 0, active=False)
    swipe(checker, 1)
    for _ in range(3):
        checker.relay("A", int(1.01 * S), active=True)

    assert 1 == len(checker.pulses)


def test_sentences_name_no_traveller(checker, ledger):
    """Lanes and times only."""
    pulse(checker, 1)
    (sentence,) = checker.judge(ledger((1, OPENING, 1, 1))).sentences
    assert sentence.startswith("A: opened at 1000000 us")
