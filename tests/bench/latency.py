"""Card's last byte -> relay pin, over the real firmware, a paced line, and the real gatehouse with its register."""

import asyncio
import statistics
from collections.abc import Callable
from dataclasses import dataclass

from gatetools.pictures.link import frame_bytes
from gatetools.sim.lane import LaneSpec
from gatetools.sim.station import Station

from tests.bench.visits import green_travellers, quick_visit

BAR_BEYOND_WIRE_MS = 10.0
BITS_PER_BYTE = 10


@dataclass(frozen=True, slots=True)
class Latency:
    """One line speed. `wire_ms`: what tap and verdict alone need on the line; 0 = no limit."""

    baud: int | None
    wire_ms: float
    measured_ms: list[float]
    wrong: int

    @property
    def p50_ms(self) -> float:
        return statistics.median(self.measured_ms)

    @property
    def p99_ms(self) -> float:
        return statistics.quantiles(self.measured_ms, n=100, method="inclusive")[98]


def wire_ms(baud: int | None) -> float:
    """Tap and verdict at a line speed."""
    both = frame_bytes("tap") + frame_bytes("verdict")
    return 0.0 if baud is None else both * BITS_PER_BYTE * 1000 / baud


async def measure(baud: int | None, swipes: int, progress: Callable[[], None]) -> Latency:
    """`swipes` visits over two lanes, one of each board."""
    lanes = (LaneSpec("A", "lane_a", baud, read_us=20_000), LaneSpec("B", "devkit", baud, read_us=20_000))
    travellers = green_travellers(swipes)
    measured: list[float] = []

    async def serve(lane: str, share: list) -> None:
        for traveller in share:
            swipe = await quick_visit(station.lanes[lane], traveller)
            if swipe.latency_ms is not None:
                measured.append(swipe.latency_ms)
            progress()

    async with Station(travellers, lanes) as station:
        await station.all_up()
        await asyncio.gather(serve("A", travellers[::2]), serve("B", travellers[1::2]))
        await station.settled()
        findings = station.judge()
    return Latency(baud, wire_ms(baud), measured, findings.wrong_opens + findings.lost + findings.duplicates)
