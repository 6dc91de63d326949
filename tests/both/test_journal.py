"""The journal: nothing recorded is lost, whatever moment the power fails in, and nothing committed comes back."""

from gate.journal import RECORDS, RESERVED, Journal, JournalBroken, JournalFull
from gatelink import codes
from ram_flash import PowerCut, RamFlash


def reports(journal, limit=10000):
    """What the gatehouse would be given, in order, if it commits each."""
    found = []
    report = journal.next_report()
    while report is not None and len(found) < limit:
        found.append(report)
        journal.passed(report.index)
        report = journal.next_report()
    return found


def test_records_come_out_in_order_and_only_until_they_are_committed():
    journal = Journal(RamFlash(4), 3)
    for counter in range(1, 11):
        journal.append(codes.REPORT_NOT_OPENED, counter, counter + 100)
    assert journal.waiting() == 11
    given = reports(journal)
    assert [report.index for report in given] == list(range(1, 12))
    assert (given[0].what, given[0].detail) == (codes.REPORT_BOOTED, 3)
    assert [report.counter for report in given[1:]] == list(range(1, 11))
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
    assert [report.index for report in reports(again)] == [4, 5, 6, 7]
    assert again.boot == journal.boot + 1


def test_an_opening_that_power_loss_left_without_outcome_is_reported_as_unknown():
    flash = RamFlash(4)
    journal = Journal(flash, 1)
    journal.append(codes.REPORT_OPENING, 7, codes.REASON_GREEN)
    given = reports(Journal(flash, 1))
    assert (given[-1].what, given[-1].boot, given[-1].counter) == (codes.REPORT_UNKNOWN, 1, 7)
    assert [report.what for report in reports(Journal(flash, 1))].count(codes.REPORT_UNKNOWN) == 1


def test_an_opening_with_its_outcome_is_not_unknown():
    flash = RamFlash(4)
    journal = Journal(flash, 1)
    journal.append(codes.REPORT_OPENING, 7, codes.REASON_GREEN)
    journal.append(codes.REPORT_PASSED, 7, 0)
    assert codes.REPORT_UNKNOWN not in [report.what for report in reports(Journal(flash, 1))]


def test_a_full_journal_refuses_openings_and_still_takes_the_outcomes_of_those_recorded():
    journal = Journal(RamFlash(2), 1)
    counter = 0
    try:
        while True:
            counter += 1
            journal.append(codes.REPORT_OPENING, counter, 0)
    except JournalFull:
        pass
    assert not journal.ready()
    assert counter > 2 * RECORDS - RESERVED - 3
    for outcome in range(1, RESERVED + 1):
        journal.append(codes.REPORT_PASSED, outcome, 0)
    try:
        journal.append(codes.REPORT_PASSED, 99, 0)
    except JournalFull:
        pass
    else:
        raise AssertionError("a record was written where none fits")
    journal.passed(journal._newest)
    assert journal.tidy()
    journal.append(codes.REPORT_OPENING, 1000, 0)


def test_a_ring_that_goes_round_many_times_keeps_order_and_erases_only_what_was_committed():
    flash = RamFlash(3)
    journal = Journal(flash, 1)
    told = []
    for counter in range(1, 1200):
        journal.append(codes.REPORT_NOT_OPENED, counter, 0)
        if counter % 50 == 0:
            told += [report.counter for report in reports(journal)][:]
            while journal.tidy():
                pass
        if counter % 333 == 0:
            cursor = journal.cursor
            journal = Journal(flash, 1)
            journal.passed(cursor)
    told += [report.counter for report in reports(journal)]
    assert [counter for counter in told if counter] == list(range(1, 1200))


def test_a_power_cut_at_every_single_write_and_erase_loses_nothing_acknowledged():
    for torn in (0, 1, 17, 31, 32):
        for cut_at in range(1, 330, 3):
            flash = RamFlash(2, cut_at, torn)
            acknowledged = []
            committed = []
            try:
                journal = Journal(flash, 1)
                for counter in range(1, 400):
                    journal.append(codes.REPORT_NOT_OPENED, counter, 0)
                    acknowledged.append(counter)
                    if counter % 40 == 0:
                        committed += [report.counter for report in reports(journal) if report.counter]
                        while journal.tidy():
                            pass
            except PowerCut:
                pass
            cursor = journal.cursor if acknowledged else 0
            again = Journal(flash.after_power_up(), 1)
            again.passed(cursor)
            after = [report.counter for report in reports(again) if report.what == codes.REPORT_NOT_OPENED]
            expected = [counter for counter in acknowledged if counter not in committed]
            # The record that was being written may or may not have made it; it was not acknowledged.
            assert after[: len(expected)] == expected, (torn, cut_at)
            assert len(after) <= len(expected) + 1, (torn, cut_at)
            again.append(codes.REPORT_OPENING, 5000, 0)


def test_boot_counts_never_repeat():
    flash = RamFlash(3)
    seen = []
    for _ in range(300):
        journal = Journal(flash, 1)
        seen.append(journal.boot)
        reports(journal)
        while journal.tidy():
            pass
    assert seen == list(range(1, 301))


def test_a_flash_that_keeps_nothing_is_noticed():
    flash = RamFlash(2)
    journal = Journal(flash, 1)
    flash.write = lambda block, offset, data: None
    try:
        journal.append(codes.REPORT_OPENING, 1, 0)
    except JournalBroken:
        return
    raise AssertionError("a lost record was taken for a durable one")


def test_garbage_in_the_partition_is_no_record():
    flash = RamFlash(3)
    for block in range(3):
        flash.memory[block][:] = bytes((7 * i + block) & 0xFF for i in range(4096))
    journal = Journal(flash, 1)
    assert reports(journal) == [] or [report.what for report in reports(journal)] == []
    journal.passed(0)
    while journal.tidy():
        pass
    again = Journal(flash, 1)
    again.append(codes.REPORT_OPENING, 1, 0)
    assert [report.what for report in reports(again)][-1] == codes.REPORT_OPENING


def test_a_gatehouse_that_is_ahead_never_makes_a_new_report_look_old():
    """The journal was wiped: what it holds since is told behind what the house has, each record once and in order."""
    for before in (0, 1, RECORDS - 2, RECORDS - 1, RECORDS, 2 * RECORDS + 5):
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
        found = reports(journal)
        assert [report.index for report in found] == list(range(5001, 5001 + len(expected))), before
        assert [(report.what, report.counter, report.at_s) for report in found] == expected
        while journal.tidy():
            pass
        again = Journal(flash, 1)
        again.passed(5000 + len(expected))
        assert [(report.index, report.what) for report in reports(again) if report.what != codes.REPORT_UNKNOWN] == [
            (5001 + len(expected), codes.REPORT_BOOTED)
        ]


def test_a_journal_too_full_to_be_numbered_anew_keeps_everything():
    journal = Journal(RamFlash(2), 1)
    while journal.ready():
        journal.append(codes.REPORT_WRONG_WAY, 0, 0)
    before = journal.waiting()
    journal.passed(5000)
    for _ in range(3):
        assert not journal.tidy()
    assert journal.waiting() == before
    assert not journal.ready()
