"""Frames of a SAM_V module (GA 467; the format is the same in every public driver).

request   AA AA AA 96 69 | LenHi LenLo | CMD PARA              | CHK
response  AA AA AA 96 69 | LenHi LenLo | SW1 SW2 SW3 [DATA ..] | CHK

Len counts the bytes after itself, CHK included. CHK is the XOR of every byte from LenHi on, so that the XOR
over all of them, CHK included, is 0.
"""

PREAMBLE = b"\xaa\xaa\xaa\x96\x69"
LENGTH_MIN_BYTES = 4  # a bare status
LENGTH_AT = len(PREAMBLE)

# What is kept of a frame: status 3, block sizes 4, text 256. The photo behind it is counted and checked only.
STATUS_BYTES = 3
SIZES_BYTES = 4
TEXT_BYTES = 256
KEPT_BYTES = STATUS_BYTES + SIZES_BYTES + TEXT_BYTES
_ZEROS = bytes(KEPT_BYTES)

NOTHING = 0
WHOLE = 1
DAMAGED = 2  # a wrong checksum, or a length that nobody asked for


class Frames:
    """Finds frames in a stream, holds the beginning of one at a time, and starts over after anything strange.

    limit_bytes: the largest Len that the awaited reply can have; set before the request goes out.
    """

    def __init__(self) -> None:
        self.limit_bytes = LENGTH_MIN_BYTES
        self.outcome = NOTHING
        self.length = 0
        self._kept = bytearray(KEPT_BYTES)
        self._view = memoryview(self._kept)
        self._matched = 0  # bytes of the head seen so far
        self._left = 0  # bytes of the body still to come
        self._xor = 0

    def take(self, data: "bytes | bytearray | memoryview", at: int) -> int:
        """Take bytes from `at` up to the end of one frame or of `data`; where the next call goes on.

        `outcome` says whether a frame ended there. What it held can be read until the next call.
        """
        self.outcome = NOTHING
        end = len(data)
        while at < end and self.outcome == NOTHING:
            if self._left:
                at = self._take_body(data, at, end)
            else:
                self._take_head(data[at])
                at += 1
        return at

    def status(self) -> int:
        """SW3 of a whole frame. SW1 and SW2 are the card's own and decide nothing."""
        return self._kept[2]

    def sizes(self) -> "tuple[int, int]":
        """The sizes of text and photo that a read announces, in bytes."""
        kept = self._kept
        return kept[3] << 8 | kept[4], kept[5] << 8 | kept[6]

    def text(self) -> memoryview:
        """The text block of a read: a view that `reset` wipes."""
        return self._view[STATUS_BYTES + SIZES_BYTES :]

    def is_inside(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._matched > 0

    def reset(self) -> None:
        """Forget everything, and overwrite what was kept."""
        self._kept[:] = _ZEROS
        self._matched = 0
        self._left = 0
        self.outcome = NOTHING

    def _take_head(self, byte: int) -> None:
        matched = self._matched
        if matched < LENGTH_AT:
            if byte == PREAMBLE[matched]:
                self._matched = matched + 1
            elif byte == 0xAA:
                self._matched = 3 if matched == 3 else 1  # a longer run of AA still ends in three of them
            else:
                self._matched = 0
        elif matched == LENGTH_AT:
            self.length = byte << 8
            self._matched = matched + 1
        else:
            self.length |= byte
            self._begin()

    def _begin(self) -> None:
        length = self.length
        if LENGTH_MIN_BYTES <= length <= self.limit_bytes:
            self._left = length
            self._xor = length >> 8 ^ length & 0xFF
            return
        self.outcome = DAMAGED
        # The two bytes may be the beginning of the true preamble.
        self._matched = 0
        self._take_head(length >> 8)
        self._take_head(length & 0xFF)

    def _take_body(self, data: "bytes | bytearray | memoryview", at: int, end: int) -> int:
        until = min(end, at + self._left)
        chunk = memoryview(data)[at:until]
        got = self.length - self._left
        if got < KEPT_BYTES:
            keep = min(KEPT_BYTES - got, until - at)
            self._kept[got : got + keep] = chunk[:keep]
        # Measured: this loop allocates nothing and beats folding through integers at the sizes that a loop of
        # 10 ms reads (115 bytes at 115200 Bd).
        xor = self._xor
        for byte in chunk:
            xor ^= byte
        self._xor = xor
        self._left -= until - at
        if not self._left:
            self._matched = 0
            self.outcome = DAMAGED if xor else WHOLE
        return until
