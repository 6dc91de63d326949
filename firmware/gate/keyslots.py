"""Identity and keys on a raw partition of three blocks.

Block 0 holds identity and static key, written once at enrolment. Blocks 1 and 2 take turns for (count, chain key):
a new entry is appended, then the one before it is overwritten with zeros, which flash can do without an erase. So no
chain key that was used survives on the device. At start the highest count wins and the rest is zeroed.
"""

import binascii
import struct

from gatelink.keys import GateKeys

BLOCK_BYTES = 4096
ENTRY_BYTES = 64
ENTRIES = BLOCK_BYTES // ENTRY_BYTES
CHAIN_BLOCKS = (1, 2)
IDENTITY_LAYOUT = "<4s8s32s"  # then CRC-32
CHAIN_LAYOUT = "<4sI32s"  # then CRC-32
IDENTITY_MAGIC = b"GID1"
CHAIN_MAGIC = b"GCK1"
ZEROS = bytes(ENTRY_BYTES)
BLANK = b"\xff" * ENTRY_BYTES


class KeysBroken(Exception):
    """The flash did not keep a key, or did not give one up: nothing may be sealed under the next one."""


class KeySlots:
    """The key partition. Call `load` first."""

    def __init__(self, flash: object) -> None:
        self._flash = flash
        self._entry = bytearray(ENTRY_BYTES)
        self._current: "tuple[int, int] | None" = None  # block and place of the newest chain key
        self._next = CHAIN_BLOCKS[0], 0

    def load(self) -> "GateKeys | None":
        """The keys, None if this gate is not enrolled. Zeroes every chain key but the newest."""
        identity = self._read((0, 0), IDENTITY_LAYOUT, IDENTITY_MAGIC)
        newest = None
        leftovers = []
        end = [0, 0, 0]
        for block in CHAIN_BLOCKS:
            for place in range(ENTRIES):
                found = self._read((block, place), CHAIN_LAYOUT, CHAIN_MAGIC)
                if self._entry == BLANK:
                    continue
                end[block] = place + 1
                if found is not None and (newest is None or found[1] > newest[1]):
                    if self._current is not None:
                        leftovers.append(self._current)
                    newest = found
                    self._current = block, place
                elif self._entry != ZEROS:
                    leftovers.append((block, place))
        if self._current is not None:
            self._next = self._current[0], end[self._current[0]]
        for at in leftovers:
            self._zero(at)
        self._wipe()
        if identity is None or newest is None:
            return None
        return GateKeys(identity[1], identity[2], newest[1], newest[2])

    def store(self, count: int, chain_key: bytes) -> None:
        """Append (count, chain key), then zero the one before it. KeysBroken if the flash does not do either."""
        block, place = self._next
        if place >= ENTRIES:
            block, place = CHAIN_BLOCKS[0] + CHAIN_BLOCKS[1] - block, 0
            self._flash.erase(block)  # holds zeros only
        self._next = block, place + 1
        self._write((block, place), struct.pack(CHAIN_LAYOUT, CHAIN_MAGIC, count, chain_key))
        old, self._current = self._current, (block, place)
        if old is not None:
            self._zero(old)
        self._wipe()

    def enrol(self, identity: bytes, static_key: bytes, chain_key: bytes) -> None:
        """Make this gate another one: everything that was here is erased first, and the identity comes last."""
        for block in range(1 + len(CHAIN_BLOCKS)):
            self._flash.erase(block)
        self._current = None
        self._next = CHAIN_BLOCKS[0], 0
        self.store(0, chain_key)
        self._write((0, 0), struct.pack(IDENTITY_LAYOUT, IDENTITY_MAGIC, identity, static_key))
        self._wipe()

    def _write(self, at: "tuple[int, int]", body: bytes) -> None:
        whole = body + struct.pack("<I", binascii.crc32(body))
        self._put(at, whole + BLANK[len(whole) :])

    def _zero(self, at: "tuple[int, int]") -> None:
        self._put(at, ZEROS)

    def _put(self, at: "tuple[int, int]", entry: bytes) -> None:
        self._flash.write(at[0], at[1] * ENTRY_BYTES, entry)
        self._flash.read(at[0], at[1] * ENTRY_BYTES, self._entry)
        if self._entry != entry:
            raise KeysBroken

    def _read(self, at: "tuple[int, int]", layout: str, magic: bytes) -> "tuple[bytes, ...] | None":
        """The fields of a whole entry, None for anything else; the raw bytes stay in `_entry`."""
        self._flash.read(at[0], at[1] * ENTRY_BYTES, self._entry)
        size = struct.calcsize(layout)
        if self._entry[:4] != magic:
            return None
        if struct.unpack_from("<I", self._entry, size)[0] != binascii.crc32(memoryview(self._entry)[:size]):
            return None
        return struct.unpack_from(layout, self._entry, 0)

    def _wipe(self) -> None:
        self._entry[:] = ZEROS
