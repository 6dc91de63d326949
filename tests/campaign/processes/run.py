"""Faults on real processes, as many as are wanted, in as many stations as they wear out."""

import asyncio
import datetime
from collections import deque
from collections.abc import Callable

from gatetools.sim import people
from gatetools.sim.lane import LaneSpec
from gatetools.sim.people import TrueColour
from gatetools.sim.station import Station, new_loop

from tests.campaign.recovery import Recovery

from .faults import drawn
from .yard import Yard

IN_ONE_STATION = 250  # afterwards its ledger gets long and is read more slowly
READ_US = 20_000
LANES = (
    LaneSpec("A", "lane_a", read_us=READ_US),
    LaneSpec("B", "devkit", read_us=READ_US),
    LaneSpec("C", "lane_a", read_us=READ_US),
)


def run(count: int, seed: int, told: Callable[[Recovery], None], only: int | None = None) -> None:
    """Faults 0 to `count` - 1 of `seed`, or that one alone in a fresh station; `told` gets each as it ends."""
    faults = deque(drawn(seed, index) for index in (range(count) if only is None else (only,)))
    with asyncio.Runner(loop_factory=new_loop) as runner:
        while faults:
            batch = deque(faults.popleft() for _ in range(min(IN_ONE_STATION, len(faults))))
            runner.run(in_a_station(batch, seed, told))
            faults.extendleft(reversed(batch))


async def in_a_station(faults, seed, told):
    """Work off what one station bears; the rest stays in `faults`."""
    now = datetime.datetime.now().astimezone()
    may_pass = people.one(seed, TrueColour.GREEN, now=now)
    may_not = people.one(seed + 1, TrueColour.RED, now=now)
    yard = None
    async with Station((may_pass, may_not), LANES, seed, lambda event: yard and yard.told(event)) as station:
        yard = Yard(station, may_pass, may_not, told)
        await yard.run(faults)
