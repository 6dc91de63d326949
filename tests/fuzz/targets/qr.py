"""The QR module's driver: any bytes in any pieces with any pauses, seen and unseen, with and without replies."""

from gate.facts import CardSeen, Tick
from gate.readers.qr import BABBLE_BYTES, HEARTBEAT, Qr
from gate.readers.qr_codes import KEPT_BYTES, REPLY
from gatelink.limits import PRESENTED_MAX_BYTES
from gatelink.ticks import add

from .driven import Driven
from .held import held
from .told import hexed, of

# The beginning of one code, the same once more as a view, a digest.
HOLDS_MAX_BYTES = 2 * KEPT_BYTES + 64
PIECE_BYTES = 256  # what a port gives at once
FACTS_MAX = 4  # of one piece: a code's end and what is told of the module's health


class Module(Driven):
    """The driver and its clock. `told`: commands and facts."""

    LOOKS_MAX = 16

    def __init__(self):
        super().__init__(Qr)
        self.burst = 0  # codes since the last pause

    def feed(self, data):
        """Bytes arrive, none if only time has passed."""
        for at in range(0, max(1, len(data)), PIECE_BYTES):
            facts = self.driver.feed(data[at : at + PIECE_BYTES], self.now)
            assert len(facts) <= FACTS_MAX, "a piece of bytes says only so much"
            for fact in facts:
                self._tell(fact)
            if not self.driver._burst_bytes:
                self.burst = 0
            out = self.driver.bytes_to_send(self.now)
            assert out in (b"", HEARTBEAT), "nothing configures a module"
            if out:
                self.told.append(">")
            assert not self.driver._codes.is_inside() or self.driver.busy(), "a code on its way is work"
            assert held(self.driver) <= HOLDS_MAX_BYTES, "the driver holds the beginning of one code"

    def _tell(self, fact):
        if isinstance(fact, Tick):
            return
        if not isinstance(fact, CardSeen):
            self.told.append(of(fact))
            return
        card = fact.card
        assert 0 < len(card.number) <= PRESENTED_MAX_BYTES, "a code has its length"
        for byte in b"\r\n\t":
            assert byte not in bytes(card.number), "an ending is no part of a code"
        assert REPLY not in bytes(card.number), "nor is a reply"
        assert "number" not in repr(card), "a code does not show"
        self.burst += 1
        assert self.burst == 1, "between two pauses there is one code"
        self.told.append("Code " + hexed(bytes(card.number)))
        card.wipe()
        assert not any(self.driver._codes._kept), "wiped"


def run(data):
    """Each step: a byte that chooses it, then what it needs."""
    module = Module().play(data, STEPS)
    module.wait(200)
    assert not any(module.driver._codes._kept), "wiped"
    return " ".join(module.told)


def _bytes(module, script):
    module.feed(script.some())


def _code(module, script):
    """As a module sends one."""
    module.feed(script.some() + (b"\r", b"\n", b"\r\n", b"\t", b"")[script.byte() % 5])


def _wait(module, script):
    choice = script.byte()
    module.wait(choice if choice < 128 else (choice - 127) * 50)


def _away(module, script):
    """Nobody looks for a while."""
    module.now = add(module.now, script.byte())


def _reply(module, script):
    module.feed(REPLY)


def _parts(module, script):
    """A reply in two parts, with something or a pause between."""
    place = script.byte() % len(REPLY)
    module.feed(REPLY[:place])
    module.feed(script.take(script.byte() & 3))
    if script.byte() & 1:
        module.wait(script.byte())
    module.feed(REPLY[place:])


def _long(module, script):
    """A code near the limit, or a line that never pauses."""
    size = PRESENTED_MAX_BYTES - 4 + (script.byte() & 15) if script.byte() & 3 else BABBLE_BYTES + 1
    module.feed((script.take(3) or b"L") * size)


STEPS = (_bytes, _code, _code, _wait, _wait, _away, _reply, _parts, _long)
