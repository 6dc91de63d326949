"""Frames of a PN532 (UM0701-02, section 6.2.1), as they come over its UART.

normal    00 00 FF LEN LCS TFI PD .. DCS 00        LEN + LCS = 0 and TFI + PD + DCS = 0, modulo 256
extended  00 00 FF FF FF LENM LENL LCS TFI PD .. DCS 00
ACK       00 00 FF 00 FF 00
error     00 00 FF 01 FF 7F 81 00

Before the start code 00 FF there may be any number of zeros; the 00 at the end of a frame is one of them.
"""

START = b"\x00\x00\xff"
FROM_CHIP = 0xD5
ACK = b"\x00\x00\xff\x00\xff\x00"  # from the host: forget the command

# What is kept of a frame: TFI, reply code, then of a listed target NbTg, Tg, SENS_RES 2, SEL_RES, UID length, UID and
# the length of an ATS. The rest of a long ATS is counted and summed only.
KEPT_BYTES = 19
# A reply with one target: its ATS has at most 254 bytes and a length (ISO/IEC 14443-4).
LENGTH_MAX_BYTES = 8 + 10 + 255
_ZEROS = bytes(KEPT_BYTES)

NOTHING = 0
ACKNOWLEDGED = 1
WHOLE = 2
DAMAGED = 3

# --- where in a frame ---------------------------------------------------------------------------------------
_OUTSIDE = 0
_ZERO = 1  # a zero has come, which may be the start code's
_LENGTH = 2
_CHECK = 3
_EXTENDED = 4  # three bytes: LENM LENL LCS
_BODY = 7


class Frames:
    """Finds frames in a stream, holds the beginning of one at a time, and starts over after anything strange."""

    def __init__(self) -> None:
        self.outcome = NOTHING
        self.length = 0
        self.kept = bytearray(KEPT_BYTES)
        self._place = _OUTSIDE
        self._left = 0  # bytes of body and checksum still to come
        self._sum = 0

    def take(self, data: "bytes | bytearray | memoryview", at: int) -> int:
        """Take bytes from `at` up to the end of one frame or of `data`; where the next call goes on.

        `outcome` says whether a frame ended there; `kept` and `length` tell of a whole one until the next call.
        """
        self.outcome = NOTHING
        end = len(data)
        while at < end and self.outcome == NOTHING:
            byte = data[at]
            at += 1
            if self._place == _BODY:
                self._take_body(byte)
            else:
                self._take_head(byte)
        return at

    def is_inside(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._place > _ZERO

    def reset(self) -> None:
        """Forget everything, and overwrite what was kept."""
        self.kept[:] = _ZEROS
        self._place = _OUTSIDE
        self.outcome = NOTHING

    def _take_head(self, byte: int) -> None:
        place = self._place
        self._place = place + 1
        if place <= _ZERO:
            self._place = _ZERO if byte == 0 else _LENGTH if place == _ZERO and byte == 0xFF else _OUTSIDE
        elif place == _LENGTH:
            self.length = byte
        elif place != _CHECK:
            if place < _EXTENDED + 2:
                self.length = self.length << 8 | byte
            else:
                self._begin((self.length >> 8) + self.length + byte, byte)
        elif byte != 0xFF or 0 < self.length < 0xFF:
            self._begin(self.length + byte, byte)
        elif self.length == 0:
            self._place = _OUTSIDE
            self.outcome = ACKNOWLEDGED
        else:
            self.length = 0

    def _begin(self, total: int, last: int) -> None:
        if total & 0xFF or not 0 < self.length <= LENGTH_MAX_BYTES:
            self.outcome = DAMAGED
            # The byte may be the beginning of the true start code.
            self._place = _ZERO if last == 0 else _OUTSIDE
            return
        self._place = _BODY
        self.kept[:] = _ZEROS
        self._left = self.length + 1
        self._sum = 0

    def _take_body(self, byte: int) -> None:
        got = self.length + 1 - self._left
        if got < KEPT_BYTES and self._left > 1:
            self.kept[got] = byte
        self._sum += byte
        self._left -= 1
        if not self._left:
            self._place = _OUTSIDE
            self.outcome = DAMAGED if self._sum & 0xFF else WHOLE
