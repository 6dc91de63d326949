"""Identity and keys on a raw partition of four blocks.

An enrolment has a number, one more than the one before. Blocks 0 and 1 take turns for (enrolment, identity, static
key); blocks 2 and 3 for (enrolment, count, chain key), one entry after the other. An entry that is done with is
overwritten with zeros, which flash can do without an erase: no chain key that was used survives on the device.

An enrolment writes its chain key first and its identity last. So a power cut leaves the gate that it was, or the gate
that it became: at a start the highest enrolment counts that has both, in it the highest count, and the rest is zeroed.

Loaded for a start and for an enrolment; what a lane that runs needs lies in key_store.py.
"""

import binascii
import struct

from gate.key_store import (
    BLANK,
    CHAIN_BLOCKS,
    CHAIN_LAYOUT,
    CHAIN_MAGIC,
    ENTRIES,
    ENTRY_BYTES,
    ZEROS,
    KeyStore,
)
from gatelink.keys import GateKeys

BLOCKS = 4
IDENTITY_BLOCKS = (0, 1)
IDENTITY_LAYOUT = "<4sI8s32s"  # magic, enrolment, identity, static key; then CRC-32
IDENTITY_MAGIC = b"GID2"


class KeySlots(KeyStore):
    """The key partition. Call `load` first."""

    def __init__(self, flash: object) -> None:
        KeyStore.__init__(self, flash)
        self._identity_block = IDENTITY_BLOCKS[1]

    def load(self) -> "GateKeys | None":
        """The keys, None if this gate is not enrolled. Zeroes everything of a gate but what counts."""
        found = self._newest()
        if found is not None:
            self._zero_all_but((self._identity_block, 0), self._current)
        self._wipe()
        return found

    def store_alone(self) -> KeyStore:
        """What goes on storing when this is unloaded."""
        return KeyStore(self._flash, self._enrolment, self._current, self._next)

    def enrol(self, identity: bytes, static_key: bytes, chain_key: bytes) -> None:
        """Make this gate another one, whole or not at all. KeysBroken if the flash does not keep it."""
        self._newest()
        before = (self._identity_block, 0), self._current
        if self._current is None:
            before = None, None
        # Nothing half of an earlier try may be taken for a part of this one.
        self._zero_all_but(*before)
        enrolment = self._enrolment + 1
        self._append(enrolment, 0, chain_key)
        block = IDENTITY_BLOCKS[0] + IDENTITY_BLOCKS[1] - self._identity_block
        self._flash.erase(block)
        self._write((block, 0), struct.pack(IDENTITY_LAYOUT, IDENTITY_MAGIC, enrolment, identity, static_key))
        self._enrolment, self._identity_block = enrolment, block
        for at in before:
            if at is not None:
                self._zero(at)
        self._wipe()

    def _newest(self) -> "GateKeys | None":
        """Find the highest enrolment that is whole, its newest chain key, and the place for the next one."""
        identities = []
        for block in IDENTITY_BLOCKS:
            found = self._read((block, 0), IDENTITY_LAYOUT, IDENTITY_MAGIC)
            if found is not None:
                identities.append((found[1], block, found[2], found[3]))
        identities.sort()
        chains = [None] * len(identities)
        places = [None] * len(identities)
        end = [0] * BLOCKS
        for at in self._chain_places():
            found = self._read(at, CHAIN_LAYOUT, CHAIN_MAGIC)
            if self._entry != BLANK:
                end[at[0]] = at[1] + 1
            for i in range(len(identities)):
                if (
                    found is not None
                    and found[1] == identities[i][0]
                    and (chains[i] is None or found[2] > chains[i][2])
                ):
                    chains[i], places[i] = found, at
        self._next = CHAIN_BLOCKS[0], end[CHAIN_BLOCKS[0]]
        for i in range(len(identities) - 1, -1, -1):
            if chains[i] is not None:
                self._enrolment, self._identity_block = identities[i][0], identities[i][1]
                self._current = places[i]
                self._next = places[i][0], end[places[i][0]]
                return GateKeys(identities[i][2], identities[i][3], chains[i][2], chains[i][3])
        if identities:
            self._enrolment = identities[-1][0]
        return None

    def _chain_places(self) -> "list[tuple[int, int]]":
        return [(block, place) for block in CHAIN_BLOCKS for place in range(ENTRIES)]

    def _zero_all_but(self, identity: "tuple[int, int] | None", chain: "tuple[int, int] | None") -> None:
        for at in [(block, 0) for block in IDENTITY_BLOCKS] + self._chain_places():
            self._flash.read(at[0], at[1] * ENTRY_BYTES, self._entry)
            if at not in (identity, chain) and self._entry not in (BLANK, ZEROS):
                self._zero(at)

    def _read(self, at: "tuple[int, int]", layout: str, magic: bytes) -> "tuple[bytes, ...] | None":
        """The fields of a whole entry, None for anything else; the raw bytes stay in `_entry`."""
        self._flash.read(at[0], at[1] * ENTRY_BYTES, self._entry)
        size = struct.calcsize(layout)
        if self._entry[:4] != magic:
            return None
        if struct.unpack_from("<I", self._entry, size)[0] != binascii.crc32(memoryview(self._entry)[:size]):
            return None
        return struct.unpack_from(layout, self._entry, 0)
