"""Child processes that never outlive the one that started them, however that one ends.

Each child leads a process group of its own, so a Ctrl-C at the terminal reaches only its parent, which then ends the
children in order. A keeper process holds the other end of a pipe: when the pipe closes, because the parent has ended
or was killed, it kills what is left and removes the run's folder.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

TERM_WAIT_S = 5.0


class Children:
    """All processes of one run, and its folder, which goes with them. Use as an async context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[asyncio.subprocess.Process] = []

    async def __aenter__(self) -> Self:
        command = [sys.executable, "-S", str(Path(__file__).with_name("keeper.py")), str(self._folder)]
        self._keeper = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, start_new_session=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await asyncio.gather(*(self.end(child) for child in list(self._running)))
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
            if self._keeper.stdin is not None:
                self._keeper.stdin.close()
            await self._keeper.wait()

    async def start(
        self,
        command: Sequence[str],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        talk: bool = False,
    ) -> asyncio.subprocess.Process:
        """A child. What it prints goes to the end of the file `log`; with `talk` only its errors do, input and
        output are pipes, and it must end when its input does.
        """
        with log.open("ab") as file:
            child = await asyncio.create_subprocess_exec(
                *command,
                stdin=subprocess.PIPE if talk else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talk else file,
                stderr=file,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                process_group=0,
            )
        self._tell(f"watch {child.pid}")
        self._running.append(child)
        return child

    async def end(self, child: asyncio.subprocess.Process, *, kill: bool = False) -> int:
        """End a child and its group, by SIGTERM first unless `kill`; its exit status."""
        if child.returncode is None:
            _signal(child.pid, signal.SIGKILL if kill else signal.SIGTERM)
        try:
            # Python 3.11's wait_for loses a cancellation that comes as the child ends; whoever cancels would wait on.
            async with asyncio.timeout(TERM_WAIT_S):
                status = await child.wait()
        except TimeoutError:
            _signal(child.pid, signal.SIGKILL)
            status = await child.wait()
        # What it had started itself and left behind.
        _signal(child.pid, signal.SIGKILL)
        if child in self._running:
            self._running.remove(child)
            self._tell(f"forget {child.pid}")
        return status

    def _tell(self, line: str) -> None:
        if self._keeper.stdin is not None:
            self._keeper.stdin.write(line.encode() + b"\n")


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
