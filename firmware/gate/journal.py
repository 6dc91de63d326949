"""The journal: what the lane did, on a raw partition, until the gatehouse has committed it.

Records of 32 bytes are appended to a ring of erased blocks; a record counts when its checksum fits, a torn one is
skipped. Indices go up by one without a gap. A block is erased only when `tidy` is called and the cursor has passed
all of it, and never the one written last.

Rule for a full journal: the last RESERVED records are kept for outcomes, so an opening is refused while every
opening already recorded can still get its outcome.

What was going on when the power went is ended at the next start: an opening by REPORT_UNKNOWN, a hold, a lock or a
fire by its record "over", for the lane starts without them.

A gatehouse that has committed an index that this flash has not come to knows another journal: this one was wiped, or
is on a new chip. What it holds is then written again behind that index, so that none of it is taken for old.
"""

import binascii
import os
import struct

from gatelink import codes
from gatelink.gate_to_house import Report

RECORD_BYTES = 32
BLOCK_BYTES = 4096
RECORDS = BLOCK_BYTES // RECORD_BYTES
RESERVED = 8
LAYOUT = "<IBxHIII8x"  # index, what, detail, boot, counter, at_s; then CRC-32 of these 28 bytes
BODY_BYTES = RECORD_BYTES - 4
BLANK = b"\xff" * RECORD_BYTES
ZEROS = bytes(RECORD_BYTES)
LASTING = (codes.REPORT_HELD, codes.REPORT_LOCKED, codes.REPORT_FIRE)  # detail 1 begins, 0 ends
# Boot counts from here on are drawn, not counted: the journal was too full to keep the count of that run.
DRAWN_BOOTS = 0x80000000


class JournalFull(Exception):
    """No room is left; the record was not written."""


class JournalBroken(Exception):
    """The flash did not keep what was written."""


class Journal:
    """Mounted journal. `boot`: boot count of this run. `at_s`: Unix time for the next records, 0 = not known."""

    def __init__(self, flash: object, reset_cause: int) -> None:
        """Mount, and append what the start has to say; where there is no room it is owed until `tidy` finds some."""
        self._flash = flash
        self._record = bytearray(RECORD_BYTES)
        self._last_index = [0] * flash.blocks  # highest index in each block, 0 = none
        self._blank = [True] * flash.blocks
        # Before the first record: as if the last block were full, so that writing begins in block 0.
        self._newest = 0
        self._block = flash.blocks - 1
        self._slot = RECORDS
        boots = self._scan()
        self._read_at = self._oldest_block(), 0
        self.cursor = 0
        self._ahead = 0  # the cursor of a gatehouse that knows more than this flash holds
        self.at_s = 0
        self.boot = boots + 1
        self._owed.insert(0, (codes.REPORT_BOOTED, self.boot, 0, reset_cause))
        following = self._after(self._block)
        if self._slot >= RECORDS and not self._blank[following] and not self._last_index[following]:
            self._erase(following)  # the power went in its first record
        if self.owing():
            self.boot = DRAWN_BOOTS | int.from_bytes(os.urandom(4), "big")
            self._owed[0] = (codes.REPORT_BOOTED, self.boot, 0, reset_cause)

    # --- writing ------------------------------------------------------------------------------------------

    def append(self, what: int, counter: int, detail: int) -> None:
        """Make a record durable. JournalFull or JournalBroken if it is not."""
        if self._owed or (what not in codes.OUTCOMES and self.free() <= RESERVED):
            raise JournalFull
        self._append(what, self.boot, counter, detail, self.at_s)

    def free(self) -> int:
        """How many records fit without an erase."""
        room = RECORDS - self._slot
        block = self._after(self._block)
        while self._blank[block] and block != self._block:
            room += RECORDS
            block = self._after(block)
        return room

    def ready(self) -> bool:
        """Whether an opening could be recorded."""
        return not self._owed and self.free() > RESERVED

    def owing(self) -> bool:
        """Try to append what the start still has to say; whether something is left."""
        try:
            while self._owed:
                self._append(*self._owed[0], self.at_s)
                self._owed.pop(0)
        except (JournalFull, JournalBroken):
            return True
        return False

    def _append(self, what: int, boot: int, counter: int, detail: int, at_s: int) -> None:
        if self._slot >= RECORDS:
            following = self._after(self._block)
            if not self._blank[following]:
                raise JournalFull
            self._block, self._slot = following, 0
        struct.pack_into(LAYOUT, self._record, 0, self._newest + 1, what, detail, boot, counter, at_s)
        struct.pack_into("<I", self._record, BODY_BYTES, binascii.crc32(memoryview(self._record)[:BODY_BYTES]))
        written = bytes(self._record)
        block, at = self._block, self._slot * RECORD_BYTES
        self._slot += 1
        self._blank[block] = False
        self._flash.write(block, at, written)
        self._flash.read(block, at, self._record)
        if self._record != written:
            # Nobody may meet later what was called not written.
            self._flash.write(block, at, ZEROS)
            raise JournalBroken
        self._newest += 1
        self._last_index[block] = self._newest

    # --- reading ------------------------------------------------------------------------------------------

    def newest_index(self) -> int:
        """Index of the record written last, 0 if there is none."""
        return self._newest

    def waiting(self) -> int:
        """Records that the cursor has not passed."""
        return self._newest - self.cursor

    def next_report(self) -> "Report | None":
        """The oldest record that the cursor has not passed; none while they wait for `tidy` to number them anew."""
        if self._ahead or self.cursor >= self._newest:
            return None
        block, slot = self._read_at
        while (block, slot) != (self._block, self._slot):
            if slot >= RECORDS:
                if block == self._block:
                    break
                block, slot = self._after(block), 0
                continue
            fields = self._fields(block, slot)
            if fields is not None and fields[0] > self.cursor:
                self._read_at = block, slot
                index, what, detail, boot, counter, at_s = fields
                # Which run it was says every record on flash; a report says it of taps and starts only.
                told = boot if counter or what == codes.REPORT_BOOTED else 0
                return Report(index, what, told, counter, detail, at_s)
            slot += 1
        self._read_at = block, slot
        return None

    def passed(self, cursor: int) -> None:
        """The gatehouse has committed every report up to `cursor`."""
        if cursor > self._newest:
            self._ahead = max(self._ahead, cursor)
        elif not self._ahead:
            self.cursor = max(self.cursor, cursor)

    def tidy(self) -> bool:
        """Erase one block that is done with; whether there was one. Blocks everything for one erase.

        Where the count was lost, it first writes again what the cursor has not passed, all at once: some 2 ms each.
        """
        if self._ahead:
            self._number_anew()
        block = self._after(self._block)
        while self._blank[block] and block != self._block:
            block = self._after(block)
        if block == self._block or self._last_index[block] > self.cursor:
            self.owing()
            return False
        self._erase(block)
        if self._read_at[0] == block:
            self._read_at = self._oldest_block(), 0
        return True

    def _number_anew(self) -> None:
        """Write every record that waits again, behind `_ahead`; nothing if they do not fit, and they keep waiting."""
        if self.waiting() > self.free():
            return
        block, slot = self._read_at
        end, last = (self._block, self._slot), self._newest
        passed, self._newest = self.cursor, self._ahead
        try:
            while (block, slot) != end:
                if slot >= RECORDS:
                    block, slot = self._after(block), 0
                    continue
                fields = self._fields(block, slot)
                if fields is not None and passed < fields[0] <= last:
                    _, what, detail, boot, counter, at_s = fields
                    self._append(what, boot, counter, detail, at_s)
                slot += 1
        finally:
            self._read_at = end
            self.cursor, self._ahead = self._ahead, 0

    def _erase(self, block: int) -> None:
        self._flash.erase(block)
        self._blank[block] = True
        self._last_index[block] = 0

    def _after(self, block: int) -> int:
        return (block + 1) % self._flash.blocks

    # --- mounting -----------------------------------------------------------------------------------------

    def _fields(self, block: int, slot: int) -> "tuple[int, ...] | None":
        """(index, what, detail, boot, counter, at_s) of a whole record; the raw bytes stay in `_record`."""
        self._flash.read(block, slot * RECORD_BYTES, self._record)
        checksum = binascii.crc32(memoryview(self._record)[:BODY_BYTES])
        if struct.unpack_from("<I", self._record, BODY_BYTES)[0] != checksum:
            return None
        return struct.unpack_from(LAYOUT, self._record, 0)

    def _scan(self) -> int:
        """Find the end of the ring and what was going on there; the highest boot count ever written."""
        boots = 0
        going_on = _GoingOn()
        for block in range(self._flash.blocks):
            end = 0
            for slot in range(RECORDS):
                fields = self._fields(block, slot)
                if self._record != BLANK:
                    end = slot + 1
                if fields is None:
                    continue
                index, what, detail, boot, counter, _ = fields
                self._last_index[block] = max(self._last_index[block], index)
                if boot < DRAWN_BOOTS:
                    boots = max(boots, boot)
                going_on.note(index, what, detail, boot, counter)
            self._blank[block] = end == 0
            if self._last_index[block] > self._newest:
                self._newest, self._block, self._slot = self._last_index[block], block, end
        self._owed = going_on.ends(boots + 1)
        return boots

    def _oldest_block(self) -> int:
        """Where reading starts: the first block after the one written last that still holds records."""
        block = self._after(self._block)
        while not self._last_index[block] and block != self._block:
            block = self._after(block)
        # An empty journal begins behind its last block.
        return block if self._last_index[block] else self._after(block)


class _GoingOn:
    """What had begun and not ended when the power went, from records in any order."""

    def __init__(self) -> None:
        self._opening = (0, 0, 0)  # index, boot, counter of the newest
        self._outcome = 0  # index of the newest
        self._begun = [0] * len(LASTING)
        self._ended = [0] * len(LASTING)

    def note(self, index: int, what: int, detail: int, boot: int, counter: int) -> None:
        """Take one record."""
        if what == codes.REPORT_OPENING:
            if index > self._opening[0]:
                self._opening = index, boot, counter
        elif what in codes.OUTCOMES:
            self._outcome = max(self._outcome, index)
        elif what in LASTING:
            newest = self._begun if detail else self._ended
            kind = LASTING.index(what)
            newest[kind] = max(newest[kind], index)

    def ends(self, boot: int) -> "list[tuple[int, int, int, int]]":
        """(what, boot, counter, detail) of the records that end it."""
        lasting = range(len(LASTING))
        found = [(LASTING[kind], boot, 0, 0) for kind in lasting if self._begun[kind] > self._ended[kind]]
        if self._opening[0] > self._outcome:
            found.insert(0, (codes.REPORT_UNKNOWN, self._opening[1], self._opening[2], 0))
        return found
