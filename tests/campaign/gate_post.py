"""A gate at its post: the firmware's own parts on a flash that survives, a person's beams, a relay that is watched."""

from collections.abc import Callable
from random import Random

from gate.card import Card
from gate.conductor import Conductor
from gate.facts import CardSeen
from gate.indicators import Indicators
from gate.journal import Journal
from gate.keyslots import BLOCKS, KeySlots
from gate.lane import Lane
from gate.supervisor import Supervisor
from gate.turnstile import Turnstile
from gate.uplink import Uplink
from gate_bench import Chip, Dog, LaneSettings, NoPort, Reader
from gatelink.gate_end import GateEnd
from gatelink.gate_to_house import About
from gatelink.ticks import diff
from ram_flash import PowerCut, RamFlash
from suites import gate_suite

from .clockwork import Appointment, Clockwork

JOURNAL_BLOCKS = 4
POWER_ON_RESET = 1
ABOUT = About(b"0.1.0", b"lane_a", b"micropython 1.28.0")
LOOK_MS = 10  # the firmware looks at its inputs this often at least


class PowerGone(BaseException):
    """The power failed in the middle of something. No part of the firmware survives to catch it."""


class Flash(RamFlash):
    """A partition whose power may fail at a step. `step()` is called before each write or erase."""

    def __init__(self, blocks: int, step: Callable[[], "int | None"]) -> None:
        super().__init__(blocks)
        self._step = step

    def _change(self, block: int, offset: int, before: bytes, after: bytes, torn: int) -> None:
        torn_bytes = self._step()
        if torn_bytes is not None:
            self.cut_at = self.operations + 1
        try:
            super()._change(block, offset, before, after, torn_bytes or 0)
        except PowerCut:
            raise PowerGone from None


class RelayChip(Chip):
    """The chip as the firmware sees it; edges of the relay are told."""

    def __init__(self, edge: Callable[[bool], None]) -> None:
        super().__init__([])
        self._edge = edge

    def set_relays(self, released: int) -> None:
        on = released != 0
        if on != self.relay:
            self._edge(on)
        self.relay = on


class SerialPort:
    """The gate's UART."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.received = b""
        self.write = send

    def read(self) -> bytes:
        data, self.received = self.received, b""
        return data


class GatePost:
    """`send(data)` takes what the gate sends, `edge(on)` the relay. `flash_step()`: None, or bytes that still get
    written of the flash operation in which the power fails."""

    def __init__(
        self,
        clockwork: Clockwork,
        random: Random,
        baud: int,
        keys: "tuple[bytes, bytes, bytes]",
        send: Callable[[bytes], None],
        edge: Callable[[bool], None],
    ) -> None:
        self.flash_step: Callable[[], int | None] = lambda: None
        self.failed: Callable[[], None] = lambda: None
        self.power_lost: Callable[[], None] = lambda: None
        self.on = False
        self._clockwork = clockwork
        self._baud = baud
        self._send = send
        self._edge = edge
        self._keys_flash = Flash(BLOCKS, self._flash_step)
        self._journal_flash = Flash(JOURNAL_BLOCKS, self._flash_step)
        self._suite = gate_suite()
        self._suite.random = random.randbytes  # type: ignore[method-assign]
        self._next_pass: Appointment | None = None
        self._settings = LaneSettings()
        KeySlots(self._keys_flash).enrol(*keys)

    def _flash_step(self) -> "int | None":
        return self.flash_step()

    # --- power --------------------------------------------------------------------------------------------

    def power_on(self) -> None:
        """Start from what the flash holds."""
        self.on = True
        for flash in (self._keys_flash, self._journal_flash):
            flash.cut_at = 0
        try:
            self._start()
        except PowerGone:
            self._power_failed()

    def _start(self) -> None:
        now = self._clockwork.ticks()
        slots = KeySlots(self._keys_flash)
        keys = slots.load()
        assert keys is not None, "the flash holds no keys"
        self.journal = Journal(self._journal_flash, POWER_ON_RESET)
        self.end = GateEnd(keys, self._suite, self._baud, self.journal.boot, now)
        self._port = SerialPort(self._send)
        self.uplink = Uplink(self._port, self.end, slots, self.journal, now, ABOUT)
        self.lane = Lane(self.journal.boot, self._settings, now, self.journal.locked())
        self._chip = RelayChip(self._edge)
        self._reader = Reader()
        parts = Turnstile(self._settings, now), Indicators(now), self.uplink, self.journal, now
        self.conductor = Conductor(self._chip, self.lane, [(self._reader, NoPort())], *parts)
        self._supervisor = Supervisor(self.conductor.parts, Dog(), self.conductor.crashed)
        self._pass()

    def power_off(self) -> None:
        """Everything that is not flash is gone; the relay falls."""
        if self.on:
            self.on = False
            self._chip.set_relays(0)
            self.power_lost()
            if self._next_pass is not None:
                self._next_pass.cancel()

    def _power_failed(self) -> None:
        self.power_off()
        self.failed()

    # --- what happens to it -------------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Bytes of the gatehouse; they fall on the floor while the power is off."""
        if self.on:
            self._port.received += data
            self._pass()

    def lay_card(self, kind: int, number: bytes) -> None:
        """The reader has read a card."""
        card = Card(kind, bytearray(number), 20301231, 20200101)
        self._reader.found.append(CardSeen(card, 2))
        self._pass()

    def beams(self, entry: bool, exit_: bool) -> None:
        """A person stands in the beams."""
        if self.on:
            self._chip.levels[:2] = [entry, exit_]
            self._pass()

    def _pass(self) -> None:
        if self._next_pass is not None:
            self._next_pass.cancel()
        now = self._clockwork.ticks()
        try:
            self._supervisor.turn(now)
        except PowerGone:
            self._power_failed()
            return
        self._settings = self.lane.settings
        due = self.conductor.deadline()
        pause_ms = LOOK_MS if due is None else max(1, min(LOOK_MS, diff(due, now)))
        self._next_pass = self._clockwork.after(pause_ms, self._pass)

    @property
    def crashes(self) -> int:
        """How often a part of the firmware failed since power-up."""
        return sum(self._supervisor.crashes)
