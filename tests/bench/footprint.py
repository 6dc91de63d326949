"""What the firmware needs: the smallest heap that serves swipes, and the time from process start to the first card."""

from unittest import mock

from gatetools.sim import gate
from gatetools.sim.lane import LaneSpec
from gatetools.sim.station import Station, StationFailed

from tests.bench.visits import green_travellers, quick_visit

SWIPES = 3
STEP_KB = 4


async def serves(heap_kb: int) -> bool:
    """Whether a gate with a heap of this size comes up and serves a few swipes."""
    travellers = green_travellers(SWIPES, seed=heap_kb)
    with mock.patch.object(gate, "HEAP", f"heapsize={heap_kb}k"), mock.patch("gatetools.sim.station.UP_WAIT_S", 5.0):
        try:
            async with Station(travellers, (LaneSpec("A", "lane_a"),)) as station:
                await station.all_up()
                for traveller in travellers:
                    await quick_visit(station.lanes["A"], traveller)
        except (StationFailed, TimeoutError):
            return False
    return True


async def smallest_heap_kb(lowest: int = 128, highest: int = 192) -> int | None:
    """By halving; None if even the highest does not serve. The chip model's own code is in it."""
    if not await serves(highest):
        return None
    while highest - lowest > STEP_KB:
        middle = (lowest + highest) // 2
        if await serves(middle):
            highest = middle
        else:
            lowest = middle
    return highest


async def first_card_ms() -> float:
    """From the start of the gate's process to the relay's first edge; the card comes as soon as the gate is up."""
    (traveller,) = green_travellers(1, seed=7)
    async with Station([traveller], (LaneSpec("A", "lane_a"),)) as station:
        await station.all_up()
        lane = station.lanes["A"]
        await lane.gate.power_cut()
        lane.gate.power_on()
        await station.wait_for(lambda event: event["event"] == "up")
        swipe = await quick_visit(lane, traveller)
        started_us = lane.gate.starts_us[-1]
    if swipe.relay_us is None:
        raise StationFailed("the first card did not open")
    return (swipe.relay_us - started_us) / 1000
