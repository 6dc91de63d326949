"""One cell of the table: one contender on one line, fresh processes, a paced line between them."""

import asyncio
import json
import math
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from gatetools.sim.cable import Cable
from gatetools.sim.child import Children

from tests.bench.contenders import Contender, Task, asker, decider

READY_WAIT_S = 60.0
BITS_PER_BYTE = 10  # 8N1


class CellFailed(Exception):
    """A contender did not come up or did not finish; the text is the end of what it said."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A line. `baud` None = no limit; `flip`: probability for each byte that one bit of it is turned."""

    baud: int | None
    flip: float

    @property
    def line(self) -> str:
        return "no limit" if self.baud is None else f"{self.baud} Bd"

    @property
    def damage(self) -> str:
        return "clean" if not self.flip else f"{self.flip * 100:g} % of bytes"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one contender did. Times are of answered rounds; percentiles count a lost round as one that never ends."""

    contender: str
    condition: Condition
    asked: int
    lost: int
    duplicated: int  # decisions that came again, or for rounds that had been given up
    bytes_per_round: float  # both directions, all that was sent from the first event to the last answer
    path_bytes: float  # of these, from an event to its decision
    times_ms: list[float] = field(repr=False)
    silent: bool = False  # stopped, because nothing was answered any more; what was not asked counts as lost
    wrong: int = 0  # of the whole: openings and reports that the checker objects to

    def percentile_ms(self, percent: float) -> float:
        """The time within which so many of all rounds were answered (nearest rank); infinite if too many were lost."""
        total = len(self.times_ms) + self.lost
        rank = max(1, math.ceil(total * percent / 100))
        return sorted(self.times_ms)[rank - 1] if rank <= len(self.times_ms) else math.inf

    @property
    def p50_ms(self) -> float:
        return self.percentile_ms(50)

    @property
    def p99_ms(self) -> float:
        return self.percentile_ms(99)

    @property
    def max_ms(self) -> float:
        return max(self.times_ms, default=math.inf)

    def wire_ms(self) -> float:
        """What the bytes between event and decision need on the line, 0 without a limit."""
        return self.path_bytes * BITS_PER_BYTE * 1000 / self.condition.baud if self.condition.baud else 0.0


async def measure(
    contender: Contender, condition: Condition, rounds: int, budget_s: float, seed: int, progress: Callable[[int], None]
) -> Cell:
    """The session is made on the clean line; damage begins with the first event that counts. CellFailed."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    async with Children(folder) as children:
        cable = Cable(children, folder / "gate", folder / "house", folder / "line.log")
        await cable.start(condition.baud, seed)
        log = folder / "ends.log"
        task = Task(cable.gate_end, condition.baud, rounds, budget_s, seed)
        command, environment = await asyncio.to_thread(asker, contender, task, folder)
        await children.start(decider(contender, cable.house_end, condition.baud), log)
        child = await children.start(command, log, env=environment, talk=True)
        if child.stdin is None or child.stdout is None:
            raise CellFailed("no pipes")
        try:
            ready = await asyncio.wait_for(child.stdout.readline(), READY_WAIT_S)
        except TimeoutError:
            ready = b""
        if ready.strip() != b"ready":
            raise CellFailed(tail(log) or "it does not come up")
        await cable.obey(f"damage flip={condition.flip}")
        before = await cable.carried_bytes()
        child.stdin.write(b"\n")
        told = [line async for line in lines(child.stdout, progress)]
        carried = await cable.carried_bytes() - before
    try:
        return cell(contender.key, condition, rounds, carried, told)
    except (ValueError, IndexError):
        raise CellFailed(tail(log) or "it ended without a result") from None


async def lines(stream: asyncio.StreamReader, progress: Callable[[int], None]) -> AsyncIterator[str]:
    """What an asker prints, one round after the other."""
    count = 0
    while line := await stream.readline():
        count += 1
        progress(count)
        yield line.decode().strip()


def cell(key: str, condition: Condition, planned: int, carried_bytes: int, told: list[str]) -> Cell:
    """From what an asker printed, see tests/bench/ends/exchange.py. ValueError, IndexError: it broke off."""
    result = json.loads(told[-1])
    times_ms = [float(line) for line in told[:-1] if line != "lost"]
    asked = planned if result["silent"] else result["asked"]
    return Cell(
        key,
        condition,
        asked,
        asked - len(times_ms),
        result["duplicates"] + result["late"],
        carried_bytes / max(1, result["asked"]),
        result["path_bytes"],
        times_ms,
        silent=result["silent"],
    )


def tail(log: Path) -> str:
    """The last of what an end said."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
