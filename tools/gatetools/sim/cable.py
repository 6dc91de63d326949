"""The line process between a gate and the gatehouse, and how to treat it badly."""

import asyncio
import contextlib
import sys
from pathlib import Path

from gatetools.sim.child import Children

END_S = 5.0


class LineFailed(Exception):
    """The line process did not start or did not obey."""


class Cable:
    """One `gatetools.sim.line`. `gate_end` and `house_end` are the names of its two ttys."""

    def __init__(self, children: Children, gate_end: Path, house_end: Path, log: Path) -> None:
        self.gate_end = gate_end
        self.house_end = house_end
        self._children = children
        self._log = log
        self._turn = asyncio.Lock()

    async def start(self, baud: int | None, seed: int) -> None:
        """Both ends are there when this returns."""
        speed = "none" if baud is None else str(baud)
        command = [sys.executable, "-m", "gatetools.sim.line", str(self.gate_end), str(self.house_end)]
        self._process = await self._children.start(
            [*command, "--baud", speed, "--seed", str(seed)], self._log, talk=True
        )
        await self._expect("ready")

    async def obey(self, command: str) -> None:
        """One command of the line's list, done when this returns. LineFailed if it is refused."""
        async with self._turn:
            if self._process.stdin is None:
                raise LineFailed("no pipe to the line")
            self._process.stdin.write(command.encode() + b"\n")
            await self._expect("ok")

    async def carried_bytes(self) -> int:
        """What both ends have sent so far."""
        async with self._turn:
            if self._process.stdin is None:
                raise LineFailed("no pipe to the line")
            self._process.stdin.write(b"carried\n")
            return int((await self._expect("carried")).split()[1])

    async def end(self) -> None:
        """Both ends vanish, their names first: a device's number soon belongs to another line."""
        if self._process.stdin is not None:
            self._process.stdin.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(END_S):
                    await self._process.wait()
        await self._children.end(self._process)

    async def _expect(self, wanted: str) -> str:
        if self._process.stdout is None:
            raise LineFailed("no pipe from the line")
        said = (await self._process.stdout.readline()).decode().strip()
        if said.split()[:1] != [wanted]:
            raise LineFailed(f"the line said {said!r} instead of {wanted!r}; see {self._log}")
        return said
