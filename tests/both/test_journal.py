"""The journal: records come out in order, once, until they are committed; a bad flash is noticed."""

from gate.journal import Journal, JournalBroken, JournalFull
from gate.ring import SLOTS
from gatelink import codes
from journal_history import told
from primitives import refused
from ram_flash import RamFlash


def test_records_come_out_in_order_and_only_until_they_are_committed():
    journal = Journal(RamFlash(4), 3)
    for counter in range(1, 11):
        journal.append(codes.REPORT_NOT_OPENED, counter, counter + 100)
    assert journal.waiting() == 11
    given = told(journal)
    assert [index for index, *_ in given] == list(range(1, 12))
    assert given[0] == (1, codes.REPORT_BOOTED, 1, 0, 3)
    assert [counter for _, _, _, counter, _ in given[1:]] == list(range(1, 11))
    assert journal.next_report() is None
    assert journal.waiting() == 0


def test_what_was_not_committed_is_told_again_after_a_restart():
    flash = RamFlash(4)
    journal = Journal(flash, 1)
    for counter in range(1, 6):
        journal.append(codes.REPORT_NOT_OPENED, counter, 0)
    journal.passed(3)
    again = Journal(flash, 1)
    again.passed(3)
    assert [record[0] for record in told(again)] == [4, 5, 6, 7]
    assert again.boot == journal.boot + 1


def test_an_opening_that_power_loss_left_without_outcome_is_reported_as_unknown_once():
    flash = RamFlash(4)
    Journal(flash, 1).append(codes.REPORT_OPENING, 7, codes.REASON_GREEN)
    assert told(Journal(flash, 1))[-1][1:4] == (codes.REPORT_UNKNOWN, 1, 7)
    assert [record[1] for record in told(Journal(flash, 1))].count(codes.REPORT_UNKNOWN) == 1


def test_an_opening_with_its_outcome_is_not_unknown():
    flash = RamFlash(4)
    journal = Journal(flash, 1)
    journal.append(codes.REPORT_OPENING, 7, codes.REASON_GREEN)
    journal.append(codes.REPORT_PASSED, 7, 0)
    assert codes.REPORT_UNKNOWN not in [record[1] for record in told(Journal(flash, 1))]


def test_another_cards_end_is_not_the_outcome_of_the_opening():
    flash = RamFlash(4)
    journal = Journal(flash, 1)
    journal.append(codes.REPORT_OPENING, 7, codes.REASON_GREEN)
    journal.append(codes.REPORT_NOT_OPENED, 8, codes.REASON_RED)
    journal.append(codes.REPORT_WRONG_WAY, 0, 0)
    assert told(Journal(flash, 1))[-1][1:4] == (codes.REPORT_UNKNOWN, 1, 7)


def test_a_lock_goes_on_over_a_power_cut_and_ends_with_its_record():
    flash = RamFlash(4)
    Journal(flash, 1).append(codes.REPORT_LOCKED, 0, 1)
    for boot in (2, 3):
        again = Journal(flash, 1)
        assert (again.boot, again.locked(), told(again)[-1][1]) == (boot, True, codes.REPORT_BOOTED)
    again.append(codes.REPORT_LOCKED, 0, 0)
    assert not again.locked()
    assert not Journal(flash, 1).locked()


def test_a_hold_and_a_fire_end_with_the_power():
    for what in (codes.REPORT_HELD, codes.REPORT_FIRE):
        flash = RamFlash(4)
        Journal(flash, 1).append(what, 0, 1)
        assert told(Journal(flash, 1))[-1] == (4, what, 0, 0, 0)
        assert told(Journal(flash, 1))[-1][1] == codes.REPORT_BOOTED


def test_what_goes_on_is_known_at_a_start_however_long_ago_it_began():
    flash = RamFlash(4)
    journal = Journal(flash, 1)
    journal.append(codes.REPORT_FIRE, 0, 1)
    journal.append(codes.REPORT_LOCKED, 0, 1)
    for _ in range(3 * SLOTS):
        journal.append(codes.REPORT_WRONG_WAY, 0, 0)
        told(journal)
        journal.tidy()
    again = Journal(flash, 1)
    again.passed(journal.cursor)
    assert [record[1] for record in told(again)] == [codes.REPORT_BOOTED, codes.REPORT_FIRE]
    assert again.locked()


def test_a_ring_that_goes_round_many_times_keeps_order_and_wears_every_block_the_same():
    flash = RamFlash(3)
    erased = [0] * 3
    erase = flash.erase

    def counting(block):
        erased[block] += 1
        erase(block)

    flash.erase = counting
    journal = Journal(flash, 1)
    given = []
    for counter in range(1, 1500):
        journal.append(codes.REPORT_OPENING, counter, 0)
        journal.append(codes.REPORT_PASSED, counter, 0)
        if counter % 25 == 0:
            given += told(journal)
            while journal.tidy():
                pass
        if counter % 333 == 0:
            cursor = journal.cursor
            journal = Journal(flash, 1)
            journal.passed(cursor)
    given += told(journal)
    taps = [record[3] for record in given if record[3]]
    assert taps == sorted(list(range(1, 1500)) * 2)
    assert max(erased) - min(erased) <= 1, erased
    assert min(erased) >= 6


def test_boot_counts_never_repeat():
    flash = RamFlash(3)
    seen = []
    for _ in range(300):
        journal = Journal(flash, 1)
        seen.append(journal.boot)
        told(journal)
        while journal.tidy():
            pass
    assert seen == list(range(1, 301))


def test_the_boot_count_goes_on_when_its_record_is_long_erased():
    flash = RamFlash(4)
    Journal(flash, 1)
    journal = Journal(flash, 1)
    for _ in range(8 * SLOTS):
        journal.append(codes.REPORT_WRONG_WAY, 0, 0)
        told(journal)
        journal.tidy()

    assert Journal(flash, 1).boot == 3


def test_a_flash_that_keeps_nothing_is_noticed():
    flash = RamFlash(2)
    journal = Journal(flash, 1)
    flash.write = lambda block, offset, data: None
    assert refused(journal.append, codes.REPORT_OPENING, 1, 0, error=JournalBroken)


def test_a_record_that_flash_did_not_keep_leaves_no_gap_and_no_trace():
    flash = RamFlash(4)
    journal = Journal(flash, 1)
    flash.stuck = (0, 2 * 32 + 16)
    assert refused(journal.append, codes.REPORT_OPENING, 1, 0, error=JournalBroken)
    flash.stuck = None
    journal.append(codes.REPORT_OPENING, 2, 0)

    assert [record[:1] + record[3:4] for record in told(Journal(flash, 1))] == [(1, 0), (2, 2), (3, 0), (4, 2)]


def test_a_block_that_does_not_come_clean_is_left_out_and_the_others_serve():
    for offset in (0, 5):  # its mark, or what it begins with
        flash = RamFlash(4)
        journal = Journal(flash, 1)
        flash.stuck = (2, offset)
        broken = 0
        given = told(journal)
        for counter in range(1, 5 * SLOTS):
            try:
                journal.append(codes.REPORT_WRONG_WAY, 0, 0)
            except JournalBroken:
                broken += 1
            given += told(journal)
            journal.tidy()
        assert [record[0] for record in given] == list(range(1, len(given) + 1))
        counted = sum(record[4] for record in given if record[1] == codes.REPORT_COUNTED)
        own = [record[1] for record in given].count(codes.REPORT_WRONG_WAY)
        assert own + counted == 5 * SLOTS - 1, "what a block did not keep is counted"
        assert broken <= 2, broken
        again = Journal(flash, 1)
        again.passed(journal.cursor)
        assert [record[1] for record in told(again)] == [codes.REPORT_BOOTED]


def test_garbage_in_the_partition_is_no_record():
    flash = RamFlash(3)
    for block in range(3):
        flash.memory[block][:] = bytes((7 * i + block) & 0xFF for i in range(4096))
    journal = Journal(flash, 1)
    assert [record[1] for record in told(journal)] == [codes.REPORT_BOOTED]
    while journal.tidy():
        pass
    again = Journal(flash, 1)
    again.append(codes.REPORT_OPENING, 1, 0)
    assert told(again)[-1][1] == codes.REPORT_OPENING


def test_a_gatehouse_that_is_ahead_never_makes_a_new_report_look_old():
    """The journal was wiped: what it holds since is told behind what the house has, each record once and in order."""
    for before in (0, 1, SLOTS - 3, SLOTS - 2, SLOTS - 1, 2 * SLOTS + 5):
        flash = RamFlash(8)
        journal = Journal(flash, 1)
        journal.at_s = 1_700_000_000
        expected = [(codes.REPORT_BOOTED, 0, 0)]
        for number in range(before):
            what = codes.REPORT_PASSED if number % 2 else codes.REPORT_OPENING
            journal.append(what, number // 2 + 1, 0)
            expected.append((what, number // 2 + 1, 1_700_000_000))
        journal.passed(5000)
        journal.passed(4999)
        assert journal.next_report() is None
        assert journal.waiting() == before + 1
        journal.at_s = 1_800_000_000
        journal.tidy()
        journal.append(codes.REPORT_WRONG_WAY, 0, 0)
        expected.append((codes.REPORT_WRONG_WAY, 0, 1_800_000_000))
        found = []
        while journal.next_report() is not None:
            found.append(journal.next_report())
            journal.passed(found[-1].index)
        assert [report.index for report in found] == list(range(5001, 5001 + len(expected))), before
        assert [(report.what, report.counter, report.at_s) for report in found] == expected
        while journal.tidy():
            pass
        again = Journal(flash, 1)
        again.passed(5000 + len(expected))
        assert [record[:2] for record in told(again) if record[1] != codes.REPORT_UNKNOWN] == [
            (5001 + len(expected), codes.REPORT_BOOTED)
        ]


def test_what_was_counted_is_numbered_anew_with_its_count():
    journal = Journal(RamFlash(8), 1)
    for tap in range(2000):
        journal.append(codes.REPORT_NOT_OPENED, tap + 1, codes.REASON_HOST_AWAY)
    journal.passed(301)  # the start, and 300 taps
    journal.passed(5000)
    journal.tidy()
    found = told(journal)
    assert found[0][0] == 5001
    counted = sum(record[4] for record in found if record[1] == codes.REPORT_COUNTED)
    assert counted + [record[1] for record in found].count(codes.REPORT_NOT_OPENED) == 1700


def test_a_journal_too_full_to_be_numbered_anew_keeps_everything():
    journal = Journal(RamFlash(4), 1)
    counter = 1
    while journal.ready():
        journal.append(codes.REPORT_OPENING, counter, 0)
        journal.append(codes.REPORT_PASSED, counter, 0)
        counter += 1
    before = journal.waiting()
    journal.passed(5000)
    for _ in range(3):
        assert not journal.tidy()
    assert journal.waiting() == before
    assert not journal.ready()


def test_a_full_journal_takes_no_opening_until_the_house_has_caught_up():
    journal = Journal(RamFlash(4), 1)
    counter = 1
    while not refused(journal.append, codes.REPORT_OPENING, counter, codes.REASON_GREEN, error=JournalFull):
        journal.append(codes.REPORT_PASSED, counter, 0)
        counter += 1
    assert not journal.ready()
    assert not journal.tidy()
    assert len(told(journal)) == 2 * counter - 1
    assert journal.tidy()
    assert journal.ready()
    journal.append(codes.REPORT_OPENING, 1000, codes.REASON_GREEN)
