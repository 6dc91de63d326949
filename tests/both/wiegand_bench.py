"""A Wiegand decoder on the bench: pulses on a clock that only moves when told."""

from gate.facts import CardSeen, CardUnreadable
from gate.readers.wiegand import Wiegand
from gatelink import codes

AGAIN = ("unreadable", codes.REASON_CARD_UNREADABLE)
MASK = (1 << 30) - 1


def bits_of(data, count):
    """The frame of `count` bits for a value of 24 or 32 bits, as text."""
    text = ""
    for place in range(count - 3, -1, -1):
        text += "1" if data >> place & 1 else "0"
    half = (count - 2) // 2
    return str(text[:half].count("1") & 1) + text + str(1 - (text[half:].count("1") & 1))


def pulse(line, us):
    """One pulse as the port tells it."""
    us &= MASK
    return bytes((us & 0xFF, us >> 8 & 0xFF, us >> 16 & 0xFF, us >> 24 | (0x80 if line else 0)))


class WiegandBench:
    """`facts` collects what the decoder tells, with the number of a card in place of the card."""

    def __init__(self, us=5000000, bits=26):
        self.us = us
        self.driver = Wiegand(self.now())
        self.driver.bits = bits
        self.facts = []
        self.ages_ms = []

    def now(self):
        return self.us // 1000 & MASK

    def feed(self, data=b""):
        for fact in self.driver.feed(data, self.now()):
            if isinstance(fact, CardSeen):
                assert fact.card.kind == codes.CARD_WIEGAND
                self.facts.append(bytes(fact.card.number))
                self.ages_ms.append(fact.age_ms)
                fact.card.wipe()
            else:
                assert isinstance(fact, CardUnreadable)
                self.facts.append(("unreadable", fact.reason))
        return self

    def send(self, bits, period_us=1000, glitches=()):
        """Pulses for a text of 0 and 1. glitches: (number of the bit, line, microseconds after it)."""
        for number in range(len(bits)):
            self.feed(pulse(bits[number] == "1", self.us))
            for place, line, after_us in glitches:
                if place == number:
                    self.feed(pulse(line, self.us + after_us))
            self.us += period_us
        return self

    def rest(self, ms=60):
        """Silence."""
        self.us += ms * 1000
        return self.feed()
