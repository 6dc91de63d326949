"""What the gatehouse itself enters: a gate is retired, begins, or has left a gap. Each once, however often given."""

import dataclasses

import pytest
from gatehouse.ledger import Entry, Ledger, still_open
from gatelink import codes

OLD, NEW = b"GATE-OLD", b"GATE-NEW"


@pytest.fixture
def ledger(tmp_path):
    book = Ledger(tmp_path / "ledger.db")
    yield book
    book.close()


def report(index, what, counter=0, identity=OLD, detail=0):
    return Entry(identity, "A1", index, what, 3 if counter else 0, counter, detail, 1000 + index, 2000, None)


def retired(index, why, identity=OLD):
    return Entry(identity, "A1", index, codes.REPORT_RETIRED, 0, 0, why, 0, 3000, None)


def told(ledger):
    return [(one.identity, one.index, one.what, one.counter, one.detail) for one in ledger.entries()]


def test_the_opening_that_a_dead_gate_never_ended_gets_its_outcome(ledger):
    """It is unknown, once, and the retirement follows it; the openings that had outcomes keep theirs."""
    ledger.commit(
        report(1, codes.REPORT_OPENING, 7),
        report(2, codes.REPORT_PASSED, 7),
        report(3, codes.REPORT_NOT_OPENED, 8),
        report(4, codes.REPORT_OPENING, 9),
        report(5, codes.REPORT_WRONG_WAY),
    )
    for _ in range(3):
        ledger.commit(retired(5, codes.RETIRED_REPLACED))

    assert told(ledger)[5:] == [
        (OLD, 0, codes.REPORT_UNKNOWN, 9, codes.UNKNOWN_RETIRED),
        (OLD, 5, codes.REPORT_RETIRED, 0, codes.RETIRED_REPLACED),
    ]
    assert still_open(ledger.entries()[::-1]) == []
    assert ledger.cursors() == {OLD: 5}


@pytest.mark.parametrize("why", [codes.RETIRED_REKEYED, codes.RETIRED_MOVED])
def test_a_gate_that_goes_on_ends_its_openings_itself(ledger, why):
    """Its retirement closes nothing: the outcome is in its journal and still comes."""
    ledger.commit(report(1, codes.REPORT_OPENING, 7))
    ledger.commit(retired(1, why))
    ledger.commit(report(2, codes.REPORT_UNKNOWN, 7))
    assert [one[2] for one in told(ledger)] == [codes.REPORT_OPENING, codes.REPORT_RETIRED, codes.REPORT_UNKNOWN]
    ledger.commit(retired(2, why))
    assert len(told(ledger)) == 3


def test_a_gate_that_never_reported_is_retired_too(ledger):
    """One entry, no cursor."""
    ledger.commit(retired(0, codes.RETIRED_REVOKED))
    assert told(ledger) == [(OLD, 0, codes.REPORT_RETIRED, 0, codes.RETIRED_REVOKED)]
    assert ledger.cursors() == {}


def test_a_gate_begins_where_its_records_of_before_end(ledger):
    """What it recorded under another enrolment is no gap; what is missing after that is."""
    begins = Entry(NEW, "A1", 40, codes.REPORT_BEGINS, 0, 0, 0, 0, 3000, None)
    assert [ledger.commit(begins)[0].new for _ in range(3)] == [True, False, False]
    assert ledger.cursors() == {NEW: 40}
    assert ledger.commit(report(41, codes.REPORT_BOOTED, identity=NEW))[0].missing == 0
    assert ledger.commit(report(44, codes.REPORT_BOOTED, identity=NEW))[0].missing == 2


def test_what_is_missing_at_the_end_of_an_enrolment_is_entered_once(ledger):
    """A gap up to the last index; nothing where nothing is missing."""
    ledger.commit(report(1, codes.REPORT_BOOTED))
    gap = Entry(OLD, "A1", 4, codes.REPORT_GAP, 0, 0, 0, 0, 3000, None)
    first, second = ledger.commit(gap, gap)
    assert (first.cursor, first.missing, first.new) == (4, 3, True)
    assert (second.cursor, second.missing, second.new) == (4, 0, False)
    assert told(ledger)[1:] == [(OLD, 4, codes.REPORT_GAP, 0, 3)]


@pytest.mark.parametrize(("claimed", "missing"), [(117, 4), (113, 0), (2, 0)])
def test_what_a_gate_whose_keys_are_lost_never_delivered_is_a_gap(ledger, claimed, missing):
    """With its openings closed, once; on the lane that it had; and what comes after all is taken."""
    begun = Entry(OLD, "A1", 111, codes.REPORT_BEGINS, 0, 0, 0, 0, 3000, None)
    ledger.commit(begun, report(112, codes.REPORT_BOOTED), report(113, codes.REPORT_OPENING, 7))
    forgotten = Entry(OLD, "B2", claimed, codes.REPORT_RETIRED, 0, 0, codes.RETIRED_FORGOTTEN, 0, 3000, None)
    assert [ledger.commit(forgotten)[0].missing for _ in range(2)] == [missing, 0]

    gap = [(OLD, claimed, codes.REPORT_GAP, 0, missing)] if missing else []
    assert told(ledger)[3:] == [
        *gap,
        (OLD, 0, codes.REPORT_UNKNOWN, 7, codes.UNKNOWN_RETIRED),
        (OLD, 113, codes.REPORT_RETIRED, 0, codes.RETIRED_FORGOTTEN),
    ]
    assert {entry.lane for entry in ledger.entries()} == {"A1"}
    assert ledger.commit(report(114, codes.REPORT_PASSED, 7))[0].missing == 0
    assert told(ledger)[-1] == (OLD, 114, codes.REPORT_PASSED, 7, 0)


def test_a_passage_has_the_person_of_its_opening(ledger):
    """Also where another process has answered the tap; not another tap's, not another gate's."""
    person = b"p" * 32
    ledger.commit(dataclasses.replace(report(1, codes.REPORT_OPENING, 7), person=person))
    ledger.commit(
        report(2, codes.REPORT_WRONG_WAY),
        report(3, codes.REPORT_PASSED, 7),
        report(4, codes.REPORT_PASSED, 8),
        report(1, codes.REPORT_PASSED, 7, identity=NEW),
    )
    again = ledger.commit(report(3, codes.REPORT_PASSED, 7))[0]
    assert not again.new
    assert [entry.person for entry in ledger.entries()] == [person, None, person, None, None]
