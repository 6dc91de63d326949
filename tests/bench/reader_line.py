"""A reader's driver and the model of its module on one virtual clock, and the serial line of its speed between them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from gate.facts import CardSeen, ReaderFault, ResetLine, SetBaud
from gatetools.sim.reader import Module
from gatetools.sim.wire import Wire

STEP_US = 1_000  # bytes wake the gate's loop at once; so finely this clock goes
LIMIT_US = 30_000_000


class NeverCame(Exception):
    """What was waited for did not come; the text says what."""


@dataclass
class Line:
    """`driver`: made by `make`, which gets the time. `baud`: of the port; `reset`: what the reset line does to it."""

    make: Callable[[int], object]
    module: Module
    baud: int
    reset: Callable[[int, bool], None] = lambda _us, _active: None
    us: int = 1_000_000
    cards: int = 0
    faults: list[int] = field(default_factory=list)
    first_us: float = 0  # of the last card's bytes: when the first one began on the wire
    last_us: float = 0  # and when the last one had arrived
    size: int = 0  # how many they were

    def __post_init__(self) -> None:
        self.driver = self.make(self.us // 1000)
        self.to_gate, self.to_module = Wire(self.baud), Wire(self.baud)

    def turn(self) -> None:
        """One pass."""
        self.us += STEP_US
        heard = self.to_module.take(self.us * 1000)
        for said in self.module.feed(heard if self.module.baud == self.baud else b"", self.us):
            if self.module.baud != self.baud:
                continue
            begin_us = max(self.us, self.to_gate._free_at_ns / 1000)
            self.to_gate.put(said.data, self.us * 1000)
            if said.card is not None:
                self.first_us, self.last_us = begin_us, self.to_gate._free_at_ns / 1000
                self.size = len(said.data)
        now = self.us // 1000
        for fact in self.driver.feed(self.to_gate.take(self.us * 1000), now):
            self._note(fact)
        self.to_module.put(self.driver.bytes_to_send(now), self.us * 1000)

    def _note(self, fact: object) -> None:
        if isinstance(fact, ResetLine):
            self.reset(self.us, fact.active)
        elif isinstance(fact, SetBaud):
            self.baud = fact.baud
            self.to_gate.set_baud(fact.baud)
            self.to_module.set_baud(fact.baud)
        elif isinstance(fact, ReaderFault):
            self.faults.append(fact.what)
        elif isinstance(fact, CardSeen):
            self.cards += 1
            fact.card.wipe()

    def rest(self, us: int) -> None:
        """Passes for so long."""
        until = self.us + us
        while self.us < until:
            self.turn()

    def until(self, wanted: Callable[[], bool], what: str) -> float:
        """Milliseconds until `wanted()`. NeverCame."""
        began = self.us
        while not wanted():
            if self.us - began > LIMIT_US:
                raise NeverCame(what)
            self.turn()
        return (self.us - began) / 1000
