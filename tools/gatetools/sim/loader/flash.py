"""The flash chip of a board: a write clears bits, an erase sets a whole sector."""

import hashlib
from collections.abc import Callable

SECTOR_BYTES = 0x1000


class PowerCut(Exception):
    """The power went in the middle of a write; what was written by then has stayed."""


class Flash:
    """`size` bytes, blank at first. `cut_after`: so many bytes may still be written before the power goes, or None."""

    def __init__(self, size: int) -> None:
        self.content = bytearray(b"\xff" * size)
        self.cut_after: int | None = None
        self.stuck_at: int | None = None  # a worn-out cell: bit 0 of this byte stays as an erase leaves it
        self.when_read: Callable[[], None] | None = None  # called once, at the next read
        self.when_written: Callable[[], None] | None = None  # the same at the next write
        self.written: list[tuple[int, int]] = []  # (at, size) of everything that was erased or written, in order

    def __len__(self) -> int:
        return len(self.content)

    def read(self, at: int, size: int) -> bytes:
        """Bytes past the end read as blank."""
        told, self.when_read = self.when_read, None
        if told is not None:
            told()
        return bytes(self.content[at : at + size]).ljust(size, b"\xff")

    def erase(self, at: int, size: int) -> None:
        """Every sector that is touched."""
        start, end = at // SECTOR_BYTES * SECTOR_BYTES, -(-(at + size) // SECTOR_BYTES) * SECTOR_BYTES
        end = min(end, len(self.content))
        self.content[start:end] = b"\xff" * (end - start)
        self.written.append((start, end - start))

    def write(self, at: int, data: bytes) -> None:
        """Clear bits. PowerCut when the power goes."""
        told, self.when_written = self.when_written, None
        if told is not None:
            told()
        kept = data if self.cut_after is None else data[: self.cut_after]
        old = self.content[at : at + len(kept)]
        self.content[at : at + len(old)] = bytes(now & new for now, new in zip(old, kept, strict=False))
        if self.stuck_at is not None and at <= self.stuck_at < at + len(kept):
            self.content[self.stuck_at] |= 1
        self.written.append((at, len(kept)))
        if self.cut_after is not None:
            self.cut_after -= len(kept)
            if len(kept) < len(data):
                raise PowerCut

    def md5(self, at: int, size: int) -> bytes:
        """As the loader tells it of a region."""
        return hashlib.md5(self.read(at, size), usedforsecurity=False).digest()
