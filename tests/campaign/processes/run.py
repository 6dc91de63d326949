"""Faults on real processes, as many as are wanted, in as many stations as they wear out."""

import asyncio
import datetime
from collections import deque
from collections.abc import Callable, Iterable
from itertools import cycle

from gatetools.sim import people
from gatetools.sim.lane import LaneSpec
from gatetools.sim.people import TrueColour
from gatetools.sim.station import Station, new_loop

from tests.campaign.recovery import Recovery

from .faults import Fault, drawn
from .yard import Yard

IN_ONE_STATION = 250  # afterwards its ledger gets long and is read more slowly
READ_US = 20_000
LANES = tuple(LaneSpec(name, board, read_us=READ_US) for name, board in zip("ABCDE", cycle(("lane_a", "devkit"))))


def run(count: int, seed: int, told: Callable[[Recovery], None], only: int | None = None) -> None:
    """Faults 0 to `count` - 1 of `seed`, or that one alone in a fresh station; `told` gets each as it ends."""
    work_off((drawn(seed, index) for index in (range(count) if only is None else (only,))), seed, told)


def work_off(faults: Iterable[Fault], seed: int, told: Callable[[Recovery], None]) -> None:
    """These faults. `seed`: of the travellers, and of the damage that lines do."""
    left = deque(faults)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        while left:
            batch = deque(left.popleft() for _ in range(min(IN_ONE_STATION, len(left))))
            runner.run(in_a_station(batch, seed, told))
            left.extendleft(reversed(batch))


async def in_a_station(faults, seed, told):
    """Work off what one station bears; the rest stays in `faults`."""
    now = datetime.datetime.now().astimezone()
    kinds = list(people.Kind)
    may_pass = people.one(seed, TrueColour.GREEN, kind=kinds[seed % 4], now=now)
    may_not = people.one(seed + 1, TrueColour.RED, kind=kinds[seed // 4 % 4], now=now)
    yard = None
    async with Station((may_pass, may_not), LANES, seed, lambda event: yard and yard.told(event)) as station:
        yard = Yard(station, may_pass, may_not, told)
        await yard.run(faults)
