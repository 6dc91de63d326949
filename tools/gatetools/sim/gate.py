"""One gate: the real compiled firmware on the real MicroPython, as a process that is started again when it resets."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from gatetools.build import compile_chip, interpreter
from gatetools.enroll import gate_environment
from gatetools.sayings import FIRMWARE
from gatetools.sim.board import Board
from gatetools.sim.child import Children

HEAP = "heapsize=192k"  # about what the chip has, see firmware/README.md
RESET_STATUS = 75  # the fake chip's exit status of machine.reset()
BOOT_GAP_S = 0.2
SOON_US = 2_000_000
SHORT_RUNS = 3  # in a row, each ended within SOON_US
# Openings that ended, until the journal takes none any more.
FILL = """\
from gate import hal
from gate.journal import Journal, JournalFull
from gatelink import codes
journal = Journal(hal.Flash("journal"), 1)
try:
    for counter in range(1, 1 << 31):
        journal.append(codes.REPORT_OPENING, counter, codes.REASON_GREEN)
        journal.append(codes.REPORT_PASSED, counter, 0)
except JournalFull:
    print("journal filled:", counter)
"""


def from_flash(tree: Path, board: Board, flash: Path) -> Path:
    """The gate's own file system as the firmware to run; the compiled tree is copied there once, main.py last."""
    files = flash / "fs"
    if not (files / "main.py").exists():
        shutil.copytree(tree, files, dirs_exist_ok=True, ignore=shutil.ignore_patterns("main.py"))
        (files / "board.py").write_text(f"from boards.{board.name} import *\n", encoding="utf-8")
        shutil.copy(tree / "main.py", files)
    return files


class Gate:
    """A gate and its flash. `link`, `sam_v`, `qr`, `usb`: its ttys, None = nothing connected; `pins`: socket or None.

    `tree`: the firmware that it runs, a compiled tree or its own file system.
    """

    def __init__(
        self,
        children: Children,
        tree: Path,
        board: Board,
        flash: Path,
        *,
        link: Path | None,
        sam_v: Path | None,
        pins: Path | None,
        log: Path,
        qr: Path | None = None,
        usb: Path | None = None,
        failing: Callable[[int], None] = lambda _status: None,
    ) -> None:
        """`failing(status)`: told when it has ended by itself several times, each soon after its start."""
        self._failing = failing
        self.starts_us: list[int] = []
        self._children = children
        self._log = log
        self._cwd = self.files = flash / "fs"
        self._cwd.mkdir(parents=True, exist_ok=True)
        # MicroPython keeps the path of every file that it loads. A chip's are short; long ones would take heap from it.
        for name, target in (("chip", compile_chip()), ("tree", tree)):
            (flash / name).unlink(missing_ok=True)
            (flash / name).symlink_to(target.absolute())
        self._command = [interpreter(), "-X", HEAP, "../chip/power_on.py", "../tree"]
        self._environment = gate_environment(tree, board.name, flash)
        self._environment["MICROPYPATH"] = "../chip:../tree:../tree/lib:.frozen"
        ends = {f"GATE_UART{board['LINK_UART']}": link, f"GATE_UART{board['SAM_V_UART']}": sam_v, "GATE_PINS": pins}
        ends |= {f"GATE_UART{board['QR_UART']}": qr, "GATE_USB": usb}
        self._environment |= {name: str(path) for name, path in ends.items() if path is not None}
        self._process: asyncio.subprocess.Process | None = None
        self._running: asyncio.Task[None] | None = None

    def power_on(self) -> None:
        """Start it; it is started again whenever it resets or its watchdog bites."""
        if self._running is None:
            self._running = asyncio.create_task(self._run())

    def powered(self) -> bool:
        """Whether it has power."""
        return self._running is not None

    async def power_cut(self) -> None:
        """Between two instructions, as power goes."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.wait((running,))  # which a cancellation of this one does not get lost in
        if self._process is not None:
            await self._children.end(self._process, kill=True)
            self._process = None

    async def fill_journal(self) -> None:
        """While it has no power: its journal becomes as full as a long time without a gatehouse makes it."""
        # By the firmware's sources: the compiled tree keeps no names that only people use.
        path = {"MICROPYPATH": f"{compile_chip()}:{FIRMWARE}:{FIRMWARE / 'lib'}:.frozen"}
        command = [interpreter(), "-c", FILL]
        filling = await self._children.start(command, self._log, env=self._environment | path, cwd=self._cwd)
        await filling.wait()
        await self._children.end(filling)

    def hang(self) -> None:
        """Its processor stands still; nothing but the watchdog, or a power cut, ends that."""
        if self._process is not None and self._process.returncode is None:
            os.kill(self._process.pid, signal.SIGSTOP)

    async def _run(self) -> None:
        short = 0
        while True:
            self.starts_us.append(time.monotonic_ns() // 1000)
            self._process = await self._children.start(self._command, self._log, env=self._environment, cwd=self._cwd)
            status = await self._process.wait()
            await self._children.end(self._process)
            soon = time.monotonic_ns() // 1000 - self.starts_us[-1] < SOON_US
            short = short + 1 if soon else 0
            if short == SHORT_RUNS:
                self._failing(status)
            with self._log.open("a", encoding="utf-8") as log:
                log.write(f"-- ended with {status}{' (reset)' if status == RESET_STATUS else ''}, started again\n")
            await asyncio.sleep(BOOT_GAP_S)
