"""What readers take: from a card's bytes to the card, from a frozen module to one that is back, and heap.

Real drivers and the models of their modules on one virtual clock, so that the times are the drivers' and the same in
every run: no machine's speed is in them. Heap is that of the compiled firmware.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from gate.readers.pn532 import Pn532 as Pn532Driver
from gate.readers.qr import Qr as QrDriver
from gate.readers.sam_v import SamV as SamVDriver
from gate.readers.wiegand import D1, Wiegand
from gatelink import codes
from gatetools.sim import cards, pn532, qr, sam_v, wiegand
from gatetools.sim.pn532 import Pn532, Tag
from gatetools.sim.qr import Qr
from gatetools.sim.sam_v import SamV

from tests.bench import footprint
from tests.bench.reader_line import STEP_US, Line

ROUNDS = 40
FREEZES = 10
TOLD_MS = 5_000
BACK_MS = 5_000
SILENCE_MS = 50  # ends a Wiegand frame, and a code without an ending
CODE = b"GH1:7Q2M-K4XW-99TB-H3CD-0001-ABC"
KINDS = {
    "resident ID card": cards.resident("11010519491231002X"),
    "permit for Hong Kong, Macau, Taiwan": cards.hmt_permit("810000199408230021"),
    "foreign permanent resident 2017": cards.foreign_2017(),
    "foreign permanent resident 2023": cards.foreign_2023(),
}
DRIVERS = (("qr", ""), ("pn532", ""), ("wiegand", ""), ("", "voice"), ("", "display"))


@dataclass(frozen=True, slots=True)
class Times:
    """One reader's row. size: bytes (of Wiegand: bits) that carry a card. wire_ms: what these need on the wire alone.

    bytes_ms: from the first of them to the tap. laid_ms: from laying the card down to the tap, empty if unknown.
    """

    name: str
    size: int
    wire_ms: float
    bytes_ms: list[float]
    laid_ms: list[float]


@dataclass(frozen=True, slots=True)
class Recovery:
    """A module that froze: until it is told as silent, and from then until it is told as back."""

    name: str
    told_ms: list[float]
    back_ms: list[float]


def sam_v_line() -> Line:
    """A card module."""
    return Line(SamVDriver, SamV(), 115200)


def qr_line(ending: str = "cr") -> Line:
    """A QR module with this ending, at its factory rate."""
    module = Qr(ending)

    def reset(us: int, active: bool) -> None:
        if active:
            module.power_cycle(us)

    return Line(QrDriver, module, 9600, reset)


def pn532_line() -> Line:
    """A PN532."""
    module = Pn532()
    return Line(Pn532Driver, module, 115200, lambda us, active: module.reset(us, active=active))


def times(seed: int) -> list[Times]:
    """A row for each kind of card and code."""
    found = [serial(f"SAM_V, {name}", sam_v_line(), lambda _, card=card: card, seed) for name, card in KINDS.items()]
    for ending in qr.ENDINGS:
        name = f"QR, ending {ending.upper() if ending != 'none' else 'none: silence'}"
        found.append(serial(name, qr_line(ending), lambda number: CODE + b"%04d" % number, seed))
    found.append(serial("PN532, UID of 7 bytes", pn532_line(), lambda number: Tag(number.to_bytes(7, "big")), seed))
    return found + [pulses(bits) for bits in (26, 34)]


def serial(name: str, line: Line, card: Callable[[int], object], seed: int) -> Times:
    """One that sends bytes: cards laid down at any moment of its polling."""
    chance = random.Random(seed)
    bytes_ms, laid_ms = [], []
    line.rest(1_000_000)
    for number in range(ROUNDS):
        line.rest(chance.randrange(600_000, 900_000))
        line.module.place(card(number))
        laid_ms.append(line.until(lambda seen=number: line.cards > seen, f"{name}: a card"))
        bytes_ms.append((line.us - line.first_us) / 1000)
        line.module.remove()
    return Times(name, line.size, (line.last_us - line.first_us) / 1000, bytes_ms, laid_ms)


def pulses(bits: int) -> Times:
    """A Wiegand frame, from its first pulse on."""
    driver, pulse_us = Wiegand(0), []
    driver.bits = bits
    for at_us, wire, level in wiegand.changes(wiegand.frame(123, 45678, bits), 1_000_000):
        if level == 0:
            pulse_us.append(at_us)
            driver.feed((at_us | (D1 << 24 if wire else 0)).to_bytes(4, "little"), at_us // 1000)
    now_us = pulse_us[-1]
    while not driver.feed(b"", now_us // 1000):
        now_us += STEP_US
    wire_ms = (pulse_us[-1] - pulse_us[0]) / 1000
    return Times(f"Wiegand, {bits} bits", bits, wire_ms, [(now_us - pulse_us[0]) / 1000], [])


def recoveries(seed: int) -> list[Recovery]:
    """A row for each way to freeze that a driver can see. A Wiegand reader that is dead looks like one that is idle."""
    return [
        frozen("SAM_V, answers nothing until it is reset", sam_v_line(), sam_v.FROZEN, seed),
        frozen("QR, answers nothing until it is reset", qr_line(), qr.FROZEN, seed),
        frozen("PN532, acknowledges and never replies", pn532_line(), pn532.HUNG, seed),
        frozen("PN532, answers nothing until it is reset", pn532_line(), pn532.FROZEN, seed),
    ]


def frozen(name: str, line: Line, fault: str, seed: int) -> Recovery:
    """It freezes at any moment of its polling."""
    chance = random.Random(seed)
    told, back = [], []
    line.rest(15_000_000)  # a QR module has answered a heartbeat by then
    for _ in range(FREEZES):
        line.rest(chance.randrange(4_000_000, 7_000_000))
        line.faults.clear()
        line.module.fault = fault
        told.append(line.until(lambda: line.faults[:1] == [codes.FAULT_READER_SILENT], f"{name}: silent"))
        back.append(line.until(lambda: line.faults[1:] == [codes.FAULT_READER_BACK], f"{name}: back"))
    return Recovery(name, told, back)


async def heaps() -> list[tuple[str, int | None]]:
    """(reader or sign, bytes that a gate with it holds more than one with the card module alone)."""
    base = await footprint.heap_left(swipes=0)
    found: list[tuple[str, int | None]] = []
    for reader, sign in DRIVERS:
        readers = (*footprint.DEFAULT_READERS, reader) if reader else footprint.DEFAULT_READERS
        left = await footprint.heap_left(readers, sign, swipes=0)
        found.append((reader or sign, base[0] - left[0] if base and left else None))
    without = await footprint.heap_left(("wiegand",), swipes=0)
    wiegand_bytes = dict(found)["wiegand"]
    whole = None if without is None or base is None or wiegand_bytes is None else without[0] - base[0] + wiegand_bytes
    return [("sam_v", whole), *found]


def typical(times_ms: list[float]) -> str:
    """Median and longest."""
    return f"{median(times_ms):.0f} / {max(times_ms):.0f}"
