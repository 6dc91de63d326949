"""What the firmware needs: the smallest heap that serves swipes, and the time from process start to the first card."""

import asyncio
import contextlib
import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from gatelink import codes
from gatetools.build import compile_firmware
from gatetools.sim import gate
from gatetools.sim.gatehouse import Event, GatehouseFailed, write_config
from gatetools.sim.lane import DEFAULT_READERS, LaneSpec
from gatetools.sim.station import Station, StationFailed

from tests.bench.visits import green_travellers, quick_visit

SWIPES = 3
# Memory of the chip, in bytes of this interpreter: 192 kB here are about 100 KB there (firmware/README.md), and the
# stock image has 165 KB free after its start.
WIDER = 1.92
CHIP_HEAP_KB = round(165 * WIDER)
STEP_KB = 4


# All that a lane can have at once: both relays, held on until somebody is past the barrier, from either side, a second
# card that waits. The house tells its rules in the first session, so that they change there and are stored.
WIRING = {"relays": 2, "control": "level", "reader_side": "either"}
RULES = ("[lane]", 'direction = "both"', 'second_card = "wait"')
ORDERS = ("hold", "resume")


async def serves(
    heap_kb: int, board: str = "lane_a", readers: tuple[str, ...] = DEFAULT_READERS, sign: str = ""
) -> bool:
    """Whether a gate with everything, these readers and this sign comes up in a heap of this size and serves.

    No part of it may fail meanwhile.
    """
    travellers = green_travellers(SWIPES, seed=heap_kb)
    with contextlib.ExitStack() as patched:
        patched.enter_context(mock.patch.object(gate, "HEAP", f"heapsize={heap_kb}k"))
        patched.enter_context(mock.patch("gatetools.sim.station.UP_WAIT_S", 5.0))
        patched.enter_context(mock.patch("gatetools.sim.station.write_config", _config))
        station = Station(travellers, (LaneSpec("A", board, readers=readers, sign=sign),))
        lane = station.lanes["A"]
        settings = lane.flash / "fs" / "settings.json"
        settings.parent.mkdir(parents=True)
        settings.write_text(json.dumps(WIRING if board == "lane_a" else {"control": "level"}), encoding="utf-8")
        try:
            async with station:
                await station.all_up()
                for traveller in travellers:
                    await quick_visit(lane, traveller)
                for what in ORDERS:
                    if await station.gatehouse.order("A", what) != "done":
                        return False
                told = lane.log.read_text(encoding="utf-8", errors="replace")
        except (StationFailed, GatehouseFailed, TimeoutError):
            return False
    return "Error" not in told and not any(_is_crash(event) for event in station.events)


def _config(folder: Path, ports: list[tuple[Path, int]], _tables: Sequence[str]) -> Path:
    return write_config(folder, ports, RULES)


def _is_crash(event: Event) -> bool:
    """Whether a part of the gate's program failed: without heap for a trace nothing but this tells of it."""
    return event["event"] == "fault" and event.get("what") == codes.FAULT_TASK_CRASHED


# Comes before main.py's last part: a word about the heap now and then, whenever the supervisor feeds the watchdog.
PROBE = """
import machine

feed, passes = machine.WDT.feed, [0]

def probed(self):
    feed(self)
    passes[0] += 1
    if passes[0] % 50 == 0:
        gc.collect()
        micropython.mem_info()

machine.WDT.feed = probed
"""
LAST_PART = "\nif hal.service_held():"
HEAP_BLOCK_BYTES = 32  # MicroPython on 64 bits: four words
SAID_ENOUGH = 4
LOOK_GAP_S, LOOKS_MAX = 0.1, 200
SAID = re.compile(r"free: (\d+)(?:.|\n)*?max free sz: (\d+)")


async def heap_left(
    readers: tuple[str, ...] = DEFAULT_READERS, sign: str = "", swipes: int = SWIPES
) -> tuple[int, int] | None:
    """(bytes free, bytes of the largest free block), the least seen while a few swipes are served in CHIP_HEAP_KB.

    readers, sign: those of the gate; what one of them costs is the difference to a gate without it.

    The chip model's own heap, about 24 kB, is not free in it. None if the gate does not serve.
    """
    heap = mock.patch.object(gate, "HEAP", f"heapsize={CHIP_HEAP_KB}k")
    travellers = green_travellers(swipes, seed=5)
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(compile_firmware(), tree)
        main = (tree / "main.py").read_text(encoding="utf-8")
        (tree / "main.py").write_text(main.replace(LAST_PART, PROBE + LAST_PART), encoding="utf-8")
        try:
            with heap, mock.patch("gatetools.sim.station.compile_firmware", return_value=tree):
                async with Station(travellers, (LaneSpec("A", "lane_a", readers=readers, sign=sign),)) as station:
                    await station.all_up()
                    lane = station.lanes["A"]
                    for traveller in travellers:
                        await quick_visit(lane, traveller)
                    for _ in range(LOOKS_MAX):
                        await asyncio.sleep(LOOK_GAP_S)
                        told = lane.log.read_text(encoding="utf-8", errors="replace")
                        if len(SAID.findall(told)) >= SAID_ENOUGH:
                            break
        except (StationFailed, TimeoutError):
            return None
    found = [(int(free), int(blocks) * HEAP_BLOCK_BYTES) for free, blocks in SAID.findall(told)]
    return min(found) if found else None


async def smallest_heap_kb(
    lowest: int = 128, highest: int = 192, readers: tuple[str, ...] = DEFAULT_READERS, sign: str = ""
) -> int | None:
    """By halving, see `serves`; None if even the highest does not. The chip model's own code is in it."""
    if not await serves(highest, readers=readers, sign=sign):
        return None
    while highest - lowest > STEP_KB:
        middle = (lowest + highest) // 2
        if await serves(middle, readers=readers, sign=sign):
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
