"""What a lane that runs needs of the key partition: to write the next chain key and destroy the one before.

How keys lie there says keyslots.py, which is loaded for a start and for an enrolment.
"""

import binascii
import struct

BLOCK_BYTES = 4096
ENTRY_BYTES = 64
ENTRIES = BLOCK_BYTES // ENTRY_BYTES
CHAIN_BLOCKS = (2, 3)
CHAIN_LAYOUT = "<4sII32s"  # magic, enrolment, count, chain key; then CRC-32
CHAIN_MAGIC = b"GCK2"
ZEROS = bytes(ENTRY_BYTES)
BLANK = b"\xff" * ENTRY_BYTES


class KeysBroken(Exception):
    """The flash did not keep a key, or did not give one up: nothing may be sealed under the next one."""


class KeyStore:
    """Where the chain key of one enrolment is kept. current: (block, place) of the newest one; following: of the next.

    `flash` has erase(block), write(block, offset, data) and read(block, offset, buffer).
    """

    def __init__(
        self,
        flash: object,
        enrolment: int = 0,
        current: "tuple[int, int] | None" = None,
        following: "tuple[int, int]" = (CHAIN_BLOCKS[0], 0),
    ) -> None:
        self._flash = flash
        self._entry = bytearray(ENTRY_BYTES)
        self._enrolment = enrolment
        self._current = current
        self._next = following

    def store(self, count: int, chain_key: bytes) -> None:
        """Append (count, chain key), then zero the one before it. KeysBroken if the flash does not do either."""
        old = self._current
        self._append(self._enrolment, count, chain_key)
        if old is not None:
            self._zero(old)
        self._wipe()

    def _append(self, enrolment: int, count: int, chain_key: bytes) -> None:
        block, place = self._next
        if place >= ENTRIES:
            block, place = CHAIN_BLOCKS[0] + CHAIN_BLOCKS[1] - block, 0
            self._flash.erase(block)  # holds zeros only
        self._next = block, place + 1
        self._write((block, place), struct.pack(CHAIN_LAYOUT, CHAIN_MAGIC, enrolment, count, chain_key))
        self._current = block, place

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

    def _wipe(self) -> None:
        self._entry[:] = ZEROS
