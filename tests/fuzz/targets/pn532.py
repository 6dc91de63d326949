"""The PN532's driver: any bytes in any pieces at any time, also as whole frames with the right checksum."""

from gate.facts import CardSeen, ReaderFault, ResetLine
from gate.readers.pn532 import Pn532
from gate.readers.pn532_frames import KEPT_BYTES
from gatelink.ticks import diff
from pn532_bench import ACK, AWAKE, DONE, EMPTY, LISTED, NOT_UNDERSTOOD, REPLIES, VERSION, frame, listed

from .driven import Driven
from .held import held
from .told import of

# The beginning of one frame, digests of four cards; the commands are the program's.
HOLDS_MAX_BYTES = 2 * KEPT_BYTES + 128
FACTS_MAX = 6  # of one small piece of bytes
HONEST = (AWAKE, VERSION, DONE, EMPTY, LISTED, NOT_UNDERSTOOD)


class Chip(Driven):
    """The driver and its clock. `told`: what it sends and tells."""

    def __init__(self):
        super().__init__(Pn532)
        self.is_reset = False
        self.asked = b""

    def feed(self, data):
        """Bytes arrive, none if only time has passed."""
        facts = self.driver.feed(data, self.now)
        assert len(facts) <= FACTS_MAX + len(data) // 8, "a piece of bytes says only so much"
        for fact in facts:
            self.told.append(self._said(fact))
        request = self.driver.bytes_to_send(self.now)
        if request:
            self.asked = request
            self.told.append(">%d" % len(request))
        assert diff(self.driver.deadline(), self.now) <= 400, "it never waits for longer than a reply may take"
        self.driver.busy()
        assert held(self.driver) <= HOLDS_MAX_BYTES, "the driver holds the beginning of one frame"

    def _said(self, fact):
        if isinstance(fact, ResetLine):
            assert fact.active != self.is_reset, "the line changes"
            self.is_reset = fact.active
            return "line %d" % fact.active
        if isinstance(fact, ReaderFault):
            return "fault %d" % fact.what
        if not isinstance(fact, CardSeen):
            return of(fact)
        card = fact.card
        assert len(card.number) in (8, 14, 20), "a UID has its length"
        said = "Card %d %s" % (card.kind, bytes(card.number).decode())
        assert bytes(card.number).decode() not in repr(card), "a card does not show"
        card.wipe()
        return said


def run(data):
    """Each step: a byte that chooses it, then what it needs."""
    chip = Chip().play(data, STEPS)
    return " ".join(chip.told)


def _bytes(chip, script):
    chip.feed(script.some())


def _wait(chip, script):
    choice = script.byte()
    chip.wait(choice if choice < 128 else (choice - 127) * 8)


def _whole(chip, script):
    """A frame with the right checksum."""
    chip.feed((ACK if script.byte() & 1 else b"") + frame(b"\xd5" + script.some()))


def _reply(chip, script):
    """What an honest chip says."""
    choice = script.byte()
    chip.feed((ACK if choice & 1 else b"") + HONEST[(choice >> 1) % len(HONEST)])


def _serve(chip, script):
    """An honest chip with an empty field, for some commands."""
    for _ in range(script.byte() & 7):
        chip.feed(ACK + REPLIES.get(chip.asked, b""))
        if not chip.driver.busy():
            chip.wait(100)


def _card(chip, script):
    """A card of any size with anything behind it."""
    uid = script.take(script.byte() & 15)
    chip.feed(ACK + listed(uid, script.some(), script.byte(), script.byte() & 3))


def _part(chip, script):
    """A reply in two parts with a pause, and perhaps a byte missing between."""
    place = script.byte() % len(LISTED)
    chip.feed(ACK + LISTED[:place])
    if script.byte() & 1:
        chip.wait(script.byte() * 2)
    chip.feed(script.take(script.byte() & 3) + LISTED[place + (script.byte() & 1) :])


STEPS = (_bytes, _wait, _wait, _whole, _reply, _reply, _serve, _card, _part)
