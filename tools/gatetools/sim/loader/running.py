"""The gate that runs on a board: the real firmware, out of the board's flash, on the real interpreter.

Its file system is mounted by MicroPython itself, see `sim/machine/from_image`. Partitions go into files when it
starts and come back when it stops, so the flash keeps what the firmware has written.
"""

import contextlib
import os
import pty
import signal
import subprocess
import threading
import tty
from collections.abc import Callable
from pathlib import Path

from gatetools.build import compile_chip, interpreter
from gatetools.chip import partitions
from gatetools.enroll import make_private
from gatetools.sim.board import Board as Pins
from gatetools.sim.gate import HEAP
from gatetools.sim.loader.flash import Flash

LABELS = ("vfs", "keys", "journal")
READ_BYTES = 4096


class RunningGate:
    """Firmware for a `board.Board`. Where its link is not the board's own cable, it is at the tty `link_path`."""

    def __init__(self, name: str, folder: Path) -> None:
        """`name` of a board file; `folder` holds the partitions while it runs."""
        self._pins = Pins(name)
        self._name = name
        self._folder = folder
        self._flash: Flash | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._far, self._near = _raw_pty()
        self._link, self._link_near = _raw_pty()
        self.link_path = Path(os.ttyname(self._link_near))
        self._console = self._pins["LINK_UART"] == 0
        self.log = folder / "log"
        self._thread: threading.Thread | None = None

    def put_into(self, flash: Flash) -> None:
        """The flash that it starts from."""
        self._flash = flash

    def start(self, send: Callable[[bytes], None]) -> None:
        """As the boot loader does; nothing runs where the table is not a gate's."""
        flash = self._flash
        if flash is None or not partitions.is_ours(flash.read(partitions.TABLE_AT, partitions.TABLE_BYTES)):
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        make_private(self._folder)
        for label in LABELS:
            place = partitions.named(label)
            self._file(label).write_bytes(flash.read(place.at, place.size))
        # Its own group: the watchdog's watcher ends with it.
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [interpreter(), "-X", HEAP, "-c", "import from_image"],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        if self._thread is None:
            self._thread = threading.Thread(target=self._carry, args=(send,), name="link", daemon=True)
            self._thread.start()

    def receive(self, data: bytes) -> None:
        """Bytes for the console's UART."""
        if self._console:
            os.write(self._far, data)

    def stop(self) -> None:
        """Between two instructions; what lies in the files goes back into the flash."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for label in LABELS:
            place = partitions.named(label)
            if self._flash is not None:
                self._flash.content[place.at : place.end] = self._file(label).read_bytes().ljust(place.size, b"\xff")

    def close(self) -> None:
        """No start comes after this."""
        self.stop()
        os.close(self._near)  # the last one that holds it: the thread's read ends
        if self._thread is not None:
            self._thread.join()
        for each in (self._far, self._link, self._link_near):
            os.close(each)

    def _carry(self, send: Callable[[bytes], None]) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._far, READ_BYTES):
                if self._console:
                    send(data)
                else:
                    os.write(self._link, data)

    def _file(self, label: str) -> Path:
        return self._folder / f"{label}.bin"

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GATE_")}
        return kept | {
            "MICROPYPATH": f"{compile_chip()}:.frozen",
            "MICROPYTHON": interpreter(),
            "GATE_BOARD": self._name,
            "GATE_FLASH": str(self._folder),
            f"GATE_UART{self._pins['LINK_UART']}": os.ttyname(self._near),
        }


def _raw_pty() -> tuple[int, int]:
    """The two ends of a pseudo terminal that changes no byte."""
    far, near = pty.openpty()
    tty.setraw(near)
    return far, near
