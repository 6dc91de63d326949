"""A ring of erase blocks on a raw partition: written slot by slot, erased block by block, each as often as the others.

Slot 0 of a block is its head: a mark, written when an erase has ended, and what the block begins with, written when
its first record comes. A block without a mark is erased before anything is written to it, whatever it seems to hold:
cells whose erase the power failed in read one way today and another way tomorrow.

A mount reads the heads, and behind them only the block begun last, so it costs the same however much waits.
"""

import binascii
import struct

BLOCK_BYTES = 4096
SLOT_BYTES = 32
SLOTS = BLOCK_BYTES // SLOT_BYTES
BLANK = b"\xff" * SLOT_BYTES
ZEROS = bytes(SLOT_BYTES)
MARK = b"GJ2\n"
CARRIED = 5
HEAD_LAYOUT = "<6I"  # number of the block, what is carried; then CRC-32, behind the mark
HEAD_BODY_BYTES = 24

CLEAN = 0
USED = 1
DIRTY = 2
BAD = 3  # does not keep what is written; left out until the next start tries it again


class JournalFull(Exception):
    """No room is left; the record was not written."""


class JournalBroken(Exception):
    """The flash did not keep what was written."""


class Ring:
    """`flash` has blocks, read(block, offset, buffer), write(block, offset, data) and erase(block).

    block, slot: where the next slot is written, SLOTS if the block is full. capacity: slots in all. carried: what the
    head of the block begun last says, zeros if none was ever begun.
    """

    def __init__(self, flash: object) -> None:
        self._flash = flash
        self._slot_bytes = bytearray(SLOT_BYTES)
        self._state = bytearray(flash.blocks)
        self._last = [0] * flash.blocks
        self.capacity = flash.blocks * (SLOTS - 1)
        self._number = 0
        self._ahead = 0
        # Before the first record: as if the last block were full, so that writing begins in block 0.
        self.block = flash.blocks - 1
        self.slot = SLOTS
        self.carried = (0,) * CARRIED
        self._mount()

    # --- writing ------------------------------------------------------------------------------------------

    def free(self) -> int:
        """How many slots can be written without an erase."""
        return SLOTS - self.slot + self._ahead * (SLOTS - 1)

    def put(self, record: bytes, slots: int, carried: "tuple[int, ...]") -> "tuple[int, int]":
        """Write a slot, and leave `slots` - 1 behind it blank; where it lies. `slots` fit into the block.

        carried: CARRIED numbers for the head, if a block begins with it; the first is the newest index so far.
        JournalFull or JournalBroken, and it counts as never written.
        """
        if self.slot >= SLOTS:
            self._begin(carried)
        at = self.block, self.slot
        self.slot += 1
        if not self._kept(at[0], at[1] * SLOT_BYTES, record):
            # Nobody may meet later what was called not written.
            self._flash.write(at[0], at[1] * SLOT_BYTES, ZEROS)
            raise JournalBroken
        self.slot += slots - 1
        return at

    def clear(self, at: "tuple[int, int]", bit: int) -> None:
        """Clear one bit of the blank slots behind the slot `at`. JournalBroken if the flash does not keep that."""
        offset = (at[1] + 1) * SLOT_BYTES + bit // 8
        if not self._kept(at[0], offset, bytes(((0xFE << bit % 8) & 0xFF,))):
            raise JournalBroken

    def _begin(self, carried: "tuple[int, ...]") -> None:
        following = self.after(self.block)
        if self._state[following] != CLEAN:
            raise JournalFull
        body = struct.pack(HEAD_LAYOUT, self._number + 1, *carried)
        if not self._kept(following, len(MARK), body + struct.pack("<I", binascii.crc32(body))):
            self._state[following] = BAD
            self._count_ahead()
            raise JournalBroken
        self._number += 1
        self._state[following] = USED
        self.block, self.slot = following, 1
        self._count_ahead()

    def _kept(self, block: int, offset: int, data: bytes) -> bool:
        self._flash.write(block, offset, data)
        found = bytearray(len(data))
        self._flash.read(block, offset, found)
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
        while self._state[block] != USED and block != self.block:
            block = self.after(block)
        return block if self._state[block] == USED else self.after(block)

    def is_used(self, block: int) -> bool:
        """Whether records may lie in it."""
        return self._state[block] == USED

    # --- erasing ------------------------------------------------------------------------------------------

    def ended(self, newest: int) -> None:
        """The newest index is now this one: the last in the block begun last."""
        self._last[self.block] = newest

    def to_erase(self, cursor: int) -> "int | None":
        """The next block, if it has to be erased and everything in it has been passed by `cursor`."""
        block = self.after(self.block)
        while self._state[block] == CLEAN and block != self.block:
            block = self.after(block)
        if block == self.block or (self._state[block] == USED and self._last[block] > cursor):
            return None
        return block

    def erase(self, block: int) -> None:
        """Erase a block and mark it. Blocks everything for one erase."""
        self._state[block] = DIRTY
        self._flash.erase(block)
        self._state[block] = CLEAN if self._kept(block, 0, MARK) else BAD
        self._count_ahead()

    def _count_ahead(self) -> None:
        self._ahead = 0
        block = self.after(self.block)
        while self._state[block] == CLEAN and self._ahead < self._flash.blocks:
            self._ahead += 1
            block = self.after(block)

    # --- mounting -----------------------------------------------------------------------------------------

    def _mount(self) -> None:
        begun = []
        for block in range(self._flash.blocks):
            head = self.read(block, 0)
            self._state[block] = DIRTY
            if head[: len(MARK)] != MARK:
                continue
            if head[len(MARK) :] == BLANK[len(MARK) :]:
                self._state[block] = CLEAN
            elif struct.unpack_from("<I", head, SLOT_BYTES - 4)[0] == binascii.crc32(
                memoryview(head)[len(MARK) : SLOT_BYTES - 4]
            ):
                self._state[block] = USED
                begun.append((struct.unpack_from(HEAD_LAYOUT, head, len(MARK)), block))
        begun.sort()
        for i in range(len(begun) - 1):
            self._last[begun[i][1]] = begun[i + 1][0][1]
        if begun:
            head, self.block = begun[-1]
            self._number = head[0]
            self.carried = tuple(head[1:])
            self.slot = 1
        else:
            # A partition that was never written is blank, and no erase can have been cut short in it.
            for block in range(self._flash.blocks):
                blank = self._state[block] == DIRTY and all(self.read(block, slot) == BLANK for slot in range(SLOTS))
                if blank:
                    self._flash.write(block, 0, MARK)
                    self._state[block] = CLEAN
        self._count_ahead()
