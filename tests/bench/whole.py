"""The whole product as a contender: card's last byte on the gate's UART -> relay pin, over one lane of each board.

The real firmware, a paced line, the real gatehouse with its register and its ledger; the checker judges every run.
"""

import asyncio
import time
from collections.abc import Callable

from gatetools.pictures.link import frame_bytes
from gatetools.sim.lane import LaneSpec
from gatetools.sim.station import Station

from tests.bench.cell import Cell, Condition
from tests.bench.contenders import WHOLE
from tests.bench.visits import green_travellers, quick_visit

READ_US = 20_000
PATH_BYTES = frame_bytes("tap") + frame_bytes("verdict")


async def measure(
    condition: Condition, visits: int, budget_s: float, seed: int, progress: Callable[[int], None]
) -> Cell:
    """So many visits, fewer if they take longer than `budget_s`. A visit that opens nothing counts as lost."""
    lanes = tuple(LaneSpec(name, board, condition.baud, READ_US) for name, board in (("A", "lane_a"), ("B", "devkit")))
    travellers = green_travellers(visits, seed)
    times_ms: list[float] = []
    asked = 0
    until = time.monotonic() + budget_s

    async def serve(lane: str, share: list) -> None:
        nonlocal asked
        for traveller in share:
            if time.monotonic() > until:
                return
            asked += 1
            try:
                swipe = await quick_visit(station.lanes[lane], traveller)
            except TimeoutError:
                continue
            if swipe.latency_ms is not None:
                times_ms.append(swipe.latency_ms)
            progress(asked)

    async with Station(travellers, lanes, seed) as station:
        await station.all_up()
        for cable in station.cables.values():
            await cable.obey(f"damage flip={condition.flip}")
        before = await carried(station)
        await asyncio.gather(serve("A", travellers[::2]), serve("B", travellers[1::2]))
        moved = await carried(station) - before
        for cable in station.cables.values():
            await cable.obey("damage flip=0")
        await station.settled()
        findings = station.judge()
    wrong = findings.wrong_opens + findings.lost + findings.duplicates
    lost = asked - len(times_ms)
    return Cell(WHOLE.key, condition, asked, lost, 0, moved / max(1, asked), PATH_BYTES, times_ms, wrong=wrong)


async def carried(station: Station) -> int:
    """Bytes that were put on all lines so far."""
    return sum([await cable.carried_bytes() for cable in station.cables.values()])
