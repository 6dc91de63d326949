"""A gate in service mode on a chip model, and the cable between its console and a tool."""

import contextlib
import importlib
import os
import pty
import select
import shutil
import threading
import tty

from end_to_end.chip import Chip, World
from gatetools.build import compile_chip, compile_firmware

CONSOLE = {"lane_a": "GATE_USB", "devkit": "GATE_UART0"}


class ServiceCable:
    """Two ttys joined: `gate` for the chip, `tool` for the program under test. `pull` makes both hang up.

    When `after` bytes from the tool have arrived, `then()` happens and the cable is pulled. `carried`: bytes so far.
    """

    def __init__(self, after=None, then=lambda: None):
        self._after = after
        self._then = then
        self.carried = 0
        self._ends = []
        paths = []
        for _ in range(2):
            far, near = pty.openpty()
            tty.setraw(near)
            self._ends += [far, near]
            paths.append(os.ttyname(near))
        self.gate, self.tool = paths
        self._wake, self._woken = os.pipe()
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.pull()
        os.close(self._wake)
        os.close(self._woken)

    def pull(self):
        os.write(self._woken, b".")
        self._thread.join()

    def _carry(self):
        gate, _, tool, _ = self._ends
        while True:
            ready = select.select([gate, tool, self._wake], [], [])[0]
            if self._wake in ready:
                break
            if gate in ready:
                os.write(tool, os.read(gate, 4096))
            if tool in ready:
                data = os.read(tool, 4096)
                reached = self._after is not None and self.carried < self._after <= self.carried + len(data)
                os.write(gate, data[: self._after - self.carried] if reached else data)
                self.carried += len(data)
                if reached:
                    self._then()
                    break
        for end in self._ends:
            os.close(end)


class ServicedGate:
    """A chip that runs firmware from its own file system; `start` gives it power."""

    def __init__(self, folder, name="lane_a", tree=None):
        self.name = name
        self.flash = folder / "flash"
        self.files = self.flash / "fs"
        self._folder = folder
        self._starts = 0
        self.flash.mkdir(parents=True)
        shutil.copytree(tree or compile_firmware(), self.files)
        (self.files / "board.py").write_text(f"from boards.{name} import *\n")

    @contextlib.contextmanager
    def start(self, console=None, *, button=True, **more):
        """(the chip, its pins) with its service button held; `console` is its end of a cable."""
        board = importlib.import_module(f"boards.{self.name}")
        rest = {"BEAM_ENTRY": 0, "BEAM_EXIT": 0, "FIRE": 0, "KEY_SWITCH": 1, "SERVICE_BUTTON": 0 if button else 1}
        self._starts += 1
        arguments = ("-X", "heapsize=192k", str(compile_chip() / "power_on.py"), str(self.files))
        more |= {"board": self.name, "cwd": self.files, "path": (self.files, self.files / "lib")}
        if console is not None:
            more[CONSOLE[self.name]] = console
        levels = {getattr(board, signal): level for signal, level in rest.items()}
        with (
            World(self._folder / f"pins{self._starts}", levels) as world,
            Chip(*arguments, flash=self.flash, GATE_PINS=world.path, **more) as chip,
        ):
            world.welcome()
            yield chip, world
