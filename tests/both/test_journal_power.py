"""The journal over many power cuts, with a house that follows: one ledger, no gap, no opening without its outcome."""

from gate.journal import DRAWN_BOOTS, RECORDS, RESERVED, Journal, JournalBroken, JournalFull
from gatelink import codes
from ram_flash import Noise, PowerCut, RamFlash

BLOCKS = 4
CUTS = 6


def told(journal):
    """Every record that waits, taken by a house that commits each at once."""
    found = []
    report = journal.next_report()
    while report is not None:
        found.append((report.index, report.what, report.boot, report.counter, report.detail))
        journal.passed(report.index)
        report = journal.next_report()
    return found


def refused(journal, error, *record):
    try:
        journal.append(*record)
    except error:
        return True
    return False


def full_journal(flash):
    """A journal without room for one more outcome."""
    journal = Journal(flash, 1)
    counter = 1
    while not refused(journal, JournalFull, codes.REPORT_OPENING, counter, 0):
        counter += 1
    for _ in range(RESERVED):
        journal.append(codes.REPORT_NOT_OPENED, counter, 0)
    return journal


def test_a_hold_a_lock_and_a_fire_end_with_the_power():
    for what in (codes.REPORT_HELD, codes.REPORT_LOCKED, codes.REPORT_FIRE):
        flash = RamFlash(BLOCKS)
        Journal(flash, 1).append(what, 0, 1)
        assert told(Journal(flash, 1))[-1] == (4, what, 0, 0, 0)
        assert told(Journal(flash, 1))[-1][1] == codes.REPORT_BOOTED


def test_a_full_journal_tells_every_record_that_it_holds():
    journal = full_journal(RamFlash(BLOCKS))

    assert refused(journal, JournalFull, codes.REPORT_FIRE, 0, 1)
    assert not journal.tidy()
    assert len(told(journal)) == BLOCKS * RECORDS


def test_a_start_with_a_full_journal_says_later_what_it_has_to_say():
    flash = RamFlash(BLOCKS)
    full_journal(flash)
    first, second = Journal(flash, 1), Journal(flash, 1)

    assert not first.ready()
    assert refused(first, JournalFull, codes.REPORT_PASSED, 1, 0)
    assert first.boot >= DRAWN_BOOTS
    assert first.boot != second.boot
    assert len(told(second)) == BLOCKS * RECORDS
    assert second.tidy()
    assert refused(second, JournalFull, codes.REPORT_OPENING, 1, 0)
    while second.tidy():
        pass
    assert second.ready()
    assert told(second)[0][1:3] == (codes.REPORT_BOOTED, second.boot)
    assert Journal(flash, 1).boot == 2


def test_the_boot_count_goes_on_when_its_record_is_long_erased():
    flash = RamFlash(BLOCKS)
    Journal(flash, 1)
    journal = Journal(flash, 1)
    for _ in range(2 * BLOCKS * RECORDS):
        journal.append(codes.REPORT_WRONG_WAY, 0, 0)
        told(journal)
        journal.tidy()

    assert Journal(flash, 1).boot == 3


def test_a_record_that_flash_did_not_keep_leaves_no_gap_and_no_trace():
    flash = RamFlash(BLOCKS)
    journal = Journal(flash, 1)
    flash.stuck = (0, 32 + 16)
    assert refused(journal, JournalBroken, codes.REPORT_OPENING, 1, 0)
    flash.stuck = None
    journal.append(codes.REPORT_OPENING, 2, 0)

    assert [record[:1] + record[3:4] for record in told(Journal(flash, 1))] == [(1, 0), (2, 2), (3, 0), (4, 2)]


class Run:
    """A gate that appends, reports and tidies at random, on flash whose power fails; a house that follows."""

    def __init__(self, seed):
        self.seed = seed
        self.noise = Noise(seed)
        self.flash = RamFlash(BLOCKS, seed=seed)
        self.kept = []  # what append acknowledged, in order
        self.ledger = []  # what the house has committed
        self.boots = []
        self.taps = 0
        self.open = None

    def live(self, operations):
        """From one power-up until the power fails in that many writes and erases."""
        self.open = None
        self.flash.cut_at = self.flash.operations + operations
        try:
            journal = Journal(self.flash, 1)
            self.boots.append(journal.boot)
            journal.passed(len(self.ledger))
            while True:
                self.step(journal)
        except PowerCut:
            return

    def step(self, journal):
        dice = self.noise.below(10)
        if dice < 4:
            self.append(journal)
        elif dice < 9:
            report = journal.next_report()
            if report is not None:
                self.ledger.append((report.index, report.what, report.boot, report.counter))
                journal.passed(report.index)
        else:
            journal.tidy()

    def append(self, journal):
        if self.open is None:
            self.taps += 1
            what, counter = codes.REPORT_OPENING, self.taps
        else:
            what, counter = codes.REPORT_PASSED, self.open
        try:
            journal.append(what, counter, 0)
        except JournalFull:
            return
        self.open = counter if what == codes.REPORT_OPENING else None
        self.kept.append((what, journal.boot, counter))

    def judge(self):
        """Let the house take the rest, and compare its ledger with what was acknowledged."""
        journal = Journal(self.flash.after_power_up(), 1)
        journal.passed(len(self.ledger))
        self.ledger += [entry[:4] for entry in told(journal)]
        say = "seed %d" % self.seed
        assert [entry[0] for entry in self.ledger] == list(range(1, len(self.ledger) + 1)), say
        taps = [entry[1:] for entry in self.ledger if entry[1] in (codes.REPORT_OPENING, codes.REPORT_PASSED)]
        at = -1
        for record in self.kept:
            assert record in taps, "%s: a record was lost" % say
            assert taps.index(record) > at, "%s: out of order" % say
            at = taps.index(record)
        # A record whose write the power failed in may have made it; it was not acknowledged.
        assert len(taps) - len(self.kept) <= CUTS, say
        ends = [entry[2:] for entry in self.ledger if entry[1] in (codes.REPORT_PASSED, codes.REPORT_UNKNOWN)]
        for entry in self.ledger:
            if entry[1] == codes.REPORT_OPENING:
                assert ends.count(entry[2:]) == 1, "%s: an opening has not exactly one outcome" % say
        assert self.boots == sorted(set(self.boots)), "%s: a boot count came twice" % say


def test_power_cuts_at_any_write_lose_nothing_and_bring_nothing_back():
    for seed in range(1, 41):
        run = Run(seed)
        for _ in range(CUTS):
            run.live(1 + run.noise.below(220))
        run.judge()
