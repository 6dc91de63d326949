"""The readers of staff cards: real drivers and models on one virtual clock, in passes of the gate's loop.

A card's time is the driver's: from the moment at which it is laid down, or its last pulse, to the tap.
"""

import random
from dataclasses import dataclass, field
from statistics import median

from gate.facts import CardSeen, ReaderFault, ResetLine
from gate.readers.pn532 import Pn532 as Driver
from gate.readers.wiegand import D1, Wiegand
from gatelink import codes
from gatetools.sim import pn532, wiegand
from gatetools.sim.pn532 import Pn532, Tag

from tests.bench import footprint
from tests.bench.bars import Bar

PASS_US = 5_000  # a loop that reads looks at its ports at least each 10 ms
ROUNDS = 200
LIMIT_US = 10_000_000
HEAP_KB = 192
TOLD_MS = 5_000
LAID_MS = 300


@dataclass
class Line:
    """A PN532 and its driver."""

    us: int = 1_000_000
    cards: int = 0
    faults: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chip = Pn532()
        self.driver = Driver(self.us // 1000)

    def turn(self) -> None:
        """One pass."""
        self.us += PASS_US
        said = b"".join(one.data for one in self.chip.feed(b"", self.us))
        for fact in self.driver.feed(said, self.us // 1000):
            if isinstance(fact, ResetLine):
                self.chip.reset(self.us, active=fact.active)
            elif isinstance(fact, ReaderFault):
                self.faults.append(fact.what)
            elif isinstance(fact, CardSeen):
                self.cards += 1
        self.chip.feed(self.driver.bytes_to_send(self.us // 1000), self.us)

    def rest(self, us: int) -> None:
        """Passes for so long."""
        until = self.us + us
        while self.us < until:
            self.turn()

    def until(self, wanted: object, what: str) -> float:
        """Milliseconds until `wanted()`; it is an error if that never comes."""
        began = self.us
        while not wanted():
            if self.us - began > LIMIT_US:
                raise RuntimeError(f"{what}: never")
            self.turn()
        return (self.us - began) / 1000


def laid_ms(seed: int) -> list[float]:
    """From the card on a PN532 to its tap."""
    chance, line, found = random.Random(seed), Line(), []
    for number in range(ROUNDS):
        line.rest(chance.randrange(600_000, 900_000))
        line.chip.place(Tag(number.to_bytes(7, "big")))
        found.append(line.until(lambda seen=number: line.cards > seen, "a card"))
        line.chip.remove()
    return found


def frozen_ms(fault: str, seed: int) -> tuple[list[float], list[float]]:
    """(until it is told as silent, from then until it is told as back) of a chip that froze."""
    chance, line = random.Random(seed), Line()
    told, back = [], []
    for _ in range(ROUNDS):
        line.rest(chance.randrange(600_000, 900_000))
        line.faults.clear()
        line.chip.fault = fault
        told.append(line.until(lambda: line.faults[:1] == [codes.FAULT_READER_SILENT], "silent"))
        back.append(line.until(lambda: line.faults[1:] == [codes.FAULT_READER_BACK], "back"))
    return told, back


def pulse_ms(bits: int) -> float:
    """From the last pulse of a Wiegand frame to its tap."""
    driver, last_us = Wiegand(0), 0
    for at_us, wire, level in wiegand.changes(wiegand.frame(123, 45678, bits), 1_000_000):
        if level == 0:
            last_us = at_us
            driver.feed((at_us | (D1 << 24 if wire else 0)).to_bytes(4, "little"), at_us // 1000)
    now_us = last_us
    while not driver.feed(b"", now_us // 1000):
        now_us += PASS_US
    return (now_us - last_us) / 1000


async def bars(seed: int) -> list[Bar]:
    """All of it, with the smallest heap of a lane that has the card module and one of these readers."""
    laid = laid_ms(seed)
    found = [
        Bar("PN532: card laid down to tap", f"{LAID_MS} ms", _of(laid), max(laid) <= LAID_MS),
        Bar("Wiegand, 26 bits: last pulse to tap", "-", f"{pulse_ms(26):.0f} ms, 50 of them silence", met=True),
    ]
    for fault in (pn532.HUNG, pn532.FROZEN):
        told, back = frozen_ms(fault, seed)
        found.append(Bar(f"PN532 {fault}: told", f"{TOLD_MS} ms", _of(told), max(told) <= TOLD_MS))
        name = f"PN532 {fault}: told to back, by the reset line"
        found.append(Bar(name, f"{TOLD_MS} ms", _of(back), max(back) <= TOLD_MS))
    for name in ("pn532", "wiegand"):
        heap_kb = await footprint.smallest_heap_kb(168, HEAP_KB, ("sam_v", name))
        figure = f"none up to {HEAP_KB} kB" if heap_kb is None else f"{heap_kb} kB"
        found.append(Bar(f"smallest heap with sam_v and {name}, 64-bit", f"{HEAP_KB} kB", figure, heap_kb is not None))
    return found


def _of(times_ms: list[float]) -> str:
    return f"median {median(times_ms):.0f}, longest {max(times_ms):.0f} ms"
