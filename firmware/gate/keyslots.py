"""Identity and keys on a raw partition of three blocks.

Block 0 holds identity and static key, written once at enrolment. Blocks 1 and 2 take turns for (count, chain key):
a new entry is appended, then every older one is overwritten with zeros, which flash can do without an erase. So no
chain key that was used survives on the device. At start the highest count wins and the rest is zeroed.
"""

import binascii
import struct

from gatelink.keys import GateKeys

BLOCK_BYTES = 4096
ENTRY_BYTES = 64
ENTRIES = BLOCK_BYTES // ENTRY_BYTES
IDENTITY_LAYOUT = "<4s8s32s"  # then CRC-32
CHAIN_LAYOUT = "<4sI32s"  # then CRC-32
IDENTITY_MAGIC = b"GID1"
CHAIN_MAGIC = b"GCK1"
ZEROS = bytes(ENTRY_BYTES)
BLANK = b"\xff" * ENTRY_BYTES


class KeysBroken(Exception):
    """The flash did not keep a key: nothing may be sealed under it."""


def _entry(layout: str, *fields: "bytes | int") -> bytes:
    body = struct.pack(layout, *fields)
    whole = body + struct.pack("<I", binascii.crc32(body))
    return whole + b"\xff" * (ENTRY_BYTES - len(whole))


class KeySlots:
    """The key partition."""

    def __init__(self, flash: object) -> None:
        self._flash = flash
        self._slot = bytearray(ENTRY_BYTES)
        self._block = 1
        self._next = 0

    def load(self) -> "GateKeys | None":
        """The keys, None if this gate is not enrolled. Zeroes every chain key but the newest."""
        identity = self._read(0, 0, IDENTITY_LAYOUT, IDENTITY_MAGIC)
        newest = None
        for block in (1, 2):
            for index in range(ENTRIES):
                found = self._read(block, index, CHAIN_LAYOUT, CHAIN_MAGIC)
                if found is not None and (newest is None or found[1] > newest[1]):
                    newest = found
                    self._block = block
        self._next = self._end_of(self._block)
        if identity is None or newest is None:
            return None
        self._zero_all_but(newest[1])
        return GateKeys(identity[1], identity[2], newest[1], newest[2])

    def _end_of(self, block: int) -> int:
        """The first slot behind everything that was ever written in a block, torn entries included."""
        end = 0
        for index in range(ENTRIES):
            self._flash.read(block, index * ENTRY_BYTES, self._slot)
            if self._slot != BLANK:
                end = index + 1
        return end

    def store(self, count: int, chain_key: bytes) -> None:
        """Append (count, chain key), then zero every older one. KeysBroken if it cannot be read back."""
        if self._next >= ENTRIES:
            self._block, self._next = 3 - self._block, 0
            self._flash.erase(self._block)
        entry = _entry(CHAIN_LAYOUT, CHAIN_MAGIC, count, chain_key)
        self._put(self._block, self._next, entry)
        self._next += 1
        self._zero_all_but(count)

    def enrol(self, identity: bytes, static_key: bytes, chain_key: bytes) -> None:
        """Make this gate another one: everything that was here is erased first."""
        for block in range(3):
            self._flash.erase(block)
        self._block, self._next = 1, 0
        self._put(0, 0, _entry(IDENTITY_LAYOUT, IDENTITY_MAGIC, identity, static_key))
        self.store(0, chain_key)

    def _put(self, block: int, index: int, entry: bytes) -> None:
        self._flash.write(block, index * ENTRY_BYTES, entry)
        self._flash.read(block, index * ENTRY_BYTES, self._slot)
        if self._slot != entry:
            raise KeysBroken

    def _read(self, block: int, index: int, layout: str, magic: bytes) -> "tuple[bytes, bytes, bytes] | None":
        """The fields of a whole entry, None for anything else; the raw bytes stay in `_slot`."""
        self._flash.read(block, index * ENTRY_BYTES, self._slot)
        size = struct.calcsize(layout)
        body = bytes(self._slot[:size])
        if body[:4] != magic or struct.unpack_from("<I", self._slot, size)[0] != binascii.crc32(body):
            return None
        return struct.unpack(layout, body)

    def _zero_all_but(self, count: int) -> None:
        for block in (1, 2):
            for index in range(ENTRIES):
                found = self._read(block, index, CHAIN_LAYOUT, CHAIN_MAGIC)
                if (found is None or found[1] != count) and self._slot not in (BLANK, ZEROS):
                    self._flash.write(block, index * ENTRY_BYTES, ZEROS)
