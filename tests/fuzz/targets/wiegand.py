"""The Wiegand decoder of either format: any pulses at any time on either wire, bytes that are none, honest frames."""

from gate.facts import CardSeen
from gate.readers.wiegand import BITS_MAX, PULSE_BYTES, Wiegand
from gatelink import codes
from gatelink.ticks import add
from wiegand_bench import bits_of, pulse

from .driven import Driven
from .held import held
from .told import of

HOLDS_MAX_BYTES = BITS_MAX + 32  # the bits of one frame, a digest
CARD_BITS_MIN = 9


class Wires(Driven):
    """The decoder, its clock and that of the pulses. `told`: cards and what was unreadable."""

    def __init__(self, bits):
        super().__init__(Wiegand)
        self.driver.bits = bits
        self.us = 1000000
        self.pulses = 0

    def feed(self, data):
        """Pulses arrive, none if only time has passed."""
        self.pulses += len(data) // PULSE_BYTES
        facts = self.driver.feed(data, self.now)
        assert len(facts) * CARD_BITS_MIN <= self.pulses, "a frame has its pulses"
        if facts:
            self.pulses = BITS_MAX  # of what has begun since, at most
        for fact in facts:
            self.told.append(self._said(fact))
        assert self.driver.bytes_to_send(self.now) == b"", "nobody can ask it"
        assert (self.driver.deadline() is not None) == self.driver.busy(), "a frame on its way is work"
        assert held(self.driver) <= HOLDS_MAX_BYTES, "the driver holds the bits of one frame"
        assert self.driver.busy() or not any(self.driver._bits), "wiped"

    def spend(self, us):
        """Time passes on the wires; the decoder is asked at its end."""
        self.us += us
        self.now = add(self.now, us // 1000)

    def _said(self, fact):
        if not isinstance(fact, CardSeen):
            return of(fact)
        card = fact.card
        number = bytes(card.number).decode()
        values = [int(part) for part in number.split(":")]
        assert ":".join([str(value) for value in values]) == number, "no zeros in front"
        assert max(values) <= 65535 and fact.age_ms >= 0
        assert card.kind == codes.CARD_WIEGAND
        if self.driver.bits == 34:
            assert len(values) == 3 and values[0] == 34, "the format is part of who it is"
        else:
            assert len(values) == 2 and values[0] <= 255
        assert number not in repr(card), "a card does not show"
        card.wipe()
        return "Card " + number


def run(data):
    """The first byte chooses the format; then each step: a byte that chooses it, then what it needs."""
    wires = Wires(34 if data[:1] > b"\x7f" else 26).play(data[1:], STEPS)
    wires.wait(200)
    return " ".join(wires.told)


def _bytes(wires, script):
    wires.feed(script.some())


def _wait(wires, script):
    ms = script.byte() * 2
    wires.us += ms * 1000
    wires.wait(ms)


def _away(wires, script):
    """Nobody looks for a while."""
    wires.spend(script.byte() * 2000)


def _pulses(wires, script):
    """So many, each bit of the next bytes a wire, all apart by the same time."""
    period_us = script.byte() * 16
    data = b""
    for byte in script.take(script.byte() & 7):
        for place in range(8):
            wires.spend(period_us)
            data += pulse(byte >> place & 1, wires.us)
    wires.feed(data)


def _frame(wires, script):
    """As a reader of that format, or of the other, sends a card; some of its bits may be lost or be doubled."""
    choice = script.byte()
    count = 60 - wires.driver.bits if choice & 1 else wires.driver.bits
    bits = bits_of(script.number(count // 8), count)
    place = script.byte() % count
    lost = script.byte() % count if choice & 2 else 0
    bits = bits[:place] + (bits[place] if choice & 4 else "") + bits[place + lost :]
    for bit in bits:
        wires.spend(1000)
        wires.feed(pulse(bit == "1", wires.us))
    if choice & 8:
        wires.spend(60000)
        wires.feed(b"")


STEPS = (_bytes, _wait, _wait, _away, _pulses, _frame, _frame)
