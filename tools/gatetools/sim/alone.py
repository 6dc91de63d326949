"""One simulated lane alone, so that a real card module, another pin model or another host can be attached to it."""

import asyncio
import contextlib
import os
import stat
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gatehouse import settings
from gatehouse.keyfile import KeyFile, KeyFileError
from gatehouse.protectors import AUTO
from gatehouse.settings_errors import SettingsError

from gatetools import enroll
from gatetools.build import compile_firmware
from gatetools.sim import script
from gatetools.sim.actions import Actions, NotSo
from gatetools.sim.board import Board
from gatetools.sim.cable import Cable
from gatetools.sim.child import Children
from gatetools.sim.fittings import Fittings, Seen
from gatetools.sim.gate import Gate, from_flash
from gatetools.sim.gatehouse import GatehouseFailed, give_order
from gatetools.sim.hands import Hands, NotModelled
from gatetools.sim.pins import Pins
from gatetools.sim.port import TtyPort
from gatetools.sim.script import Step
from gatetools.sim.sightings import Sightings
from gatetools.sim.station import StationFailed, end_on_signals
from gatetools.sim.tap import Tap
from gatetools.sim.turnstile import Turnstile
from gatetools.sim.wiring import LaneSetup

SAM_V_BAUD = 115200
LINE_BYTES_MAX = 4096
HELP, SERVICE = "help", "service"


@dataclass(frozen=True, slots=True)
class Ends:
    """What is attached by path; None = a model, or a fresh tty."""

    link: Path | None
    sam_v: Path | None
    pins: Path | None
    flash: Path | None


class Alone:
    """One lane and its commands."""

    def __init__(
        self,
        board: str,
        ends: Ends,
        baud: int,
        enroll_into: Path | None,
        lane: str | None,
        *,
        setup: LaneSetup | None = None,
        service: bool = False,
    ) -> None:
        """`setup`: how it is set. `service`: its service button is held at the first power-up."""
        self._board = Board(board)
        self._ends = ends
        self._baud = baud
        self._enroll_into = enroll_into
        self._lane = lane or board
        self._setup = setup or LaneSetup()
        self._turnstile = Turnstile(self._board, self._setup)
        self._sightings = Sightings(self._turnstile, lambda us, text: say(f"{us} {text}"), hears_house=False)
        seen = Seen(
            partial(_read, "card"),
            partial(_read, "staff card"),
            partial(_read, "code"),
            partial(_read, "wiegand card"),
            self._sightings.told_by_sign,
        )
        self._fittings = Fittings(self._board, self._setup.fitted, seen)
        self._pins: Pins | None = None
        self._cable: Cable | None = None
        self._data: Path | None = None  # of the gatehouse that it is enrolled into
        self._service = service
        self._lit: set[int] = set()

    async def run(self) -> int:
        """Until Ctrl-C, or the end of standard input where that is a terminal, a pipe or a file; the exit status."""
        folder = Path(tempfile.mkdtemp(prefix="gate-"))
        serving = asyncio.create_task(self._serve(folder))
        end_on_signals(serving)
        with contextlib.suppress(asyncio.CancelledError):
            await serving
        return 0

    async def _serve(self, folder: Path) -> None:
        async with Children(folder) as children, contextlib.AsyncExitStack() as stack:
            tree = await asyncio.to_thread(compile_firmware)
            flash = (self._ends.flash or folder / "flash").absolute()  # the gate's process has a folder of its own
            self._setup.size(flash)
            await asyncio.to_thread(self._enroll, tree, flash)
            link = await self._link(children, folder)
            sam_v = self._reader_end()
            self._fittings.start(folder / "qr")
            stack.callback(self._fittings.close)
            if self._setup != LaneSetup():
                self._setup.put_into(flash / "fs")
            pins = await self._pins_end(folder, stack)
            self._hands = Hands(self._lane, self._turnstile, self._pins)
            usb = await self._usb(children, folder)
            log = folder / "gate.log"

            def failing(status: int) -> None:
                last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
                say("\n".join([f"the gate does not stay up (status {status}); it said last:", *last]))

            def gate(firmware: Path) -> Gate:
                ends = {"link": link, "sam_v": sam_v, "qr": self._fittings.qr_path, "pins": pins, "usb": usb}
                return Gate(children, firmware, self._board, flash, log=log, failing=failing, **ends)

            # A gate that has files of its own runs those, whatever the tree has become.
            own = (flash / "fs" / "main.py").exists()
            self._gate = gate(from_flash(tree, self._board, flash) if own else tree)
            self._gate_of_its_own: Callable[[], Gate] = lambda: gate(from_flash(tree, self._board, flash))
            if self._service:
                await self._enter_service()
            else:
                self._gate.power_on()
            say(f"gate's own output: {log}")
            order = None if self._data is None else partial(give_order, self._data, self._lane)
            self._actions = Actions(
                self._hands, self._sightings, lambda: self._gate, Tap.made_up, self._fittings, self._cable, order
            )
            stack.push_async_callback(self._actions.do, Step("cut", ()))
            await self._commands()

    # --- the ends -----------------------------------------------------------------------------------------

    def _enroll(self, tree: Path, flash: Path) -> None:
        if self._enroll_into is None:
            if not (flash / "keys.bin").exists():
                say("this gate has no keys and will serve nobody: use --enroll-into and --lane")
            return
        path = self._enroll_into
        try:
            protector = AUTO
            if path.suffix == ".toml":
                store = settings.load(path).store
                path, protector = store.keys_path, store.protector
                self._data = store.ledger.parent
            keys = KeyFile(path, create=True, protector=protector)
            try:
                identity = enroll.enroll(enroll.simulated(tree, self._board.name, flash), keys, self._lane)
            finally:
                keys.close()
        except (KeyFileError, SettingsError, enroll.EnrolmentFailed, enroll.EnrolmentRefused) as failure:
            raise StationFailed(str(failure)) from None
        for line in keys.news:
            say(line)
        say(f"enrolled as lane {self._lane}, identity {identity.hex()}, in {path}")

    async def _link(self, children: Children, folder: Path) -> Path:
        if self._ends.link is not None:
            self._held_link = TtyPort(self._ends.link, self._baud)  # never read; keeps the tty at its speed
            return self._ends.link
        cable = Cable(children, folder / "gate_end", folder / "link", folder / "line.log")
        await cable.start(self._baud, seed=1)
        self._cable = cable
        say(f"uplink: {cable.house_end} (at {self._baud} Bd)")
        return cable.gate_end

    def _reader_end(self) -> Path:
        if self._ends.sam_v is not None:
            self._held_sam_v = TtyPort(self._ends.sam_v, SAM_V_BAUD)
            return self._ends.sam_v
        say("card module: a model; `tap` lays a card down")
        return self._fittings.attach_card_module(None).path

    async def _pins_end(self, folder: Path, stack: contextlib.AsyncExitStack) -> Path:
        if self._ends.pins is not None:
            return self._ends.pins
        self._pins = pins = Pins(self._pin_changed, self._inputs, self._power_lost)
        self._fittings.drive = pins.set
        await pins.start(folder / "pins")
        stack.push_async_callback(pins.stop)
        say("pins: a turnstile model; `walk` walks through, `help` tells the other commands")
        return folder / "pins"

    def _inputs(self) -> dict[int, int]:
        return self._turnstile.inputs() | self._fittings.inputs()

    def _pin_changed(self, pin: int, value: int, us: int) -> None:
        self._turnstile.output_changed(pin, value, us)
        self._fittings.output_changed(pin, value, us)
        active = value == self._board["OUTPUT_ACTIVE"]
        (self._lit.add if active else self._lit.discard)(pin)
        if self._service and {self._board["LIGHT_RED"], self._board["LIGHT_AMBER"]} <= self._lit:
            self._service = False
            self._hands.service_button(held=False)
            say("service mode; the button is released")
        self._sightings.output(pin, value, us)

    def _power_lost(self) -> None:
        self._turnstile.power_lost(time.monotonic_ns() // 1000)
        self._sightings.power_lost()

    async def _usb(self, children: Children, folder: Path) -> Path | None:
        """The USB port of a board whose console is not the link."""
        if self._board["LINK_UART"] == 0:
            say("console, in service mode: the uplink")
            return None
        cable = Cable(children, folder / "usb_gate", folder / "usb", folder / "usb.log")
        await cable.start(None, seed=1)
        say(f"console, in service mode: {cable.house_end}")
        return cable.gate_end

    # --- commands -----------------------------------------------------------------------------------------

    async def _commands(self) -> None:
        mode = os.fstat(sys.stdin.fileno()).st_mode
        if stat.S_ISREG(mode):
            while raw := sys.stdin.buffer.readline(LINE_BYTES_MAX):
                await self._obey(raw.decode("utf-8", "replace"))
        elif sys.stdin.isatty() or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
            lines = asyncio.StreamReader(limit=LINE_BYTES_MAX)
            loop = asyncio.get_running_loop()
            await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
            while line := await _line(lines):
                await self._obey(line)
        else:
            await asyncio.Event().wait()  # nobody can say anything; a signal ends it

    async def _obey(self, line: str) -> None:
        """One line; what is wrong with it is said, and the lane goes on."""
        text, _ = script.uncommented(line)
        words = text.split()
        if not words:
            return
        try:
            if words == [HELP]:
                say(script.manual(alone=True))
            elif words == [SERVICE]:
                await self._enter_service()
            else:
                await self._actions.do(script.command(text, alone=True))
        except (script.CommandWrong, NotModelled, NotSo, GatehouseFailed) as wrong:
            say(str(wrong))

    async def _enter_service(self) -> None:
        """Power off and on with the service button held, until the lamps show that it was seen.

        A tool may change the gate's files then, so from now on it runs those of its flash folder.
        """
        self._hands.service_button(held=True)
        await self._gate.power_cut()
        self._lit.clear()
        self._service = True
        self._gate = self._gate_of_its_own()
        self._gate.power_on()


async def _line(lines: asyncio.StreamReader) -> str:
    """The next line, "" at the end; what is longer than a line may be comes as one that is no command."""
    try:
        return (await lines.readuntil(b"\n")).decode("utf-8", "replace")
    except asyncio.IncompleteReadError as end:
        return end.partial.decode("utf-8", "replace")
    except asyncio.LimitOverrunError as over:
        await lines.readexactly(over.consumed)
        return "a line without end"


def _read(what: str, _whole: object, us: int) -> None:
    """Something left a reader whole; what it says is nobody's business."""
    say(f"{us} {what} read")


def say(text: str) -> None:
    """A line for whoever started this."""
    print(text, flush=True)
