"""The demonstration: two lanes, travellers of every kind, and a judgement at the end."""

import asyncio
import contextlib
import datetime
import json
import math
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from typing import TextIO

from gatehouse import words
from gatelink import codes

from gatetools.histogram import histogram, percentile
from gatetools.sim import people, people_file
from gatetools.sim.checker import Findings
from gatetools.sim.gatehouse import Event
from gatetools.sim.lane import Lane
from gatetools.sim.people import Behaviour, Traveller
from gatetools.sim.programme import CODE, LANES, STAFF_CARD, Programme
from gatetools.sim.station import Station, StationFailed, end_on_signals
from gatetools.sim.swipe import Swipe
from gatetools.sim.view import View

PACE_S = 2.0  # a traveller every two seconds and lane: 30 a minute, what turnstiles are sold for
LAST_START_S = 1.5  # nobody comes any more so long before the end
REDRAW_S = 0.2
SETTLE_S = 6.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be shown. `seconds` None = until Ctrl-C."""

    seconds: float | None = None
    json_path: Path | None = None
    people_path: Path | None = None
    plain: bool = False
    seed: int = 1
    record: Path | None = None
    key_log: Path | None = None


class Demo:
    """One run."""

    def __init__(self, plan: Plan) -> None:
        """PeopleFileError if the plan's travellers cannot be read."""
        now = datetime.datetime.now().astimezone()
        self._plan = plan
        path = plan.people_path
        self._travellers = people.built_in(plan.seed, now) if path is None else people_file.read(path, now)
        self._programme = Programme(now, empty=path is not None)
        self._swipes: list[Swipe] = []
        self._view: View | None = None

    async def run(self) -> int:
        """Show it; the exit status. StationFailed and OSError come through."""
        print("Setting up a gatehouse and two lanes ...", flush=True)
        with contextlib.ExitStack() as opened:
            out = None
            if self._plan.json_path is not None:
                try:
                    out = opened.enter_context(self._plan.json_path.open("w", encoding="utf-8"))
                except OSError as failure:
                    raise StationFailed(f"--json {self._plan.json_path}: {failure.strerror}") from None
            async with self._station() as station:
                view = opened.enter_context(View(station.lanes, plain=self._plan.plain))
                self._view = view
                serving = asyncio.create_task(self._serve(station, view, out))
                end_on_signals(serving)
                started = time.monotonic()
                with contextlib.suppress(asyncio.CancelledError):
                    await serving
                took_s = time.monotonic() - started
                end_on_signals(asyncio.current_task())
                settled = await self._settle(station)
                findings = station.judge()
                view.draw()
        return self._conclude(findings, took_s, settled=settled)

    def _station(self) -> Station:
        plan = self._plan
        station = Station(
            [*self._travellers, *self._programme.travellers],
            LANES,
            plan.seed,
            self._told,
            plan.record,
            plan.key_log,
            staff=(STAFF_CARD,),
        )
        station.lanes["A"].codes_that_may_pass.add(CODE.partition(":")[2].encode())
        return station

    def _told(self, event: Event) -> None:
        self._programme.told(event)
        if event["event"] == "fault" and event["what"] in words.FAULTS and self._view is not None:
            self._view.note(str(event["lane"]), words.FAULTS[int(str(event["what"]))])

    async def _serve(self, station: Station, view: View, out: TextIO | None) -> None:
        await station.all_up()
        queue = iter(cycle(self._travellers))
        ends_at = None if self._plan.seconds is None else time.monotonic() + self._plan.seconds
        lanes = list(station.lanes.values())
        visits = [
            self._visits(lane, queue, ends_at, i * PACE_S / len(lanes), view, out) for i, lane in enumerate(lanes)
        ]
        try:
            async with asyncio.TaskGroup() as group:
                drawing = group.create_task(_redraw(view, station))
                walking = [group.create_task(visit) for visit in visits]
                await asyncio.wait(walking)
                drawing.cancel()
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def _visits(
        self,
        lane: Lane,
        queue: Iterator[Traveller],
        ends_at: float | None,
        wait_s: float,
        view: View,
        out: TextIO | None,
    ) -> None:
        """One lane's travellers, one after the other, until there is no time for another one."""
        await asyncio.sleep(wait_s)
        again: Traveller | None = None
        visit = -1
        while ends_at is None or time.monotonic() < ends_at - LAST_START_S:
            visit += 1
            next_at = time.monotonic() + PACE_S
            left_s = math.inf if ends_at is None else ends_at - time.monotonic()
            died = self._programme.dies(lane, visit, left_s)
            second = again
            swipe = lane.approach(second or self._programme.guest(lane, visit) or next(queue))
            self._swipes.append(swipe)
            view.begun(swipe)
            try:
                await lane.attend(swipe)
            finally:
                # Also for the one that Ctrl-C interrupts: the gate may have opened for it.
                view.ended(swipe)
                if out is not None:
                    print(json.dumps(swipe.line(), ensure_ascii=False), file=out, flush=True)
            again = None if second else _second_try(swipe)
            if died:
                await self._programme.revived()
            await asyncio.sleep(max(0.0, next_at - time.monotonic()))

    async def _settle(self, station: Station) -> bool:
        """Whether every report reached the ledger in time."""
        try:
            async with asyncio.timeout(SETTLE_S):
                await station.settled()
        except (StationFailed, TimeoutError):
            return False
        return True

    def _conclude(self, findings: Findings, took_s: float, *, settled: bool) -> int:
        for sentence in summary(self._swipes, findings, took_s):
            print(sentence)
        if not settled:
            print("The gates still held reports when the run ended.")
        return 0 if findings.clean and settled and self._swipes else 1


def summary(swipes: list[Swipe], findings: Findings, took_s: float) -> list[str]:
    """What a run came to, for people."""
    opened = [swipe for swipe in swipes if swipe.relay_us is not None]
    verdicts = Counter(swipe.verdict for swipe in swipes if swipe.relay_us is None)
    denied = verdicts[codes.DENY]
    again = sum(swipe.reason == codes.REASON_CARD_UNREADABLE for swipe in swipes)
    unread = sum(swipe.reason is None and swipe.relay_us is None for swipe in swipes)
    referred = len(swipes) - len(opened) - denied - again - unread
    said = ["", f"{len(swipes)} swipes in {took_s:.0f} s: {len(opened)} allowed, {denied} denied, {referred} referred"]
    if again or unread:
        said.append(f"{again} more asked to lay the card down again, {unread} not read before the end")
    cards = [swipe for swipe in opened if swipe.traveller.instead is None]
    latencies = [swipe.latency_ms for swipe in cards if swipe.latency_ms is not None]
    if latencies:
        p50, p99 = percentile(latencies, 0.5), percentile(latencies, 0.99)
        said += ["", f"card's last byte to relay edge: p50 {p50:.1f} ms, p99 {p99:.1f} ms"]
        said += histogram(latencies, "ms")
    counts = f"wrong opens {findings.wrong_opens}, lost {findings.lost}, duplicates {findings.duplicates}"
    said += ["", f"checker: {counts}, stuck relays {findings.stuck}; {findings.pulses} openings"]
    return said + [f"  {sentence}" for sentence in findings.sentences]


def _second_try(swipe: Swipe) -> Traveller | None:
    """Whoever was asked to lay the card down again does so; one who took it away too early has learnt."""
    if swipe.reason != codes.REASON_CARD_UNREADABLE:
        return None
    behaviour = swipe.traveller.behaviour
    return replace(swipe.traveller, behaviour=Behaviour.NORMAL if behaviour is Behaviour.TAKEN_AWAY else behaviour)


async def _redraw(view: View, station: Station) -> None:
    """Draw at an even pace; StationFailed if the gatehouse is gone."""
    while True:
        view.draw()
        await asyncio.sleep(REDRAW_S)
        if station.gatehouse.ended():
            raise StationFailed(f"the gatehouse has ended by itself.\n{station.tail()}")
