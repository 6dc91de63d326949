"""The journal: what the lane did, on a raw partition, until the gatehouse has committed it.

Records of 32 bytes are appended to a ring of erased blocks; a record counts when its checksum fits, a torn one is
skipped. Indices go up by one without a gap. A block is erased only when `tidy` is called and the cursor has passed
all of it, and never the one written last. What a flash that does not write costs is counted like what a full one costs,
and the end of what goes on is kept in memory and tried again before anything else is recorded.

Rule for a journal that fills up, because no gatehouse takes its records:

1. Until half of it is left, everything that happens has a record of its own.
2. From then on what needs no record of its own is counted: taps that ended without an opening, and people whom no
   opening belongs to. A REPORT_COUNTED says of what and how many. It is as durable as a record: each is one bit,
   cleared in slots that were set aside behind it.
3. The last STAFF_RESERVED slots are kept for members of staff (key switch, orders), fire, holds and starts. Openings
   for travellers are refused, and nothing is counted on the flash any more.
4. The last ENDS_RESERVED slots are kept for the ends of what goes on: whatever began can end in a record. The very
   last one is kept for the numbering, see below.
5. What then still happens is counted in memory, and a REPORT_COUNTED says it as soon as there is room again.

What was going on when the power went is ended at the next start: an opening by REPORT_UNKNOWN, a hold or a fire by its
record "over", for the lane starts without them. A lock goes on.

A gatehouse that has committed an index that this flash has not come to knows another journal: this one was wiped, or
is on a new chip. What it holds is then told behind that index, so that none of it is taken for old: indices on the
flash stay as they are, and one record of the kind NUMBERING says how much is added to all of them from now on.
"""

import binascii
import os
import struct

from gate.going_on import LASTING, GoingOn
from gate.ring import BLANK, CHECKED_BYTES, SLOT_BYTES, SLOTS, JournalBroken, JournalFull, Ring, whole
from gatelink import codes
from gatelink.gate_to_house import Report

NUMBERING = 0  # no report: counter is what the numbering adds
NUMBERING_RESERVED = 1
ENDS_RESERVED = 8
STAFF_RESERVED = 136  # 64 openings with their outcomes, and what is reserved for ends
LAYOUT = "<IBBHIII8x"  # index, what, slots that it takes, detail, boot, counter, at_s; then CRC-32 of these 28 bytes
# Boot counts from here on are drawn, not counted: the journal was too full to keep the count of that run.
DRAWN_BOOTS = 0x80000000
# Slots of a tally: the first of its kind is short, for what hardly ever happens.
TALLY_FIRST = 2
TALLY_SLOTS = 8
TALLIES_MAX = 8  # under way at a time
MISSED_MAX = 16  # kinds that are counted in memory
PAUSE = 200  # idle moments until a flash that did not write is tried again: each try costs a slot
NOTES = (codes.REPORT_PASSED, codes.REPORT_FOLLOWED, codes.REPORT_WRONG_WAY)


class Journal:
    """Mounted journal. `boot`: boot count of this run. `at_s`: Unix time for the next records, 0 = not known."""

    def __init__(self, flash: object, reset_cause: int) -> None:
        """Mount, and append what the start has to say; where there is no room it is owed until `tidy` finds some."""
        self._ring = Ring(flash)
        self._record = bytearray(SLOT_BYTES)
        self._newest, self._boots, boot, counter, self._offset, lasting = self._ring.carried
        self._going_on = GoingOn(boot, counter, lasting)
        # Kind -> [index, where its record lies, bits left, bits used] of each REPORT_COUNTED that still counts.
        self._tallies: "dict[int, list[object]]" = {}
        self._missed: "dict[int, int]" = {}
        self._scan()
        self._ring.ended(self._newest)
        self._read_at = self._ring.oldest(), 1
        self.cursor = 0
        self._ahead = 0  # the cursor of a gatehouse that knows more than this flash holds
        self._pause = 0
        self.at_s = 0
        self.boot = self._boots + 1
        self._owed = [(codes.REPORT_BOOTED, self.boot, 0, reset_cause)] + self._going_on.ends(self.boot)
        self._ring.make_room()
        if self.owing() and self._owed[0][0] == codes.REPORT_BOOTED:
            self.boot = DRAWN_BOOTS | int.from_bytes(os.urandom(4), "big")
            self._owed[0] = (codes.REPORT_BOOTED, self.boot, 0, reset_cause)

    # --- writing ------------------------------------------------------------------------------------------

    def append(self, what: int, counter: int, detail: int) -> None:
        """Make a record durable. JournalFull or JournalBroken if it is not."""
        try:
            if self._counts(what, counter):
                self._count(what, detail)
            else:
                self._want(1, self._reserve(what, counter, detail))
                self._append(what, self.boot, counter, detail)
        except (JournalFull, JournalBroken):
            end = what, self.boot, counter, detail
            if self._going_on.is_end(*end) and end not in self._owed:
                self._owed.append(end)
            else:
                self._miss(what, detail)
            raise

    def count(self, what: int, detail: int, many: int) -> None:
        """Record that something happened so many times. Without room it is counted in memory, as rule 5 says."""
        kind = counted(what, detail)
        self._missed[kind] = min(self._missed.get(kind, 0) + many, 0xFFFF)
        self.owing()

    def ready(self, reason: int = codes.REASON_GREEN) -> bool:
        """Whether an opening for this reason could be recorded."""
        return not self._owed and self._ring.free() > self._reserve(codes.REPORT_OPENING, 0, reason)

    def locked(self) -> bool:
        """Whether a lock of staff stands."""
        return self._going_on.goes_on(codes.REPORT_LOCKED)

    def free(self) -> int:
        """How many records fit without an erase."""
        return self._ring.free()

    def owing(self) -> bool:
        """Try to append the ends that are owed, the start's first, and what was missed; whether something is left."""
        try:
            while self._owed:
                if self._ring.free() <= NUMBERING_RESERVED:
                    return True
                self._append(*self._owed[0])
                self._owed.pop(0)
            for kind in list(self._missed):
                self._want(1, STAFF_RESERVED)
                self._append(codes.REPORT_COUNTED, self.boot, kind, self._missed[kind])
                del self._missed[kind]
        except JournalFull:
            return True
        except JournalBroken:
            self._pause = PAUSE
            return True
        return False

    def _reserve(self, what: int, counter: int, detail: int) -> int:
        """How many slots are not for this record."""
        if self._going_on.is_end(what, self.boot, counter, detail):
            return NUMBERING_RESERVED
        if what in LASTING or (what == codes.REPORT_OPENING and detail == codes.REASON_STAFF):
            return ENDS_RESERVED
        return STAFF_RESERVED

    def _want(self, slots: int, reserve: int) -> None:
        if self._owed or self._ring.free() < reserve + slots:
            raise JournalFull

    def _append(self, what: int, boot: int, counter: int, detail: int, slots: int = 1) -> "tuple[int, int]":
        """Where it lies."""
        at = self._put(what, boot, counter, detail, slots)
        self._newest += 1
        self._ring.ended(self._newest)
        self._note(what, boot, counter, detail)
        return at

    def _put(self, what: int, boot: int, counter: int, detail: int, slots: int) -> "tuple[int, int]":
        record = self._record
        struct.pack_into(LAYOUT, record, 0, self._newest + 1, what, slots, detail, boot, counter, self.at_s)
        struct.pack_into("<I", record, CHECKED_BYTES, binascii.crc32(memoryview(record)[:CHECKED_BYTES]))
        going_on = self._going_on
        carried = self._newest, self._boots, going_on.boot, going_on.counter, self._offset, going_on.lasting
        return self._ring.put(bytes(record), slots, carried)

    def _note(self, what: int, boot: int, counter: int, detail: int) -> None:
        if boot < DRAWN_BOOTS:
            self._boots = max(self._boots, boot)
        self._going_on.note(what, boot, counter, detail)

    # --- counting -----------------------------------------------------------------------------------------

    def _counts(self, what: int, counter: int) -> bool:
        """Whether this is counted now, see the rule."""
        if 2 * self._ring.free() > self._ring.capacity:
            return False
        if what == codes.REPORT_NOT_OPENED:
            return (self.boot, counter) != (self._going_on.boot, self._going_on.counter)
        return what in NOTES and counter == 0

    def _count(self, what: int, detail: int) -> None:
        kind = counted(what, detail)
        tally = self._tallies.get(kind)
        if tally is not None and tally[2]:
            self._ring.clear(tally[1], tally[3])
            tally[2] -= 1
            tally[3] += 1
            return
        slots = min(TALLY_FIRST if tally is None else TALLY_SLOTS, SLOTS - self._ring.slot or SLOTS - 1)
        self._want(slots, STAFF_RESERVED)
        if len(self._tallies) >= TALLIES_MAX:
            self._tallies.clear()
        at = self._append(codes.REPORT_COUNTED, self.boot, kind, 1, slots)
        self._tallies[kind] = [self._newest, at, (slots - 1) * SLOT_BYTES * 8, 0]

    def _miss(self, what: int, detail: int) -> None:
        """Count in memory what no record was possible of. An opening or a hold that is not recorded does not happen."""
        kind = counted(what, detail)
        happened = what != codes.REPORT_OPENING and (what != codes.REPORT_HELD or not detail)
        if happened and (kind in self._missed or len(self._missed) < MISSED_MAX):
            self._missed[kind] = min(self._missed.get(kind, 0) + 1, 0xFFFF)

    def _close(self, index: int) -> None:
        """A tally that the house may have seen counts no further."""
        for kind in list(self._tallies):
            if self._tallies[kind][0] <= index:
                del self._tallies[kind]

    # --- reading ------------------------------------------------------------------------------------------

    def newest_index(self) -> int:
        """Index of the record written last, 0 if there is none."""
        return self._newest + self._offset

    def waiting(self) -> int:
        """Records that the cursor has not passed."""
        return self._newest + self._offset - self.cursor

    def next_report(self) -> "Report | None":
        """The oldest record that the cursor has not passed; none while they wait for `tidy` to number them anew."""
        if self._ahead or self.waiting() <= 0:
            return None
        ring = self._ring
        passed = self.cursor - self._offset
        block, slot = self._read_at
        while (block, slot) != (ring.block, ring.slot):
            if slot >= SLOTS or not ring.is_used(block):
                if block == ring.block:
                    break
                block, slot = ring.after(block), 1
                continue
            fields = self._fields(block, slot)
            if fields is not None and fields[0] > passed and fields[1] != NUMBERING:
                self._read_at = block, slot
                self._close(fields[0])
                return self._report(fields, (block, slot))
            slot += 1 if fields is None else fields[2]
        self._read_at = block, slot
        return None

    def _report(self, fields: "tuple[int, ...]", at: "tuple[int, int]") -> Report:
        index, what, slots, detail, boot, counter, at_s = fields
        index += self._offset
        if what == codes.REPORT_COUNTED:
            return Report(index, what, 0, counter, detail + self._ring.cleared(at, slots - 1), at_s)
        # Which run it was says every record on flash; a report says it of taps and starts only.
        told = boot if counter or what == codes.REPORT_BOOTED else 0
        return Report(index, what, told, counter, detail, at_s)

    def passed(self, cursor: int) -> None:
        """The gatehouse has committed every report up to `cursor`."""
        if cursor > self.newest_index():
            self._ahead = max(self._ahead, cursor)
        elif not self._ahead:
            self.cursor = max(self.cursor, cursor)
            self._close(self.cursor - self._offset)

    def tidy(self) -> bool:
        """Erase one block that is done with; whether there was one. Blocks everything for one erase."""
        if self._pause:
            self._pause -= 1
        elif self._ahead:
            self._number_anew()
        block = self._ring.to_erase(self.cursor - self._offset)
        if block is None:
            if not self._pause:
                self.owing()
            return False
        self._ring.erase(block)
        if self._read_at[0] == block:
            self._read_at = self._ring.oldest(), 1
        return True

    def _number_anew(self) -> None:
        """Have what waits told behind `_ahead`. What another gatehouse has committed is not told to this one."""
        if not self._ring.free():
            return
        offset = self._ahead - max(0, self.cursor - self._offset)
        try:
            self._put(NUMBERING, 0, offset, 0, 1)
        except (JournalFull, JournalBroken):
            self._pause = PAUSE
        else:
            self._offset, self.cursor, self._ahead = offset, self._ahead, 0

    # --- mounting -----------------------------------------------------------------------------------------

    def _fields(self, block: int, slot: int) -> "tuple[int, ...] | None":
        """(index, what, slots, detail, boot, counter, at_s) of a whole record."""
        found = self._ring.read(block, slot)
        return struct.unpack_from(LAYOUT, found, 0) if whole(found) else None

    def _scan(self) -> None:
        """Find the end of the block begun last, and what was going on there."""
        ring = self._ring
        for block in ring.since:
            slot = ring.slot = 1
            while slot < SLOTS:
                fields = self._fields(block, slot)
                if fields is not None:
                    index, what, slots, detail, boot, counter, _ = fields
                    slot += slots
                    ring.slot = slot
                    if what == NUMBERING:
                        self._offset = counter
                    else:
                        self._newest = max(self._newest, index)
                        self._note(what, boot, counter, detail)
                    continue
                slot += 1
                if ring.read(block, slot - 1) != BLANK:
                    ring.slot = slot


def counted(what: int, detail: int) -> int:
    """The kind that a REPORT_COUNTED is of, as its counter says it."""
    return what + 256 * detail
