"""One rush after the other at the same station: everything well, five percent of faults, one platform stalled."""

import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.rush.house import House, Town, own_core, scratch
from tests.bench.rush.lanes import Found, Lanes
from tests.bench.rush.town import REGIONS, numbers, stands

LANES = 256
PER_MINUTE = 40
HOUR_TAPS = LANES * PER_MINUTE * 60
SEED = 20220615
STALLED = "guangdong"
SCENES = (("all well", "calm"), ("5 % faults", "faults"), (f"5 % faults, {STALLED} stalls", f"stall {STALLED}"))
PARTS = 10
START_S = 3.0  # until nothing of the start is left
PAUSE_S = 12.0  # a breaker's rest and a late answer


@dataclass(frozen=True, slots=True)
class Scene:
    """found: by the gates. shares_ms: the house's own, of each tap; waits_ms: its whole time by the house's clock.

    busy: the part of a core that the house used. rests: how often each platform's breaker opened.
    """

    name: str
    found: Found
    shares_ms: list[float]
    waits_ms: list[float]
    busy: float
    rests: Counter[str]


@dataclass(frozen=True, slots=True)
class Rush:
    """memory_mb: after each tenth of `hour.asked` taps, as fast as lanes are answered."""

    lanes: int
    scenes: list[Scene]
    hour: Scene
    memory_mb: list[float]


def travellers(seed: int) -> Iterator[tuple[str, str]]:
    """Number and platform of one after the other; each platform's people come again when all have come."""
    rounds = {name: itertools.cycle(numbers(seed, name)) for name in REGIONS}
    chance = random.Random(seed)
    while True:
        name = chance.choice(list(REGIONS))
        yield next(rounds[name]), name


def measure(
    scene_taps: int, hour_taps: int, progress: Callable[[str, int], None], lanes: int = LANES, seed: int = SEED
) -> Rush:
    """`scene_taps` in each scene at 40 a minute and lane, then `hour_taps` without a pause."""
    with scratch() as name, own_core() as core:
        folder = Path(name)
        town, house = Town(seed, folder), House(folder, lanes, core)
        gates = Lanes(house.keys, travellers(seed), seed)
        try:
            house.start([lane.url for lane in gates.lanes], stands(folder))
            gates.bring_up()
            gates.idle(START_S)
            return _measured(town, house, gates, scene_taps, hour_taps, progress)
        except TimeoutError as late:
            raise RuntimeError(f"{late}; the gatehouse says:\n{house.log()}") from None
        finally:
            house.end()
            gates.close()
            town.end()


def _measured(
    town: Town, house: House, gates: Lanes, scene_taps: int, hour_taps: int, progress: Callable[[str, int], None]
) -> Rush:
    told, scenes = 0, []
    for title, word in SCENES:
        progress(title, 0)
        town.tell(word)
        scene, told = _scene(house, gates, title, scene_taps, PER_MINUTE, told)
        scenes.append(scene)
        gates.idle(PAUSE_S)
    town.tell("faults")
    parts, memory_mb = [], []
    for part in range(PARTS):
        progress("an hour's taps without a pause", part * hour_taps // PARTS)
        scene, told = _scene(house, gates, "hour", hour_taps // PARTS, None, told)
        parts.append(scene)
        memory_mb.append(house.memory_mb())
    return Rush(len(gates.lanes), scenes, _together(parts), memory_mb)


def _scene(house: House, gates: Lanes, title: str, taps: int, pace: float | None, told: int) -> tuple[Scene, int]:
    busy_s, began_s, rests = house.busy_s(), time.monotonic(), house.rests()
    found = gates.rush(taps, pace)
    busy = (house.busy_s() - busy_s) / (time.monotonic() - began_s)
    gates.idle(1.0)  # the stream of events is written beside
    shares_ms, waits_ms, told = house.taps(told)
    return Scene(title, found, shares_ms, waits_ms, busy, house.rests() - rests), told


def _together(parts: list[Scene]) -> Scene:
    found = Found()
    for part in parts:
        found.asked += part.found.asked
        found.unanswered += part.found.unanswered
        found.stray += part.found.stray
        found.held_s = max(found.held_s, part.found.held_s)
        for name, times_s in part.found.times_s.items():
            found.times_s[name].extend(times_s)
    shares = [share for part in parts for share in part.shares_ms]
    waits = [wait for part in parts for wait in part.waits_ms]
    rests = sum((part.rests for part in parts), Counter[str]())
    return Scene("an hour's taps", found, shares, waits, sum(part.busy for part in parts) / len(parts), rests)
