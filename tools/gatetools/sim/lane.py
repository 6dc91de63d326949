"""One simulated lane: a gate with its card reader, its turnstile, and people who come one after the other."""

import asyncio
import datetime
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gatelink import codes

from gatetools.sim.board import Board
from gatetools.sim.cards import Card
from gatetools.sim.checker import GRANT_US, PULSE_MAX_US, Checker, Manner
from gatetools.sim.child import Children
from gatetools.sim.gate import Gate
from gatetools.sim.gatehouse import Event
from gatetools.sim.hands import Hands
from gatetools.sim.passages import Move
from gatetools.sim.people import Traveller
from gatetools.sim.pins import Pins
from gatetools.sim.reader import Reader
from gatetools.sim.sam_v import SamV
from gatetools.sim.sightings import Sightings
from gatetools.sim.swipe import Swipe
from gatetools.sim.turnstile import Turnstile
from gatetools.sim.walk import walk
from gatetools.sim.wiring import LaneSetup


@dataclass(frozen=True, slots=True)
class LaneSpec:
    """What a lane is made of. `baud`: speed of its line, None = unlimited. `read_us`: how long the module reads.

    `setup`: its settings.
    """

    name: str
    board: str
    baud: int | None = 115200
    read_us: int = 100_000
    setup: LaneSetup = field(default_factory=LaneSetup)


class Lane:
    """Everything at one lane except the line to the host."""

    def __init__(self, spec: LaneSpec, folder: Path, checker: Checker) -> None:
        self.spec = spec
        self.folder = folder
        self.board = Board(spec.board)
        self.turnstile = Turnstile(self.board, spec.setup)
        self.module = SamV(spec.read_us)
        self.flash = folder / f"{spec.name}.flash"
        self.log = folder / f"{spec.name}.log"
        self.up = asyncio.Event()  # as the gatehouse tells it
        self.state = -1  # of the last heartbeat
        self.swipe: Swipe | None = None
        self.may_pass: Callable[[Card], bool] = self._swiper_may_pass
        self._checker = checker
        self._pins = Pins(self._output_changed, self.turnstile.inputs, self._power_lost)
        self._pins_path = folder / f"{spec.name}.pins"
        self.hands = Hands(spec.name, self.turnstile, self._pins, checker)
        self.sightings = Sightings(self.turnstile, lambda _us, _text: None)
        self._dark()

    def _dark(self) -> None:
        """It has no power yet, and the checker does not know the lane."""
        setup = self.spec.setup
        if setup == LaneSetup():
            return
        told = setup.station
        waits = told.second_card == "wait"
        longest_us = max(PULSE_MAX_US, told.open_limit_ms * 1000 + PULSE_MAX_US * (setup.wiring.control == "level"))
        grant_us = GRANT_US + waits * told.second_card_limit_ms * 1000
        self._checker.lane_opens(self.spec.name, Manner(setup.relays(), longest_us, grant_us))
        if setup.wiring.polarity == "shuts":
            self._power_lost()

    async def start(self, children: Children, tree: Path, link: Path | None) -> None:
        """Models first, then the gate's power. `link`: the tty of its uplink."""
        (self.flash / "fs").mkdir(parents=True, exist_ok=True)
        if self.spec.setup != LaneSetup():
            (self.flash / "fs" / "settings.json").write_text(self.spec.setup.file(), encoding="utf-8")
        self.reader = Reader(self.module, self.folder / f"{self.spec.name}.sam_v", self._card_read)
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
            pins=self._pins_path,
            log=self.log,
        )
        self.gate.power_on()

    async def stop(self) -> None:
        """Power off, models away."""
        await self.gate.power_cut()
        await self._pins.stop()
        self.reader.close()

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
        self._checker.card_read(self.spec.name, us, may_pass=self.may_pass(card))
        if self.swipe is not None:
            self.swipe.card_read(us)

    def _swiper_may_pass(self, _card: Card) -> bool:
        return self.swipe is not None and self.swipe.traveller.may_pass(datetime.datetime.now().astimezone())

    def _output_changed(self, pin: int, value: int, us: int) -> None:
        self.turnstile.output_changed(pin, value, us)
        relay = self.turnstile.relays.get(pin)
        if relay is not None:
            opens = self.turnstile.opens(pin, value)
            self._checker.relay(self.spec.name, us, active=opens, relay=relay)
            if opens and self.swipe is not None:
                self.swipe.relay_rose(us)
        elif pin == self.board["BUZZER"] and value == self.board["OUTPUT_ACTIVE"] and self.swipe is not None:
            self.swipe.heard()
        self.sightings.output(pin, value, us)

    def _power_lost(self) -> None:
        now_us = time.monotonic_ns() // 1000
        self.turnstile.power_lost(now_us)
        self._checker.power_lost(self.spec.name, now_us, self.turnstile.open_without_power())
        self.sightings.power_lost()
