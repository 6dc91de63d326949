"""The rule for a journal that fills up: what is counted, what is refused, what there is always room for."""

from gate.going_on import LASTING
from gate.journal import DRAWN_BOOTS, ENDS_RESERVED, NUMBERING_RESERVED, STAFF_RESERVED, Journal, JournalFull, counted
from gate.ring import SLOTS
from gatelink import codes
from journal_history import told
from primitives import refused
from ram_flash import RamFlash

BLOCKS = 4
CHIP_BLOCKS = 32
SHIFT_TAPS = 6 * 60 * 40  # six hours at 40 a minute
SHIFTS = 28  # of a week
GREEN, STAFF, AWAY = codes.REASON_GREEN, codes.REASON_STAFF, codes.REASON_HOST_AWAY


def is_full(journal, *record):
    """Whether it takes this record no more."""
    return refused(journal.append, *record, error=JournalFull)


def refuse_taps(journal, taps, reason=AWAY):
    """So many travellers sent to staff; how many of them the journal took."""
    for tap in range(1, taps + 1):
        if is_full(journal, codes.REPORT_NOT_OPENED, tap, reason):
            return tap - 1
    return taps


def filled(flash, reason=GREEN):
    """A journal that takes no opening for this reason any more, and how many it took."""
    journal = Journal(flash, 1)
    counter = 1
    while not is_full(journal, codes.REPORT_OPENING, counter, reason):
        journal.append(codes.REPORT_PASSED, counter, 0)
        counter += 1
    return journal, counter - 1


def sums(records):
    """(what, detail) -> how often it happened."""
    found = {}
    for _, what, _, counter, detail in records:
        kind, many = ((counter & 0xFF, counter >> 8), detail) if what == codes.REPORT_COUNTED else ((what, detail), 1)
        found[kind] = found.get(kind, 0) + many
    return found


def test_a_week_of_taps_without_a_house_fits():
    """Durable one by one, the last as the first. The whole week is counted out by `make bench`."""
    flash = RamFlash(CHIP_BLOCKS)
    journal = Journal(flash, 1)
    own = CHIP_BLOCKS * (SLOTS - 1) // 2
    assert refuse_taps(journal, own) == own
    room = journal.free() - STAFF_RESERVED
    assert refuse_taps(journal, SHIFT_TAPS) == SHIFT_TAPS
    taken = room - (journal.free() - STAFF_RESERVED)

    assert SHIFTS * taken < room
    again = Journal(flash, 1)
    assert sums(told(again))[codes.REPORT_NOT_OPENED, AWAY] == own + SHIFT_TAPS


def test_until_half_is_left_every_tap_has_a_record_of_its_own():
    journal = Journal(RamFlash(BLOCKS), 1)
    refuse_taps(journal, BLOCKS * (SLOTS - 1) // 2 - 1)

    assert codes.REPORT_COUNTED not in [record[1] for record in told(journal)]


def test_what_is_counted_keeps_its_kind():
    journal = Journal(RamFlash(BLOCKS), 1)
    own = BLOCKS * (SLOTS - 1) // 2
    refuse_taps(journal, own)
    for _ in range(300):
        journal.append(codes.REPORT_NOT_OPENED, 900, codes.REASON_RED)
        journal.append(codes.REPORT_WRONG_WAY, 0, 0)
        journal.append(codes.REPORT_PASSED, 0, 0)
    found = sums(told(journal))

    assert found[codes.REPORT_NOT_OPENED, codes.REASON_RED] == 300
    assert found[codes.REPORT_WRONG_WAY, 0] == found[codes.REPORT_PASSED, 0] == 300
    assert found[codes.REPORT_NOT_OPENED, AWAY] == own


def test_a_count_that_the_house_may_have_seen_counts_no_further():
    journal = Journal(RamFlash(BLOCKS), 1)
    refuse_taps(journal, BLOCKS * (SLOTS - 1) // 2 + 40)
    while journal.next_report().what != codes.REPORT_COUNTED:
        journal.passed(journal.cursor + 1)
    seen = journal.next_report()
    refuse_taps(journal, 10)
    again = journal.next_report()

    assert (again.index, again.detail, again.counter) == (
        seen.index,
        seen.detail,
        counted(codes.REPORT_NOT_OPENED, AWAY),
    )
    journal.passed(seen.index)
    assert sum(record[4] for record in told(journal) if record[1] == codes.REPORT_COUNTED) == 10


def test_openings_and_outcomes_are_never_counted():
    journal, openings = filled(RamFlash(BLOCKS))
    records = told(journal)

    assert [record[1] for record in records].count(codes.REPORT_OPENING) == openings
    assert [record[1] for record in records].count(codes.REPORT_PASSED) == openings


def test_the_key_switch_opens_long_after_travellers_are_is_full():
    journal, _ = filled(RamFlash(BLOCKS))
    assert not journal.ready()
    assert journal.ready(STAFF)
    for counter in range(1, (STAFF_RESERVED - ENDS_RESERVED) // 2 + 1):
        journal.append(codes.REPORT_OPENING, 1000 + counter, STAFF)
        journal.append(codes.REPORT_PASSED, 1000 + counter, 0)

    assert not journal.ready(STAFF)
    assert is_full(journal, codes.REPORT_OPENING, 2000, STAFF)


def test_whatever_began_can_end_in_a_record():
    for what in LASTING:
        journal, _ = filled(RamFlash(BLOCKS))
        journal.append(what, 0, 1)
        filled_up = 0
        while not is_full(journal, codes.REPORT_OPENING, 3000 + filled_up, STAFF):
            filled_up += 1  # openings without outcome, which a lane does not do
        journal.append(codes.REPORT_PASSED, 3000 + filled_up - 1, 0)
        journal.append(what, 0, 0)
        assert is_full(journal, what, 0, 1)


def test_what_no_room_was_left_for_is_told_as_a_count_when_there_is():
    journal, _ = filled(RamFlash(BLOCKS), STAFF)
    for _ in range(5):
        assert is_full(journal, codes.REPORT_FIRE, 0, 1)
        assert is_full(journal, codes.REPORT_FIRE, 0, 0)
        assert is_full(journal, codes.REPORT_NOT_OPENED, 7, AWAY)
    told(journal)
    while journal.tidy():
        pass
    assert sums(told(journal)) == {
        (codes.REPORT_FIRE, 1): 5,
        (codes.REPORT_FIRE, 0): 5,
        (codes.REPORT_NOT_OPENED, AWAY): 5,
    }


def test_a_start_with_a_full_journal_says_later_what_it_has_to_say():
    flash = RamFlash(BLOCKS)
    journal, _ = filled(flash, STAFF)
    while journal.free() > NUMBERING_RESERVED:
        Journal(flash, 1)
        journal = Journal(flash, 1)
    first, second = Journal(flash, 1), Journal(flash, 1)

    assert not first.ready(STAFF)
    assert is_full(first, codes.REPORT_PASSED, 1, 0)
    assert first.boot >= DRAWN_BOOTS
    assert first.boot != second.boot
    assert len(told(second)) == BLOCKS * (SLOTS - 1) - NUMBERING_RESERVED
    assert second.tidy()
    assert is_full(second, codes.REPORT_OPENING, 1, GREEN)
    while second.tidy():
        pass
    assert second.ready()
    assert told(second)[0][1:3] == (codes.REPORT_BOOTED, second.boot)
    assert Journal(flash, 1).boot < DRAWN_BOOTS
