"""A whole gate whose cable somebody holds: reads, replays, reorders, injects, delays, cuts, and swaps it.

Whoever holds the cable has no key. What he can do is in `Tap`; the bench only carries bytes through it.
"""

from gate_bench import TO_GATE, TO_HOUSE, GateBench
from gatelink import codes
from gatelink.gate_to_house import Tap
from gatelink.house_to_gate import Verdict
from link_pair import IDENTITY, STATIC_KEY, frames
from suites import gate_suite

SUITE = gate_suite()


def framed(body):
    """A frame as anybody can make it: `body` is CBOR to be, or bytes as they are."""
    return b"\0" + SUITE.stuff(body if isinstance(body, bytes) else SUITE.encode(body)) + b"\0"


def decoded(frame):
    """The outline of a frame: a list, or None for noise."""
    try:
        return SUITE.decode(SUITE.unstuff(frame.strip(b"\0")))
    except ValueError:
        return None


def is_sealed(frame):
    """Whether a frame has the outline of a sealed one."""
    outline = decoded(frame)
    return isinstance(outline, list) and len(outline) == 3 and isinstance(outline[0], bytes)


class CableTap:
    """`seen`: every frame that an end sent, (direction, frame), in order. `cut`: directions that carry nothing.

    `held`: frames of at least `held_from_bytes` kept back in directions that are in `holding`.
    `change(direction, frame)` gives what goes on of the others.
    """

    def __init__(self):
        self.seen = []
        self.cut = ()
        self.holding = ()
        self.held_from_bytes = 0
        self.held = []
        self.injected = {TO_HOUSE: b"", TO_GATE: b""}
        self.change = None

    def carried(self, direction, data):
        """What comes out at the far end."""
        passed, self.injected[direction] = self.injected[direction], b""
        for frame in frames(data):
            self.seen.append((direction, frame))
            if direction in self.holding and len(frame) >= self.held_from_bytes:
                self.held.append((direction, frame))
            elif direction not in self.cut:
                passed += frame if self.change is None else self.change(direction, frame)
        return passed

    def inject(self, direction, frame):
        """Put a frame on the wire."""
        self.injected[direction] += frame

    def let_go(self):
        """What was held arrives, in its order."""
        held, self.held, self.holding = self.held, [], ()
        for direction, frame in held:
            self.inject(direction, frame)

    def sent(self, direction):
        """The frames of one direction."""
        return [frame for way, frame in self.seen if way == direction]


class TappedBench(GateBench):
    """`answers`: whether the house answers taps; `denies`: with DENY instead of ALLOW."""

    def __init__(self, now=1000, identity=IDENTITY, static_key=STATIC_KEY):
        self.tap = CableTap()
        self.answers = True
        self.denies = False
        super().__init__(now, identity, static_key)

    def carried(self, direction, data):
        return self.tap.carried(direction, data)

    def take(self, event):
        super().take(event)
        if isinstance(event, Tap) and self.answers and self.house.is_up():
            verdict = codes.DENY if self.denies else codes.ALLOW
            self.house.send(Verdict(event.boot, event.counter, verdict, codes.REASON_GREEN, 1500), self.now)

    def pulses(self):
        """How often the relay was switched on."""
        return self.log.count("relay on")

    def swipe(self, ms=8000):
        """Somebody lays a card down and `ms` pass: enough for every outcome."""
        self.lay_card()
        self.run(ms)

    def replay(self, captured, gap_ms=5):
        """Every captured frame once more, one a pass."""
        for direction, frame in captured:
            self.tap.inject(direction, frame)
            self.run(gap_ms)


def flash_writes(bench):
    """Writes and erases of both partitions so far."""
    return bench.keys_flash.operations + bench.journal_flash.operations
