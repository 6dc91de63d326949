"""The partition table of a gate: where in its flash everything lies, as the ESP-IDF boot loader reads it.

Format: ESP-IDF programming guide, "Partition Tables", and its esp_flash_partitions.h: entries of 32 bytes, then one
with the MD5 of those before it, the rest blank. Keys and journal lie between application and file system, so that
nothing else ever shares an erase block with them.
"""

import hashlib
import struct
from collections.abc import Sequence
from typing import NamedTuple

TABLE_AT = 0x8000
TABLE_BYTES = 0xC00
SECTOR_BYTES = 0x1000
ENTRY_LAYOUT = "<2sBBII16sI"
ENTRY_BYTES = struct.calcsize(ENTRY_LAYOUT)
ENTRY_MAGIC = b"\xaa\x50"
MD5_MARK = b"\xeb\xeb" + b"\xff" * 14
BLANK = b"\xff" * ENTRY_BYTES

APP, DATA = 0, 1
FACTORY, PHY, NVS, UNDEFINED, LITTLEFS = 0x00, 0x01, 0x02, 0x06, 0x83


class TableDamaged(ValueError):
    """These bytes are no partition table, or a torn one."""


class Partition(NamedTuple):
    """One entry. `at` and `size` in bytes."""

    label: str
    kind: int
    subkind: int
    at: int
    size: int

    @property
    def end(self) -> int:
        """The first byte behind it."""
        return self.at + self.size


TABLE = (
    Partition("nvs", DATA, NVS, 0x9000, 0x6000),
    Partition("phy_init", DATA, PHY, 0xF000, 0x1000),
    Partition("factory", APP, FACTORY, 0x10000, 0x1D0000),
    Partition("journal", DATA, UNDEFINED, 0x1E0000, 0x20000),
    Partition("keys", DATA, UNDEFINED, 0x200000, 0x4000),
    Partition("vfs", DATA, LITTLEFS, 0x210000, 0x100000),
)
FLASH_MIN_BYTES = TABLE[-1].end


def named(label: str) -> Partition:
    """The entry of that label."""
    return next(partition for partition in TABLE if partition.label == label)


def build(partitions: Sequence[Partition] = TABLE) -> bytes:
    """The table as it lies in the flash, TABLE_BYTES long."""
    entries = b"".join(
        struct.pack(ENTRY_LAYOUT, ENTRY_MAGIC, each.kind, each.subkind, each.at, each.size, each.label.encode(), 0)
        for each in partitions
    )
    return (entries + MD5_MARK + hashlib.md5(entries, usedforsecurity=False).digest()).ljust(TABLE_BYTES, b"\xff")


def parse(raw: bytes) -> list[Partition]:
    """The entries of a table; TableDamaged if it is none, if it is torn, or if its MD5 is missing or does not fit."""
    found: list[Partition] = []
    for start in range(0, len(raw) - ENTRY_BYTES + 1, ENTRY_BYTES):
        entry = raw[start : start + ENTRY_BYTES]
        if entry.startswith(MD5_MARK):
            if entry[len(MD5_MARK) :] != hashlib.md5(raw[:start], usedforsecurity=False).digest():
                raise TableDamaged("its MD5 does not fit")
            return found
        magic, kind, subkind, at, size, label, _flags = struct.unpack(ENTRY_LAYOUT, entry)
        if magic != ENTRY_MAGIC:
            raise TableDamaged("not a partition table")
        found.append(Partition(label.rstrip(b"\0").decode("ascii", "replace"), kind, subkind, at, size))
    raise TableDamaged("it has no end")


def is_blank(raw: bytes) -> bool:
    """Whether nothing was ever written there."""
    return raw.count(0xFF) == len(raw)


def is_ours(raw: bytes) -> bool:
    """Whether this is byte for byte the table of a gate: what lies in its partitions is then known."""
    return raw == build()
