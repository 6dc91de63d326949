"""Codes in what a GM60, GM65, GM805 or GM812 module sends: plain text, with an ending or followed by silence.

The ending is a setting of the module: CR, LF, CR LF, TAB or none. Whatever comes between two pauses is one code at
most: it ends at its first ending, and the rest up to the pause is skipped. So no code is put together of two.

A reply to the heartbeat comes on the same line, between codes or in the midst of one, and is taken out of it.
"""

from gatelink.limits import PRESENTED_MAX_BYTES

ENDS = b"\r\n\t"
REPLY = b"\x03\x00\x00\x01\x00\x33\x31"  # to a heartbeat (manual of the GM812); holds no ending
KEPT_BYTES = PRESENTED_MAX_BYTES + len(REPLY) - 1  # the reply is known by its last byte
_ZEROS = bytes(64)

NOTHING = 0
WHOLE = 1  # a code of 1 to PRESENTED_MAX_BYTES
TOO_LONG = 2
ALIVE = 3  # a reply to the heartbeat
PIECE = 4  # what would be whole, had its module no ending

# What a line has said last, replies apart.
ENDED = 1
OPEN = 2


class Codes:
    """Holds the beginning of one code at a time, at most KEPT_BYTES of it."""

    def __init__(self) -> None:
        self.outcome = NOTHING
        self.last = NOTHING  # since the last pause
        self._last_before = NOTHING  # the bytes that may be a reply
        self._kept = bytearray(KEPT_BYTES)
        self._view = memoryview(self._kept)
        self._length = 0
        self._skipping = False  # up to the next pause
        self._matched = 0  # bytes of a reply seen so far

    def take(self, data: "bytes | bytearray | memoryview", at: int) -> int:
        """Take bytes from `at` up to the end of a code, of a reply or of `data`; where the next call goes on.

        `outcome` says what ended there.
        """
        kept = self._kept
        matched, last = self._matched, self.last
        self.outcome = NOTHING
        end = len(data)
        while at < end and self.outcome == NOTHING:
            byte = data[at]
            at += 1
            if byte != REPLY[matched]:
                matched = 0
            if byte == REPLY[matched]:
                if not matched:
                    self._last_before = last
                matched += 1
                if matched == len(REPLY):
                    matched, last = 0, self._last_before
                    self._take_out_reply()
                    continue
            last = ENDED if byte in ENDS else OPEN
            if self._skipping:
                continue
            if byte in ENDS:
                self._end()
            elif self._length < KEPT_BYTES:
                kept[self._length] = byte
                self._length += 1
            else:
                self._skip(TOO_LONG)
        self._matched, self.last = matched, last
        return at

    def pause(self) -> None:
        """The line has been silent: what was begun ends here. `outcome` says as what."""
        self.outcome = NOTHING
        self._end()
        self._skipping = False
        self._matched = 0
        self.last = NOTHING

    def drop(self) -> None:
        """What was begun is no code; it is overwritten, and the rest of it, up to the pause, skipped."""
        self.wipe()
        self._skip(NOTHING)

    def kept(self) -> memoryview:
        """The code that has just ended, or its beginning if it is too long: a view that `wipe` clears."""
        return self._view[: min(self._length, PRESENTED_MAX_BYTES)]

    def is_inside(self) -> bool:
        """Whether a code has begun and not ended."""
        return self._length > 0

    def wipe(self) -> None:
        """Forget and overwrite what was kept; called after each outcome."""
        self._length = 0
        for at in range(0, KEPT_BYTES, len(_ZEROS)):
            until = min(at + len(_ZEROS), KEPT_BYTES)
            self._view[at:until] = _ZEROS[: until - at]

    def _take_out_reply(self) -> None:
        if not self._skipping:
            until = self._length
            self._length -= len(REPLY) - 1
            self._view[self._length : until] = _ZEROS[: until - self._length]
        self.outcome = ALIVE

    def _end(self) -> None:
        if self._length:
            self._skip(WHOLE if self._length <= PRESENTED_MAX_BYTES else TOO_LONG)

    def _skip(self, outcome: int) -> None:
        self.outcome = outcome
        self._skipping = True
