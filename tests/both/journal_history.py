"""A long random history of a journal, and a judge of what each power cut in it leaves behind.

Before every single write and erase the flash is copied, the power fails in that operation in the copy, and a gate
starts on it. So one history stands for as many power cuts as it has flash operations.

    PYTHONPATH=firmware:firmware/lib python tests/both/journal_history.py FIRST_SEED SEEDS STEPS
    (on MicroPython: MICROPYPATH=tests/both:firmware:firmware/lib:.frozen, -X heapsize=4m)

plays so many histories of so many steps and says how many cuts each has survived.
"""

import sys

from gate.going_on import ENDED_BY_A_START, LASTING
from gate.journal import DRAWN_BOOTS, Journal, JournalFull
from gate.ring import SLOTS
from gatelink import codes
from ram_flash import Noise, PowerCut, RamFlash

REASONS = (codes.REASON_HOST_AWAY, codes.REASON_RED, codes.REASON_CARD_UNREADABLE)
# What a start may read and erase: a head of each block, each slot of the last block twice, each of one that has no
# whole head; one erase.
MOUNT_ERASES = 1
STRANGE_STEPS = 60


def mount_reads(blocks):
    return blocks + 3 * SLOTS + 16


def told(journal):
    """(index, what, boot, counter, detail) of all that waits, taken by a house that commits each at once."""
    found = []
    report = journal.next_report()
    while report is not None:
        found.append((report.index, report.what, report.boot, report.counter, report.detail))
        journal.passed(report.index)
        report = journal.next_report()
    return found


class CutFlash(RamFlash):
    """Calls `before(self, block, offset, data)` ahead of each write, and of each erase with data None."""

    def __init__(self, blocks, before):
        super().__init__(blocks)
        self.before = before

    def write(self, block, offset, data):
        self.before(self, block, offset, data)
        super().write(block, offset, data)

    def erase(self, block):
        self.before(self, block, 0, None)
        super().erase(block)


def cut_in(flash, block, offset, data, seed):
    """A copy of the flash in which the power failed in this write, or erase: any part of it has happened."""
    copy = flash.copy()
    torn = RamFlash(copy.blocks, 1, seed=seed)
    torn.memory, torn.weak = copy.memory, copy.weak
    try:
        torn.erase(block) if data is None else torn.write(block, offset, data)
    except PowerCut:
        pass
    return copy


class Tale:
    """What is known from outside: what append acknowledged, what a house has committed, which boots there were."""

    def __init__(self):
        self.kept = []  # (what, counter, detail), in order
        self.missed = {}  # (what, detail): how often there was no room; the gate may say so later
        self.ledger = []  # what `told` gives
        self.boots = []
        self.wiped = set()  # openings whose outcome went with a journal that was wiped
        self.in_flight = None  # the record whose append has not come back

    def judge(self, journal, say):
        """A gate has started on what a cut left. AssertionError if a promise is broken."""
        journal.passed(len(self.ledger))
        settle(journal)
        waiting = journal.waiting()
        rest = told(journal)
        entries = self.ledger + rest
        assert [entry[0] for entry in entries] == list(range(1, len(entries) + 1)), "%s: a gap" % say
        assert len(rest) == waiting, "%s: %d wait, %d come" % (say, waiting, len(rest))
        assert journal.boot >= DRAWN_BOOTS or journal.boot not in self.boots, "%s: a boot count twice" % say
        self.judge_order(entries, say)
        self.judge_counts(entries, say)
        self.judge_outcomes(entries, say)

    def judge_order(self, entries, say):
        """Openings and their outcomes, in order, nothing but the one in flight beside them."""
        single = (codes.REPORT_OPENING, codes.REPORT_PASSED)
        given = [(entry[1], entry[3]) for entry in entries if entry[1] in single and entry[3]]
        kept = [(what, counter) for what, counter, _ in self.kept if what in single and counter]
        extra = given[len(kept) :]
        assert given[: len(kept)] == kept, "%s: an opening or its outcome was lost" % say
        assert extra in ([], [self.in_flight and self.in_flight[:2]]), "%s: %r came from nowhere" % (say, extra)

    def judge_counts(self, entries, say):
        """All else as often as it happened, each in a record of its own or counted."""
        found, due = {}, {}
        for _, what, _, counter, detail in entries:
            if what == codes.REPORT_COUNTED:
                kind, many = (counter & 0xFF, counter >> 8), detail
            else:
                kind, many = (what, detail), 1
            found[kind] = found.get(kind, 0) + many
        for what, _, detail in self.kept:
            due[what, detail] = due.get((what, detail), 0) + 1
        for kind, times in due.items():
            more = found.get(kind, 0) - times
            over = kind[0] in ENDED_BY_A_START and kind[1] == 0  # a start ends what was going on
            flying = self.in_flight is not None and kind == (self.in_flight[0], self.in_flight[2])
            assert more >= 0, "%s: %d of %r were lost" % (say, -more, kind)
            assert over or more <= flying + self.missed.get(kind, 0), "%s: %d of %r came from nowhere" % (
                say,
                more,
                kind,
            )

    def judge_outcomes(self, entries, say):
        """Each opening has exactly one outcome."""
        outcomes = (codes.REPORT_PASSED, codes.REPORT_UNKNOWN)
        ends = {}
        for entry in entries:
            if entry[1] in outcomes and entry[3]:
                ends[entry[2:4]] = ends.get(entry[2:4], 0) + 1
        for entry in entries:
            if entry[1] == codes.REPORT_OPENING:
                one = ends.get(entry[2:4], 0) + (entry[2:4] in self.wiped)
                assert one == 1, "%s: an opening has not exactly one outcome" % say

    def wipe(self):
        """The journal is wiped, and what the ledger does not hold is gone with it."""
        self.kept, self.missed, self.boots = [], {}, []
        for _, what, boot, counter, detail in self.ledger:
            if what == codes.REPORT_COUNTED:
                self.kept += [(counter & 0xFF, 1, counter >> 8)] * detail
            elif what not in (codes.REPORT_BOOTED, codes.REPORT_UNKNOWN):
                self.kept.append((what, counter, detail))
            if what == codes.REPORT_OPENING:
                self.wiped.add((boot, counter))
            elif counter:
                self.wiped.discard((boot, counter))


class History:
    """A gate that lives through `steps` random steps; every `each`th flash operation is cut short in a copy.

    wipes: whether its journal is wiped now and then, so that the house knows more than the flash.
    """

    def __init__(self, seed, blocks, each=1, wipes=False):
        self.seed = seed
        self.noise = Noise(seed)
        self.tale = Tale()
        self.each = each
        self.wipes = wipes
        self.flash = CutFlash(blocks, self.before)
        self.cuts = 0
        self.operations = 0
        self.counter = 0
        self.open = 0
        self.lasting = [False] * len(LASTING)
        self.away = 0  # steps until the house is back
        self.journal = None
        self.strange = False  # the house has not seen this flash

    def run(self, steps):
        self.start()
        for _ in range(steps):
            self.step()
        return self

    def before(self, flash, block, offset, data):
        self.operations += 1
        if self.operations % self.each:
            return
        self.cuts += 1
        say = "seed %d, operation %d" % (self.seed, self.operations)
        left = cut_in(flash, block, offset, data, self.operations)
        again = left.copy()
        journal = Journal(left, 1)
        if self.tale.boots:  # the very first start looks at every slot
            assert left.reads <= mount_reads(left.blocks), "%s: %d reads" % (say, left.reads)
        assert left.erases <= MOUNT_ERASES, "%s: %d erases" % (say, left.erases)
        self.tale.judge(journal, say)
        # Once more, with a second cut somewhere in that start.
        again.cut_at = 1 + self.operations % 4
        again._noise = Noise(self.operations)
        try:
            Journal(again, 1)
        except PowerCut:
            again = again.after_power_up()
        again.cut_at = 0
        self.tale.judge(Journal(again, 1), say + ", and again")

    # --- the gate -----------------------------------------------------------------------------------------

    def start(self):
        self.tale.in_flight = None
        self.journal = Journal(self.flash, 1)
        self.tale.boots.append(self.journal.boot)
        # What was going on is ended by the start, a lock apart.
        self.open = 0
        self.lasting = [self.journal._going_on.goes_on(what) and what not in ENDED_BY_A_START for what in LASTING]

    def step(self):
        dice = self.noise.below(100)
        if dice == 0 and self.noise.below(16) == 0 and not self.strange:
            self.away = 50 + self.noise.below(2000)
        if dice == 1 and self.wipes and len(self.tale.ledger) > 2 * STRANGE_STEPS:
            self.wipe()
        self.away = max(0, self.away - 1)
        if dice < 60:
            self.happen()
        elif dice < 90 and not self.away:
            self.house_takes(1 + self.noise.below(4))
        elif dice < 99:
            self.journal.tidy()
        elif self.noise.below(4) == 0 and not self.journal.owing():
            self.start()

    def wipe(self):
        """Another flash, the same house, which comes back late, but before that flash holds more than it has."""
        self.tale.wipe()
        self.flash = CutFlash(self.flash.blocks, self.before)
        self.away = self.noise.below(STRANGE_STEPS)
        self.strange = True
        self.start()

    def happen(self):
        dice = self.noise.below(10)
        if self.open:
            if self.append(codes.REPORT_PASSED, self.open, 0):
                self.open = 0
        elif dice < 3:
            self.counter += 1
            reason = codes.REASON_STAFF if dice == 0 else codes.REASON_GREEN
            if self.append(codes.REPORT_OPENING, self.counter, reason):
                self.open = self.counter
        elif dice < 8:
            self.counter += 1
            self.append(codes.REPORT_NOT_OPENED, self.counter, REASONS[self.noise.below(3)])
        elif dice < 9:
            self.append(codes.REPORT_WRONG_WAY, 0, 0)
        else:
            kind = self.noise.below(len(LASTING))
            if self.append(LASTING[kind], 0, int(not self.lasting[kind])):
                self.lasting[kind] = not self.lasting[kind]

    def append(self, *record):
        self.tale.in_flight = record
        try:
            self.journal.append(*record)
        except JournalFull:
            kind = record[0], record[2]
            self.tale.missed[kind] = self.tale.missed.get(kind, 0) + 1
            return False
        finally:
            self.tale.in_flight = None
        self.tale.kept.append(record)
        return True

    def house_takes(self, reports):
        self.journal.passed(len(self.tale.ledger))
        self.strange = False
        for _ in range(reports):
            report = self.journal.next_report()
            if report is None:
                return
            self.tale.ledger.append((report.index, report.what, report.boot, report.counter, report.detail))
            self.journal.passed(report.index)


def settle(journal):
    """Its idle moments: a start whose record found no room has said it, and what waits has its numbers."""
    while journal.tidy():
        pass


if __name__ == "__main__":
    first, seeds, steps = [int(word) for word in sys.argv[1:4]]
    for seed in range(first, first + seeds):
        found = History(seed, 3 + seed % 4, wipes=seed % 2 == 0).run(steps)
        counts = sum(entry[4] for entry in found.tale.ledger if entry[1] == codes.REPORT_COUNTED)
        numbers = seed, found.cuts, found.flash.erases, len(found.tale.kept), counts
        print("seed %d: %d cuts, %d erases, %d records kept, %d counted: nothing lost" % numbers)
