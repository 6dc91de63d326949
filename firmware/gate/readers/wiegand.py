"""Decoder of Wiegand readers, 26 and 34 bits: pulses and time in, cards out. No pin, no clock.

26 bits: even parity over the first half, facility 8, card 16, odd parity over the second half; 34 bits: the same with
a facility of 16. A gate reads one of them: of a frame of 34 bits that lost 8 the parities fit to another card of 26 in
one of four. The line is one-way: a reader that is idle and one that is dead look the same, so this driver never
tells a fault. Nothing proves a number either: whoever can reach the two wires can be any card.

A pulse is seen at its falling edge only, and when the interrupt's handler runs: how long it was nobody knows. What
is too close to the pulse before is no bit; a frame that lost or gained one has the wrong length, or parity.
"""

import hashlib

from gate.card import Card
from gate.facts import CardSeen, CardUnreadable, Fact
from gatelink import codes
from gatelink.ticks import add, diff

# Of each pulse four bytes, little-endian: when, in microseconds modulo 2^30; the highest bit is set for one on D1.
PULSE_BYTES = 4
D1 = 0x80
# Pulses last 50 to 100 us and come each 1 to 2 ms; SIA's own limits are said to be 20 to 100 us, 200 us to 20 ms.
APART_US = 100
SILENCE_MS = 50
SILENCE_US = 50000
BITS_MAX = 35  # one more than the longest, to tell it from anything longer
SPIKES_MAX = 8  # so few are no card: spikes, or a key of a reader with a keypad (4 or 8 bits)
REPEAT_MS = 1500  # readers that say it again and again while the card lies there do so once a second or faster
NUMBER_MAX_BYTES = 14  # 34:65535:65535
_ZEROS = bytes(BITS_MAX)


class Wiegand:
    """One reader on its two wires."""

    CODE = codes.READER_WIEGAND
    bits = 26  # of a frame, the only length that is read: 26 or 34

    def __init__(self, now: int) -> None:
        self._bits = bytearray(BITS_MAX)  # a byte for each
        self._count = 0
        self._spoilt = False
        self._line = 0
        self._at_us = 0
        self._heard_at = now
        self._last_card = b""  # digest of the last frame
        self._last_at = now
        self._now = now
        self._facts: "list[Fact]" = []

    def feed(self, data: "bytes | bytearray | memoryview", now: int) -> "tuple[Fact, ...]":
        """Take the pulses that came, b"" when only time has passed; the facts that follow."""
        self._now = now
        for at in range(0, len(data) - PULSE_BYTES + 1, PULSE_BYTES):
            high = data[at + 3]
            self._take(high & D1, data[at] | data[at + 1] << 8 | data[at + 2] << 16 | (high & 0x3F) << 24)
        if data:
            self._heard_at = now
        elif self._count and diff(now, self._heard_at) >= SILENCE_MS:
            self._end(diff(now, self._heard_at))
        if not self._facts:
            return ()
        found = tuple(self._facts)
        self._facts.clear()
        return found

    def bytes_to_send(self, now: int) -> bytes:
        """Nothing: nobody can ask it."""
        return b""

    def deadline(self) -> "int | None":
        """When `feed` has work again if nothing arrives before."""
        return add(self._heard_at, SILENCE_MS) if self._count else None

    def busy(self) -> bool:
        """Whether a frame has begun: while the flash is erased, or memory collected, pulses of it would be lost."""
        return self._count > 0

    def _take(self, line: int, at_us: int) -> None:
        if self._count:
            gap_us = diff(at_us, self._at_us)
            if 0 <= gap_us < APART_US:
                # The same wire rings; both at once is something else.
                self._spoilt = self._spoilt or line != self._line
                self._at_us = at_us
                return
            if gap_us >= SILENCE_US:
                self._end(gap_us // 1000)
        self._line, self._at_us = line, at_us
        if self._count < BITS_MAX:
            self._bits[self._count] = 1 if line else 0
            self._count += 1

    def _end(self, silent_ms: int) -> None:
        count, spoilt = self._count, self._spoilt
        self._count, self._spoilt = 0, False
        if count > SPIKES_MAX:
            if count == self.bits and not spoilt and self._parities_fit(count):
                self._say_card(count, silent_ms)
            else:
                self._facts.append(CardUnreadable())
        self._bits[:] = _ZEROS

    def _parities_fit(self, count: int) -> bool:
        half = count // 2
        return sum(self._bits[:half]) & 1 == 0 and sum(self._bits[half:count]) & 1 == 1

    def _say_card(self, count: int, age_ms: int) -> None:
        digest = hashlib.sha256(self._bits).digest()[:8]
        repeated = digest == self._last_card and 0 <= diff(self._now, self._last_at) < REPEAT_MS
        self._last_card, self._last_at = digest, self._now
        if not repeated:
            values = (self._value(count - 17, count - 1), self._value(1, count - 17), count)
            number = _decimal(values if count > 26 else values[:2])
            self._facts.append(CardSeen(Card(codes.CARD_WIEGAND, number), age_ms))

    def _value(self, begin: int, end: int) -> int:
        value = 0
        for place in range(begin, end):
            value = value << 1 | self._bits[place]
        return value


def _decimal(values: "tuple[int, ...]") -> bytearray:
    """In decimal, the last one first, with colons between; written where it can be wiped and nowhere else."""
    written = bytearray(NUMBER_MAX_BYTES)
    at = NUMBER_MAX_BYTES
    for value in values:
        if at < NUMBER_MAX_BYTES:
            at -= 1
            written[at] = 0x3A
        left = value
        while True:
            at -= 1
            written[at] = 0x30 + left % 10
            left //= 10
            if not left:
                break
    number = written[at:]
    written[:] = bytes(NUMBER_MAX_BYTES)
    return number


Driver = Wiegand  # what `start` asks every reader's file for
