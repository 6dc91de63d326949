"""Keys and journal on one chip, over enrolments and sessions: a power cut anywhere leaves both of the same gate."""

from gate.journal import Journal, JournalFull
from gate.keyslots import BLOCKS, KeySlots
from gatelink import codes
from journal_history import CutFlash, cut_in, told
from ram_flash import Noise

JOURNAL_BLOCKS = 3
STEPS = 120


def key(number):
    """32 bytes that stand for key number `number`."""
    return bytes([number & 0xFF, number >> 8]) * 16


class Chip:
    """`enrolled`: (identity, count, chain key) as acknowledged; `next`: the same while it is being changed."""

    def __init__(self, seed):
        self.seed = seed
        self.noise = Noise(seed)
        self.keys = CutFlash(BLOCKS, self.before)
        self.records = CutFlash(JOURNAL_BLOCKS, self.before)
        self.cuts = 0
        self.enrolled = self.next = None
        self.used = []  # chain keys that nobody may ever find again
        self.boots = {}  # chain key -> boot counts of the runs that sealed under it
        self.promised = 0  # the newest index that a host was told of before it made keys
        self.ledger = []
        self.kept = []

    def before(self, flash, block, offset, data):
        """Cut the power in this operation, in a copy of the whole chip, and look at what starts there."""
        self.cuts += 1
        say = "seed %d, cut %d" % (self.seed, self.cuts)
        left = {id(one): one.copy() for one in (self.keys, self.records)}
        left[id(flash)] = cut_in(flash, block, offset, data, self.cuts)
        keys = KeySlots(left[id(self.keys)]).load()
        found = None if keys is None else (keys.identity, keys.count, bytes(keys.chain_key))
        assert found in (self.enrolled, self.next), "%s: keys of neither the one nor the other" % say
        for old in self.used:
            gone = not left[id(self.keys)].holds(old)
            assert gone or old in (self.enrolled or ()), "%s: a used key is still there" % say
        journal = Journal(left[id(self.records)], 1)
        if found is not None:
            assert journal.boot not in self.boots.get(found[2], ()), "%s: a nonce could come twice" % say
        assert journal.newest_index() >= self.promised, "%s: an index comes again" % say
        journal.passed(len(self.ledger))
        entries = self.ledger + told(journal)
        assert [entry[0] for entry in entries] == list(range(1, len(entries) + 1)), "%s: a gap" % say
        openings = [entry[3] for entry in entries if entry[1] == codes.REPORT_OPENING]
        assert openings[: len(self.kept)] == self.kept, "%s: an opening was lost" % say

    def run(self):
        for number in range(1, STEPS):
            dice = self.noise.below(12)
            if dice == 0 or self.enrolled is None:
                self.enrol(number)
            elif dice < 5:
                self.session(number)
            else:
                self.serve(number)
        return self

    def start(self):
        slots, journal = KeySlots(self.keys), Journal(self.records, 1)
        slots.load()
        journal.passed(len(self.ledger))
        return slots, journal

    def enrol(self, number):
        """In service mode: the journal is mounted first, so that each opening has its outcome under the old keys."""
        slots, journal = self.start()
        self.promised = journal.newest_index()
        self.next = b"gate%04d" % number, 0, key(number)
        slots.enrol(self.next[0], key(9000 + number), self.next[2])
        if self.enrolled is not None:
            self.used.append(self.enrolled[2])
        self.enrolled = self.next

    def session(self, number):
        """A handshake steps the chain key."""
        slots, journal = self.start()
        self.boots.setdefault(self.enrolled[2], []).append(journal.boot)
        identity, count, old = self.enrolled
        self.next = identity, count + 1, key(1000 + number)
        slots.store(count + 1, self.next[2])
        self.used.append(old)
        self.enrolled = self.next

    def serve(self, number):
        """A few passages; the house takes what there is."""
        _, journal = self.start()
        for tap in range(3):
            try:
                journal.append(codes.REPORT_OPENING, 10 * number + tap, codes.REASON_GREEN)
            except JournalFull:
                break
            self.kept.append(10 * number + tap)
            journal.append(codes.REPORT_PASSED, 10 * number + tap, 0)
        for entry in told(journal):
            self.ledger.append(entry)
        journal.passed(len(self.ledger))
        journal.tidy()


def test_a_cut_in_any_operation_leaves_one_gate_with_all_its_records():
    for seed in (1, 2):
        print("seed", seed)
        chip = Chip(seed).run()
        assert chip.cuts > 3 * STEPS
        assert chip.records.erases > 2
