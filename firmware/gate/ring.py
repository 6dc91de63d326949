"""A ring of erase blocks on a raw partition: written slot by slot, erased block by block, each as often as the others.

Slot 0 of a block is its head: a mark, written when an erase has ended, and what the block begins with, written when
its first record comes. A block without a mark is erased before anything is written to it, whatever it seems to hold:
cells whose erase the power failed in read one way today and another way tomorrow.

A block whose head is lost is erased like any other, when all in it has been passed, or by a start that finds no other
room.
"""

import binascii
import struct

BLOCK_BYTES = 4096
SLOT_BYTES = 32
SLOTS = BLOCK_BYTES // SLOT_BYTES
CHECKED_BYTES = SLOT_BYTES - 4  # of a record, which begins with its index; behind them their CRC-32
BLANK = b"\xff" * SLOT_BYTES
ZEROS = bytes(SLOT_BYTES)
MARK = b"GJ3\n"
CARRIED = 6
LASTINGS = 8  # the last number carried is below this
HEAD_LAYOUT = "<6I"  # number of the block * LASTINGS + the last number carried, the other ones; then CRC-32

# States of a block.
CLEAN = 0
DIRTY = 1
BAD = 2  # does not keep what is written; left out until the next start tries it again
USED = 3
HEADLESS = 4  # used, but its head is lost


class JournalFull(Exception):
    """No room is left; the record was not written."""


class JournalBroken(Exception):
    """The flash did not keep what was written."""


class Ring:
    """`flash` has blocks, read(block, offset, buffer), write(block, offset, data) and erase(block).

    block, slot: where the next slot is written, SLOTS if the block is full. capacity: slots in all. carried: what the
    newest whole head says, zeros if there is none; since: the blocks from that one to the one begun last.
    """

    def __init__(self, flash: object) -> None:
        self._flash = flash
        self._slot_bytes = bytearray(SLOT_BYTES)
        self.capacity = flash.blocks * (SLOTS - 1)
        self._ahead = 0
        self._doubtful: "tuple[int, int] | None" = None  # may hold a record that was called not written
        from gate import mount  # not kept loaded: it serves the start alone

        self._state, self._last, self._number, self.carried, self.since = mount.mount(flash, self.read)
        # Before the first record: as if the last block were full, so that writing begins in block 0.
        self.block, self.slot = (self.since[-1], 1) if self.since else (flash.blocks - 1, SLOTS)
        self._count_ahead()

    # --- writing ------------------------------------------------------------------------------------------

    def free(self) -> int:
        """How many slots can be written without an erase."""
        return SLOTS - self.slot + self._ahead * (SLOTS - 1)

    def put(self, record: bytes, slots: int, carried: "tuple[int, ...]") -> "tuple[int, int]":
        """Write a slot, and leave `slots` - 1 behind it blank; where it lies. `slots` fit into the block.

        carried: CARRIED numbers for the head, if a block begins with it; the first is the newest index so far.
        JournalFull or JournalBroken, and it counts as never written.
        """
        self._undo()
        if self.slot >= SLOTS:
            self._begin(carried)
        at = self._doubtful = self.block, self.slot
        self.slot += 1
        if not self._kept(at[0], at[1] * SLOT_BYTES, record):
            self._undo()
            raise JournalBroken
        self._doubtful = None
        self.slot += slots - 1
        return at

    def _undo(self) -> None:
        """Nobody may meet later what was called not written, or take its index for another record's."""
        if self._doubtful is not None:
            block, slot = self._doubtful
            try:
                self._flash.write(block, slot * SLOT_BYTES, ZEROS)
            except OSError:
                raise JournalBroken
            self._doubtful = None

    def clear(self, at: "tuple[int, int]", bit: int) -> None:
        """Clear one bit of the blank slots behind the slot `at`. JournalBroken if the flash does not keep that."""
        offset = (at[1] + 1) * SLOT_BYTES + bit // 8
        if not self._kept(at[0], offset, bytes(((0xFE << bit % 8) & 0xFF,))):
            raise JournalBroken

    def _begin(self, carried: "tuple[int, ...]") -> None:
        following = self.after(self.block)
        if self._state[following] != CLEAN:
            raise JournalFull
        self._number += 1
        body = struct.pack(HEAD_LAYOUT, self._number * LASTINGS + carried[-1], *carried[:-1])
        if not self._kept(following, len(MARK), body + struct.pack("<I", binascii.crc32(body))):
            self._state[following] = BAD
            self._count_ahead()
            raise JournalBroken
        self._state[following] = USED
        self.block, self.slot = following, 1
        self._count_ahead()

    def _kept(self, block: int, offset: int, data: bytes) -> bool:
        found = bytearray(len(data))  # before the write: without memory nothing is written
        try:
            self._flash.write(block, offset, data)
            self._flash.read(block, offset, found)
        except OSError:
            return False
        return found == data

    # --- reading ------------------------------------------------------------------------------------------

    def read(self, block: int, slot: int) -> bytearray:
        """The bytes of a slot; they last until the next call of anything."""
        self._flash.read(block, slot * SLOT_BYTES, self._slot_bytes)
        return self._slot_bytes

    def cleared(self, at: "tuple[int, int]", slots: int) -> int:
        """How many bits are cleared in the `slots` slots behind the slot `at`."""
        count = 0
        for slot in range(at[1] + 1, at[1] + 1 + slots):
            for byte in self.read(at[0], slot):
                if byte == 0:
                    count += 8
                else:
                    missing = byte ^ 0xFF
                    while missing:
                        missing &= missing - 1
                        count += 1
        return count

    def after(self, block: int) -> int:
        """The block that follows."""
        following = (block + 1) % self._flash.blocks
        while self._state[following] == BAD and following != block:
            following = (following + 1) % self._flash.blocks
        return following

    def oldest(self) -> int:
        """The block in which reading begins; the one that is begun next, if none ever was."""
        block = self.after(self.block)
        while self._state[block] < USED and block != self.block:
            block = self.after(block)
        return block if self._state[block] >= USED else self.after(block)

    def is_used(self, block: int) -> bool:
        """Whether records may lie in it."""
        return self._state[block] >= USED

    # --- erasing ------------------------------------------------------------------------------------------

    def ended(self, newest: int) -> None:
        """The newest index is now this one: the last in the block begun last."""
        self._last[self.block] = newest

    def to_erase(self, cursor: int) -> "int | None":
        """The next block, if it has to be erased and everything in it has been passed by `cursor`."""
        block = self.after(self.block)
        while self._state[block] == CLEAN and block != self.block:
            block = self.after(block)
        if block == self.block or (self._state[block] >= USED and self._last[block] > cursor):
            return None
        return block

    def make_room(self) -> None:
        """For a start that finds no room: erase a block that the power has failed in the erase of, or in its head."""
        following = self.after(self.block)
        if self.slot >= SLOTS and following != self.block and self._state[following] in (DIRTY, HEADLESS):
            self.erase(following)

    def erase(self, block: int) -> None:
        """Erase a block and mark it. Blocks everything for one erase."""
        self._state[block] = BAD
        try:
            self._flash.erase(block)
            if self._kept(block, 0, MARK):
                self._state[block] = CLEAN
        except OSError:
            pass  # left out like one that does not keep its mark
        self._count_ahead()

    def _count_ahead(self) -> None:
        self._ahead = 0
        block = self.after(self.block)
        while self._state[block] == CLEAN and self._ahead < self._flash.blocks:
            self._ahead += 1
            block = self.after(block)


def whole(slot: bytearray, begin: int = 0) -> bool:
    """Whether the checksum of a slot fits what lies before it, from `begin` on."""
    return struct.unpack_from("<I", slot, CHECKED_BYTES)[0] == binascii.crc32(memoryview(slot)[begin:CHECKED_BYTES])
