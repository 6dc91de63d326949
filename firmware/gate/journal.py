"""The journal: what the lane did, on a raw partition, until the gatehouse has committed it.

Records of 32 bytes are appended to a ring of erased blocks. A record counts when its checksum fits; a torn one is
skipped. A block is erased only at idle, only when the cursor has passed all of it, and never the one written last.

Rule for a full journal: the last RESERVED records are kept for outcomes, so an opening is refused while every
opening already recorded can still get its outcome.
"""

import binascii
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
OUTCOMES = (
    codes.REPORT_PASSED,
    codes.REPORT_TURNED_BACK,
    codes.REPORT_NOBODY_CAME,
    codes.REPORT_FOLLOWED,
    codes.REPORT_UNKNOWN,
    codes.REPORT_NOT_OPENED,
)


class JournalFull(Exception):
    """No room is left; the record was not written."""


class JournalBroken(Exception):
    """The flash did not keep what was written."""


class Journal:
    """Mounted journal. `boot`: boot count of this run. Call `tidy` when nothing is going on."""

    def __init__(self, flash: object, reset_cause: int) -> None:
        """Mount, append BOOTED, and REPORT_UNKNOWN for an opening that power loss left without outcome."""
        self._flash = flash
        self._record = bytearray(RECORD_BYTES)
        self._last_index = [0] * flash.blocks  # highest index in each block, 0 = none
        self._dirty = [False] * flash.blocks  # holds something that is not erased
        self._ends = [0] * flash.blocks  # first slot behind everything in a block, torn records included
        self._open_tap = (0, 0)
        self._newest = 0
        self._boots = 0
        self._block = 0
        self._slot = 0
        self._scan()
        self.cursor = 0
        self._read_at = self._oldest_block(), 0
        self.boot = self._boots + 1
        self.at_s = 0
        try:
            self._append(codes.REPORT_BOOTED, self.boot, 0, reset_cause)
            if self._open_tap[1]:
                self._append(codes.REPORT_UNKNOWN, self._open_tap[0], self._open_tap[1], 0)
        except JournalFull:
            # The lane stays shut while the journal is full; the next start tries again.
            return

    # --- writing ------------------------------------------------------------------------------------------

    def append(self, what: int, counter: int, detail: int) -> None:
        """Make a record durable. JournalFull or JournalBroken if it is not."""
        if what not in OUTCOMES and self.free() <= RESERVED:
            raise JournalFull
        self._append(what, self.boot if counter else 0, counter, detail)

    def free(self) -> int:
        """How many records fit without an erase."""
        blank = sum(1 for dirty in self._dirty if not dirty)
        return RECORDS - self._slot + (blank - (not self._dirty[self._block])) * RECORDS

    def full(self) -> bool:
        """Whether an opening would be refused."""
        return self.free() <= RESERVED

    def _append(self, what: int, boot: int, counter: int, detail: int) -> None:
        if self._slot >= RECORDS:
            following = (self._block + 1) % self._flash.blocks
            if self._last_index[following] or self._ends[following] >= RECORDS:
                raise JournalFull
            self._block, self._slot = following, self._ends[following]
        struct.pack_into(LAYOUT, self._record, 0, self._newest + 1, what, detail, boot, counter, self.at_s)
        struct.pack_into("<I", self._record, BODY_BYTES, binascii.crc32(bytes(self._record[:BODY_BYTES])))
        written = bytes(self._record)
        block, slot = self._block, self._slot
        self._slot += 1
        self._ends[block] = self._slot
        self._dirty[block] = True
        self._flash.write(block, slot * RECORD_BYTES, written)
        self._flash.read(block, slot * RECORD_BYTES, self._record)
        if self._record != written:
            raise JournalBroken
        self._newest += 1
        self._last_index[block] = self._newest

    # --- reading ------------------------------------------------------------------------------------------

    def waiting(self) -> int:
        """Records that the cursor has not passed."""
        return self._newest - self.cursor

    def next_report(self) -> "Report | None":
        """The oldest record that the cursor has not passed."""
        block, slot = self._read_at
        while (block, slot) != (self._block, self._slot):
            if slot >= RECORDS:
                if block == self._block:
                    return None
                block, slot = (block + 1) % self._flash.blocks, 0
                continue
            fields = self._fields(block, slot)
            if fields is not None and fields[0] > self.cursor:
                self._read_at = block, slot
                index, what, detail, boot, counter, at_s = fields
                return Report(index, what, boot, counter, detail, at_s)
            slot += 1
        self._read_at = block, slot
        return None

    def passed(self, cursor: int) -> None:
        """The gatehouse has committed every report up to `cursor`."""
        self.cursor = max(self.cursor, cursor)
        # A gatehouse that knows more than this flash holds must never take a new report for an old one.
        self._newest = max(self._newest, cursor)

    def tidy(self) -> bool:
        """Erase one block that is done with; whether there was one. Blocks everything for one erase."""
        for block in range(self._flash.blocks):
            if block != self._block and self._dirty[block] and self._last_index[block] <= self.cursor:
                self._flash.erase(block)
                self._dirty[block] = False
                self._ends[block] = 0
                self._last_index[block] = 0
                if self._read_at[0] == block:
                    self._read_at = self._oldest_block(), 0
                return True
        return False

    # --- mounting -----------------------------------------------------------------------------------------

    def _fields(self, block: int, slot: int) -> "tuple[int, ...] | None":
        """(index, what, detail, boot, counter, at_s) of a whole record."""
        self._flash.read(block, slot * RECORD_BYTES, self._record)
        if struct.unpack_from("<I", self._record, BODY_BYTES)[0] != binascii.crc32(bytes(self._record[:BODY_BYTES])):
            return None
        return struct.unpack_from(LAYOUT, self._record, 0)

    def _scan(self) -> None:
        for block in self._in_order():
            for slot in range(RECORDS):
                fields = self._fields(block, slot)
                if fields is None:
                    if self._record != BLANK:
                        self._dirty[block] = True
                        self._ends[block] = slot + 1
                    continue
                self._dirty[block] = True
                self._ends[block] = slot + 1
                self._note(block, fields)
        self._slot = self._ends[self._block]

    def _in_order(self) -> "list[int]":
        """Blocks in the order in which they were written, by the first whole record of each."""
        firsts = []
        for block in range(self._flash.blocks):
            first = 0
            for slot in range(RECORDS):
                fields = self._fields(block, slot)
                if fields is not None:
                    first = fields[0]
                    break
                if self._record == BLANK:
                    break
            firsts.append((first, block))
        return [block for _, block in sorted(firsts)]

    def _note(self, block: int, fields: "tuple[int, ...]") -> None:
        index, what, _, boot, counter, _ = fields
        self._last_index[block] = max(self._last_index[block], index)
        if index >= self._newest:
            self._newest, self._block = index, block
        if what == codes.REPORT_BOOTED:
            self._boots = max(self._boots, boot)
        elif what == codes.REPORT_OPENING:
            self._open_tap = boot, counter
        elif what in OUTCOMES and (boot, counter) == self._open_tap:
            self._open_tap = 0, 0

    def _oldest_block(self) -> int:
        """The block after the one written last that still holds records: where reading starts."""
        for step in range(1, self._flash.blocks + 1):
            block = (self._block + step) % self._flash.blocks
            if self._last_index[block]:
                return block
        return self._block
