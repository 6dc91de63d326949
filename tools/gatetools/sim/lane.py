"""One simulated lane: a gate with its card reader, its turnstile, and people who come one after the other."""

import asyncio
import datetime
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gatelink import codes

from gatetools.sim.board import Board
from gatetools.sim.cards import Card
from gatetools.sim.checker import GRANT_US, PULSE_MAX_US, Checker, Manner
from gatetools.sim.child import Children
from gatetools.sim.fittings import Fitted, Fittings, Seen
from gatetools.sim.gate import Gate
from gatetools.sim.gatehouse import Event
from gatetools.sim.hands import Hands
from gatetools.sim.passages import Move
from gatetools.sim.people import Traveller
from gatetools.sim.pins import Pins
from gatetools.sim.pn532 import Tag
from gatetools.sim.sightings import Sightings
from gatetools.sim.sign import Told
from gatetools.sim.swipe import Swipe
from gatetools.sim.turnstile import Turnstile
from gatetools.sim.walk import walk
from gatetools.sim.wiring import LaneSetup

DEFAULT_READERS = ("sam_v",)  # of a gate without settings
TICK_US = 60_000  # a shorter sound says that a card was taken; people wait for the answer


@dataclass(frozen=True, slots=True)
class LaneSpec:
    """What a lane is made of. `baud`: speed of its line, None = unlimited. `read_us`: how long the module reads.

    `setup`: its settings. `readers`: their names in the gate's. The card module is always there, also where no gate
    asks it. `qr_ending`: how a QR module is set, one of qr.ENDINGS. `sign`: one of sign.KINDS, "" for none.
    """

    name: str
    board: str
    baud: int | None = 115200
    read_us: int = 100_000
    setup: LaneSetup = field(default_factory=LaneSetup)
    readers: tuple[str, ...] = DEFAULT_READERS
    qr_ending: str = "cr"
    sign: str = ""


class Lane:
    """Everything at one lane except the line to the host."""

    def __init__(self, spec: LaneSpec, folder: Path, checker: Checker) -> None:
        self.spec = spec
        self.folder = folder
        self.board = Board(spec.board)
        self.turnstile = Turnstile(self.board, spec.setup)
        self.flash = folder / f"{spec.name}.flash"
        spec.setup.size(self.flash)
        self.log = folder / f"{spec.name}.log"
        self.up = asyncio.Event()  # as the gatehouse tells it
        self.state = -1  # of the last heartbeat
        self.swipe: Swipe | None = None
        self.may_pass: Callable[[Card], bool] = self._swiper_may_pass
        self.staff: set[str] = set()  # cards as "uid:04A1B2C3" or "wiegand:123-45678" that truly may pass
        self.codes_that_may_pass: set[bytes] = set()
        bits = spec.setup.fitted.wiegand_bits
        self.setup = replace(spec.setup, fitted=Fitted(spec.readers, spec.sign, spec.qr_ending, bits))
        seen = Seen(self._card_read, self._tag_read, self._code_read, self._frame_sent, self._told_people)
        self.fittings = Fittings(self.board, self.setup.fitted, seen, spec.read_us)
        self.module, self.pn532 = self.fittings.module, self.fittings.pn532
        self.qr, self.wiegand = self.fittings.qr, self.fittings.wiegand
        self._buzzes_since_us = 0
        self._checker = checker
        self._pins = Pins(self._output_changed, self._inputs, self._power_lost)
        self.fittings.drive = self._pins.set
        self._pins_path = folder / f"{spec.name}.pins"
        self.hands = Hands(spec.name, self.turnstile, self._pins, checker)
        self.sightings = Sightings(self.turnstile, lambda _us, _text: None)
        if spec.setup != LaneSetup():
            checker.lane_opens(spec.name, manner(spec.setup))
        if self.turnstile.open_without_power():
            self._power_lost()  # it has not had any yet

    async def start(self, children: Children, tree: Path, link: Path | None) -> None:
        """Models first, then the gate's power. `link`: the tty of its uplink."""
        if self.setup != LaneSetup():
            self.setup.put_into(self.flash / "fs")
        self.reader = self.fittings.attach_card_module(self.folder / f"{self.spec.name}.sam_v")
        self.fittings.start(self.folder / f"{self.spec.name}.qr")
        self.tags, self.scanner, self.sign = self.fittings.tags, self.fittings.scanner, self.fittings.sign
        await self._pins.start(self._pins_path)
        # In a thread: what it looks up on the disk would keep the models of other lanes waiting.
        self.gate = await asyncio.to_thread(
            Gate,
            children,
            tree,
            self.board,
            self.flash,
            link=link,
            sam_v=self.reader.path,
            qr=self.fittings.qr_path,
            pins=self._pins_path,
            log=self.log,
        )
        self.gate.power_on()

    async def stop(self) -> None:
        """Power off, models away."""
        await self.gate.power_cut()
        await self._pins.stop()
        self.fittings.close()

    def approach(self, traveller: Traveller) -> Swipe:
        """A traveller comes to the lane; `attend` is the rest of the visit."""
        self.swipe = Swipe(self.spec.name, traveller, datetime.datetime.now().astimezone())
        return self.swipe

    async def attend(self, swipe: Swipe) -> Swipe:
        """The visit, from laying the card down to its end."""
        try:
            await walk(self, swipe)
        finally:
            swipe.over = True
            self.swipe = None
        return swipe

    async def serve(self, traveller: Traveller) -> Swipe:
        """One traveller's whole visit."""
        return await self.attend(self.approach(traveller))

    async def pass_beams(self, moves: Sequence[Move]) -> None:
        """People move through the beams."""
        await self.hands.pass_beams(moves)

    def released(self) -> bool:
        """Whether the barrier gives way now."""
        return self.turnstile.released(time.monotonic_ns() // 1000)

    def fire(self, *, alarm: bool) -> None:
        """The building's fire alarm, on or off."""
        self.hands.fire(alarm=alarm)

    def told(self, event: Event) -> None:
        """The gatehouse tells something about this lane."""
        kind = event["event"]
        if kind == "up":
            self.up.set()
        elif kind == "down":
            self.up.clear()
        elif kind == "beat":
            self.state = int(str(event["state"]))
        elif self.swipe is not None:
            self.swipe.told(event)
        if kind == "report" and (event["what"], event["detail"]) == (codes.REPORT_HELD, 0):
            self.hands.no_longer_held()
        self.sightings.told(event)

    # --- what the models see ------------------------------------------------------------------------------

    def _card_read(self, card: Card, us: int) -> None:
        self._read(us, may_pass=self.may_pass(card))

    def _read(self, us: int, *, may_pass: bool) -> None:
        self._checker.card_read(self.spec.name, us, may_pass=may_pass)
        if self.swipe is not None:
            self.swipe.card_read(us)

    def _swiper_may_pass(self, _card: Card) -> bool:
        return self.swipe is not None and self.swipe.traveller.may_pass(datetime.datetime.now().astimezone())

    def _tag_read(self, tag: Tag, us: int) -> None:
        self._read(us, may_pass=f"uid:{tag.uid.hex().upper()}" in self.staff)

    def _code_read(self, code: bytes, us: int) -> None:
        self._read(us, may_pass=code in self.codes_that_may_pass)

    def _frame_sent(self, bits: str, us: int) -> None:
        card = f"wiegand{'34' if len(bits) == 34 else ''}:{int(bits[1:-17], 2)}-{int(bits[-17:-1], 2)}"
        self._read(us, may_pass=card in self.staff)

    def _inputs(self) -> dict[int, int]:
        return self.turnstile.inputs() | self.fittings.inputs()

    def _told_people(self, told: Told) -> None:
        if self.swipe is not None and told.answers:
            self.swipe.was_told(told.words)
        self.sightings.told_by_sign(told)

    def _output_changed(self, pin: int, value: int, us: int) -> None:
        self.turnstile.output_changed(pin, value, us)
        self.fittings.output_changed(pin, value, us)
        relay = self.turnstile.relays.get(pin)
        if relay is not None:
            opens = self.turnstile.opens(pin, value)
            self._checker.relay(self.spec.name, us, active=opens, relay=relay)
            if opens and self.swipe is not None:
                self.swipe.relay_rose(us)
        elif pin == self.board["BUZZER"]:
            if value == self.board["OUTPUT_ACTIVE"]:
                self._buzzes_since_us = us
            elif us - self._buzzes_since_us > TICK_US and self.swipe is not None:
                self.swipe.heard()
        self.sightings.output(pin, value, us)

    def _power_lost(self) -> None:
        now_us = time.monotonic_ns() // 1000
        self.turnstile.power_lost(now_us)
        self._checker.power_lost(self.spec.name, now_us, self.turnstile.open_without_power())
        self.hands.no_longer_held()  # what staff hold open does not outlast the gate's power
        self.sightings.power_lost()


def manner(setup: LaneSetup) -> Manner:
    """How a lane of these settings opens, as the checker takes it."""
    told = setup.station
    longest_us = PULSE_MAX_US
    if setup.wiring.control == "level":
        longest_us += told.open_limit_ms * 1000
    grant_us = GRANT_US
    if told.second_card == "wait":
        grant_us += told.second_card_limit_ms * 1000
    return Manner(setup.relays(), longest_us, grant_us)
