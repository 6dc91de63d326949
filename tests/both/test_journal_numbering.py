"""A journal that was wiped, or is on a new chip: told behind what the house has, wherever the power fails meanwhile."""

from gate.journal import NUMBERING_RESERVED, Journal, JournalFull
from gate.ring import SLOTS
from gatelink import codes
from journal_history import CutFlash, History, cut_in, settle, told
from ram_flash import PowerCut, RamFlash

HOUSE = 5000
WAYS = 24  # in which one write is cut


def opened(flash, visits):
    """A journal that was wiped and has taken so many passages since, and what it holds."""
    journal = Journal(flash, 1)
    for number in range(1, visits + 1):
        journal.append(codes.REPORT_OPENING, number, codes.REASON_GREEN)
        journal.append(codes.REPORT_PASSED, number, 0)
    return journal


def passages(records):
    """(what, counter) of the openings and their outcomes, in order."""
    return [(record[1], record[3]) for record in records if record[3]]


def expected(visits):
    both = (codes.REPORT_OPENING, codes.REPORT_PASSED)
    return [(what, number) for number in range(1, visits + 1) for what in both]


def test_a_cut_in_any_write_of_the_numbering_loses_nothing_and_repeats_nothing():
    """In the middle of a block, at its end, at the beginning of the next; torn in every way."""
    for visits in (0, 1, 62, 63, 64, 130):
        cuts = []

        def cut(flash, block, offset, data, visits=visits, cuts=cuts):
            for seed in range(1, WAYS + 1):
                left = cut_in(flash, block, offset, data, seed)
                again = Journal(left, 1)
                again.passed(HOUSE)
                settle(again)
                records = told(again)
                assert [record[0] for record in records] == list(range(HOUSE + 1, HOUSE + 1 + len(records)))
                assert passages(records) == expected(visits)
                later = Journal(left, 1)
                later.passed(HOUSE + len(records))
                settle(later)
                assert [record[1] for record in told(later)] == [codes.REPORT_BOOTED]
            cuts.append(block)

        flash = CutFlash(5, lambda *_: None)
        journal = opened(flash, visits)
        journal.passed(HOUSE)
        flash.before = cut
        settle(journal)
        assert cuts


def test_after_it_no_committed_record_comes_back_however_far_the_house_had_come():
    flash = RamFlash(4)
    journal = opened(flash, 40)
    journal.passed(HOUSE)
    settle(journal)
    for taken in range(81):
        again = Journal(flash.copy(), 1)
        again.passed(HOUSE + taken)
        records = told(again)
        assert records[0][0] == HOUSE + taken + 1
        assert len(records) == 81 - taken + 1, "all that was not committed, and this start"


def test_a_house_that_is_ahead_once_more_is_followed_once_more():
    flash = RamFlash(4)
    journal = opened(flash, 5)
    ledger = HOUSE
    for ahead in (HOUSE, 2 * HOUSE, 2 * HOUSE + 3, 0x7FFFFFFF):
        ledger = max(ahead, ledger)
        journal.passed(ledger)
        settle(journal)
        records = told(journal)
        assert [record[0] for record in records] == list(range(ledger + 1, ledger + 1 + len(records)))
        ledger += len(records)
        journal = Journal(flash, 1)
    journal.passed(ledger)
    assert [record[:2] for record in told(journal)] == [(ledger + 1, codes.REPORT_BOOTED)]


def test_the_numbering_goes_on_when_its_record_is_long_erased():
    flash = RamFlash(3)
    journal = opened(flash, 3)
    journal.passed(HOUSE)
    settle(journal)
    for _ in range(8 * SLOTS):
        journal.append(codes.REPORT_WRONG_WAY, 0, 0)
        told(journal)
        journal.tidy()
    newest = journal.newest_index()
    again = Journal(flash, 1)
    again.passed(newest)
    assert [record[:2] for record in told(again)] == [(newest + 1, codes.REPORT_BOOTED)]


def test_a_journal_without_room_for_anything_else_is_numbered_anew():
    flash = RamFlash(3)
    journal = opened(flash, 0)
    taken = 0
    try:
        while True:
            journal.append(codes.REPORT_OPENING, taken + 1, codes.REASON_STAFF)
            taken += 1
            journal.append(codes.REPORT_PASSED, taken, 0)
    except JournalFull:
        pass
    while Journal(flash, 1).free() > NUMBERING_RESERVED:
        pass
    journal = Journal(flash, 1)
    assert not journal.ready(codes.REASON_STAFF)
    journal.passed(HOUSE)
    settle(journal)
    records = told(journal)
    assert [record[0] for record in records] == list(range(HOUSE + 1, HOUSE + 1 + len(records)))
    assert passages(records) == expected(taken)
    settle(journal)
    assert journal.ready(codes.REASON_STAFF)


def test_a_flash_that_does_not_write_keeps_the_numbering_waiting_and_is_not_worn_by_it():
    flash = RamFlash(4)
    journal = opened(flash, 2)
    whole, tried = flash.write, []

    def fails(block, offset, data):
        tried.append(offset)
        raise OSError(5)

    flash.write = fails
    journal.passed(HOUSE)
    for _ in range(1000):
        journal.tidy()
    assert journal.next_report() is None
    assert 0 < len(tried) < 20
    flash.write = whole
    for _ in range(1000):
        journal.tidy()
    assert [record[0] for record in told(journal)] == list(range(HOUSE + 1, HOUSE + 6))


def test_a_long_history_of_wiped_journals_cut_in_every_operation():
    for seed in (11, 12):
        print("seed", seed)
        history = History(seed, 4, wipes=True).run(500)
        assert history.cuts > 150


def test_a_power_cut_is_one():
    """The model does cut: what it tears is not always there."""
    flash = CutFlash(4, lambda *_: None)
    journal = opened(flash, 1)
    journal.passed(HOUSE)
    flash.cut_at = flash.operations + 1
    try:
        settle(journal)
    except PowerCut:
        assert Journal(flash.after_power_up(), 1).newest_index() < HOUSE
        return
    raise AssertionError("the numbering was not written")
