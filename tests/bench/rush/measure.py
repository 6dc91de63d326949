"""One rush after the other at the same station: everything well, five percent of faults, one stalled, then an hour."""

import contextlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.rush.house import Beside, House, own_core, scratch
from tests.bench.rush.kept import kept_s
from tests.bench.rush.lanes import Found, Lanes
from tests.bench.rush.town import stands, travellers
from tests.bench.rush.whole_gates import Seen

LANES = 256  # of which WHOLE are gates with firmware, the others gates' ends of the link
WHOLE = 8
PER_MINUTE = 40
SEED = 20220615
STALLED = "guangdong"
FAULTS = "5 % faults"
SCENES = (("all well", "calm"), (FAULTS, "faults"), (f"{FAULTS}, {STALLED} stalls", f"stall {STALLED}"))
FULL_MINUTES = 12  # by then the house remembers as many answers as live at once, or as it may
START_S = 3.0  # until nothing of the start is left
PAUSE_S = 12.0  # a breaker's rest and a late answer
WHOLE_UP_S = 60.0


@dataclass(frozen=True, slots=True)
class Scene:
    """found: by the gates' ends; whole: at the gates with firmware, whose cards are among `shares_ms` too.

    shares_ms: the house's own, of each tap; waits_ms: its whole time by the house's clock. busy: the part of a core
    that the house used; kept: the part of the time that it could not go on because others had its core.
    rests: how often each platform's breaker opened.
    """

    name: str
    found: Found
    shares_ms: list[float]
    waits_ms: list[float]
    busy: float
    kept: float = 0.0
    whole: Seen = field(default_factory=Seen)
    rests: Counter[str] = field(default_factory=Counter)

    @property
    def asked(self) -> int:
        """Taps of all lanes."""
        return self.found.asked + self.whole.asked


@dataclass(frozen=True, slots=True)
class Rush:
    """memory_mb: of the house, at the beginning of the last scene, which takes `minutes`, and after each of them."""

    lanes: int
    minutes: float
    scenes: list[Scene]
    memory_mb: list[float]


class Scale:
    """Weighs the house again and again, once in `gap_s`."""

    def __init__(self, house: House, gap_s: float) -> None:
        self._house = house
        self._gap_s = gap_s
        self._next_s = time.monotonic()
        self.memory_mb: list[float] = []

    def look(self) -> None:
        """Weigh, if it is time to."""
        if time.monotonic() >= self._next_s:
            self.memory_mb.append(self._house.memory_mb())
            self._next_s += self._gap_s


class Station:
    """House, platforms and lanes of both kinds. Use `measure`."""

    def __init__(self, town: Beside, house: House, gates: Lanes, whole: Beside) -> None:
        self._town = town
        self._house = house
        self._gates = gates
        self._whole = whole
        self._told = 0  # place in the house's events

    def scene(self, title: str, word: str, each: int, look: Callable[[], None] = lambda: None) -> Scene:
        """So many taps at each lane. word: for the platforms."""
        self._town.tell(word)
        rests = self._house.rests()
        busy_s, kept_before_s, began_s = self._house.busy_s(), kept_s([self._house.pid]), time.monotonic()
        self._whole.begin(f"rush {each} {PER_MINUTE}")
        found = self._gates.rush(each * len(self._gates.lanes), PER_MINUTE, look)
        took_s = time.monotonic() - began_s
        busy, kept = (self._house.busy_s() - busy_s) / took_s, (kept_s([self._house.pid]) - kept_before_s) / took_s
        whole = Seen(**json.loads(self._gates.meanwhile(self._whole.answer)))
        self._gates.idle(1.0)  # the stream of events is written beside
        shares_ms, waits_ms, self._told = self._house.taps(self._told)
        return Scene(title, found, shares_ms, waits_ms, busy, kept, whole, self._house.rests() - rests)

    def pause(self) -> None:
        """Until nothing of a scene is left."""
        self._gates.idle(PAUSE_S)


def measure(
    each: int,
    minutes: float,
    progress: Callable[[str], None],
    lanes: int = LANES,
    whole: int = WHOLE,
    seed: int = SEED,
) -> Rush:
    """`each` taps of each lane in each scene, then `minutes` of them with faults; always 40 a minute and lane."""
    with contextlib.ExitStack() as opened:
        folder, core = Path(opened.enter_context(scratch())), opened.enter_context(own_core())
        house = House(folder, lanes - whole, whole, core)
        town = Beside("town", str(seed), str(folder))
        opened.callback(town.end)
        with_firmware = Beside("whole_gates", str(house.whole_folder), str(seed), *house.whole)
        opened.callback(with_firmware.end)
        gates = Lanes(house.keys, travellers(seed, whole_gates=False), seed)
        opened.callback(gates.close)
        house.start([lane.url for lane in gates.lanes], stands(folder))
        opened.callback(house.end)
        try:
            gates.bring_up()
            gates.watch([os.getpid(), house.pid, town.pid])
            gates.meanwhile(lambda: with_firmware.tell(f"start {house.pid} {town.pid}"))
            gates.meanwhile(lambda: house.await_whole(WHOLE_UP_S))
            gates.idle(START_S)
            return _measured(Station(town, house, gates, with_firmware), house, lanes, each, minutes, progress)
        except TimeoutError as late:
            raise RuntimeError(f"{late}; the gatehouse says:\n{house.log()}") from None


def _measured(
    station: Station, house: House, lanes: int, each: int, minutes: float, progress: Callable[[str], None]
) -> Rush:
    scenes = []
    for title, word in SCENES:
        progress(title)
        scenes.append(station.scene(title, word, each))
        station.pause()
    long = f"{minutes:g} minutes, {FAULTS}"
    progress(long)
    scale = Scale(house, 60.0)
    scenes.append(station.scene(long, "faults", max(1, round(minutes * PER_MINUTE)), scale.look))
    return Rush(lanes, minutes, scenes, [*scale.memory_mb, house.memory_mb()][: max(2, round(minutes) + 1)])
