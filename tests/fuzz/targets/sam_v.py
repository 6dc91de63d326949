"""The card module's driver: any bytes in any pieces at any time, also as whole frames with the right checksum."""

from gate.facts import CardSeen
from gate.readers import sam_v_text
from gate.readers.sam_v import SamV
from gate.readers.sam_v_frames import KEPT_BYTES
from gate.readers.sam_v_table import STATUS
from gatelink import codes
from sam_v_bench import FOUND, KINDS, NO_CARD, OK, PREAMBLE, SELECTED, frame, read_reply, status, text_block

from .driven import Driven
from .held import held
from .told import of

STATUSES = tuple(sorted(STATUS))
# The beginning of one frame, the same once more as a view; requests, a digest.
HOLDS_MAX_BYTES = 2 * KEPT_BYTES + 64
FACTS_MAX = 4  # of one small piece of bytes
READ = read_reply()
TEXTS = [text_block(number=number, flag=flag) for flag, _, number in KINDS]


class Module(Driven):
    """The driver and its clock. `told`: requests and facts."""

    def __init__(self):
        super().__init__(SamV)

    def feed(self, data):
        """Bytes arrive, none if only time has passed."""
        facts = self.driver.feed(data, self.now)
        assert len(facts) <= FACTS_MAX + len(data) // 10, "a piece of bytes says only so much"
        for fact in facts:
            self.told.append(_told(fact))
        request = self.driver.bytes_to_send(self.now)
        if request:
            self.told.append(">%02x%02x" % (request[7], request[8]))
        self.driver.deadline()
        self.driver.busy()
        assert held(self.driver) <= HOLDS_MAX_BYTES, "the driver holds the beginning of one frame"


def run(data):
    """Each step: a byte that chooses it, then what it needs."""
    module = Module().play(data, STEPS)
    assert sam_v_text.kind(module.driver._frames.text()) == 0 or module.driver._frames.is_inside(), "wiped"
    return " ".join(module.told)


def _told(fact):
    if not isinstance(fact, CardSeen):
        return of(fact)
    card = fact.card
    old = card.kind == codes.CARD_FOREIGN_2017
    assert len(card.number) == (15 if old else 18), "a number has its length"
    assert bytes(card.number[:3]).isalpha() == old, "and its letters"
    said = "Card %d %s %d %d" % (card.kind, bytes(card.number).decode(), card.valid_from, card.valid_until)
    assert card.number[:4] != b"1101" or bytes(card.number[:4]).decode() not in repr(card), "a card does not show"
    card.wipe()
    return said


def _bytes(module, script):
    module.feed(script.some())


def _wait(module, script):
    choice = script.byte()
    module.wait(choice if choice < 128 else (choice - 127) * 20)


def _status(module, script):
    module.feed(status(STATUSES[script.byte() % len(STATUSES)]))


def _whole(module, script):
    """A frame with the right checksum."""
    module.feed(frame(script.some()))


def _reply(module, script):
    """What an honest module says."""
    module.feed((OK, FOUND, SELECTED, NO_CARD, READ)[script.byte() % 5])


def _card(module, script):
    """A read of a card of some kind, whose text is changed in some places."""
    choice = script.byte()
    text = bytearray(TEXTS[choice >> 3 & 3])
    for _ in range(choice & 7):
        text[script.byte()] = script.byte()
    text[122:140] = (script.take(18) + bytes(text[122:140]))[:18] if script.byte() & 1 else text[122:140]
    sizes = b"\x01\x00\x04\x00" if script.byte() & 7 else script.take(4)
    module.feed(read_reply(bytes(text), (sizes + bytes(4))[:4]))


def _part(module, script):
    """A read in two parts with a pause, and perhaps a byte missing or changed between."""
    place = script.number(2) % len(READ)
    module.feed(READ[:place])
    if script.byte() & 1:
        module.wait(script.byte() * 2)
    module.feed(script.take(script.byte() & 3) + READ[place + (script.byte() & 1) :])


def _announced(module, script):
    """A head with any length."""
    module.feed(PREAMBLE + script.take(2) + script.some())


STEPS = (_bytes, _wait, _wait, _status, _whole, _reply, _reply, _reply, _card, _part, _announced)
