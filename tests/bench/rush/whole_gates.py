"""Whole gates of the rush: firmware on MicroPython, card module, turnstile, line; in a process of their own.

    python -m tests.bench.rush.whole_gates FOLDER SEED LANE...

The lanes' flash lies enrolled below FOLDER, which goes away with the process. It lays their lines, says `ready`, and
takes lines: `start PID...`, answered by `done` when the gates have power, and `rush TAPS PER_MINUTE`, answered by what
came of it as JSON, until its input ends. The processes are those that have a part in an answer.
"""

import asyncio
import contextlib
import datetime
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gatehouse.keyfile import KeyFile
from gatetools import enroll
from gatetools.build import compile_firmware
from gatetools.sim.cable import Cable
from gatetools.sim.checker import Checker
from gatetools.sim.child import Children
from gatetools.sim.lane import Lane, LaneSpec
from gatetools.sim.passages import PASS
from gatetools.sim.people import Behaviour, Traveller, TrueColour
from gatetools.sim.station import new_loop
from gatetools.sim.swipe import Swipe

from tests.bench.rush.kept import excuses, kept_s
from tests.bench.rush.lanes import ANSWERED_S
from tests.bench.rush.town import travellers

BOARD = "lane_a"
BAUD = 115200
READ_US = 20_000
VISIT_S = 4.0  # a gate answers 1.5 s after a card by itself
EMPTY_S = 1.0
SEE_STAFF_US = 160_000  # the first sound of that signal, see firmware/gate/indicators.py


@dataclass(slots=True)
class Seen:
    """Seconds from a card's last byte to the lane's answer, by the traveller's platform; cards that got none.

    excused: of those later than ANSWERED_S, whose processes were kept from their cores for as long as they were late.
    """

    times_s: dict[str, list[float]] = field(default_factory=dict)
    asked: int = 0
    unanswered: int = 0
    excused: int = 0


@dataclass(eq=False)
class Visit(Swipe):
    """Knows when the lane has answered: its relay, its red lamp, or the sound that sends people to staff."""

    answered_us: int | None = None

    def relay_rose(self, us: int) -> None:
        """It opens."""
        Swipe.relay_rose(self, us)
        self._answer(us)

    def see(self, us: int, text: str) -> None:
        """What is to be seen of the lane, as `Sightings` says it."""
        if text == "light red":
            self._answer(us)

    def heard(self) -> None:
        """A sound that is no tick has ended."""
        self._answer(time.monotonic_ns() // 1000 - SEE_STAFF_US)

    def _answer(self, us: int) -> None:
        # Before the card was read it is the answer to the traveller before.
        if self.answered_us is None and self.read_us is not None and us >= self.read_us:
            self.answered_us = us
            self.answered.set()


def spec(name: str) -> LaneSpec:
    """What each of them is made of."""
    return LaneSpec(name, BOARD, BAUD, READ_US)


def enrol(keys: KeyFile, folder: Path, names: list[str]) -> list[str]:
    """Give the gates their keys; the ports at which a gatehouse finds them once the process has begun."""
    tree = compile_firmware()
    for name in names:
        flash = Lane(spec(name), folder, Checker()).flash
        enroll.enroll(enroll.simulated(tree, BOARD, flash), keys, name)
    return [str(_house_end(folder, name)) for name in names]


def _house_end(folder: Path, name: str) -> Path:
    return folder / f"{name}.house"


async def visit(lane: Lane, number: str) -> float | None:
    """One traveller, as quick as the parts allow: seconds from the card's last byte to the answer, None without one."""
    now = datetime.datetime.now().astimezone()
    swipe = Visit(lane.spec.name, Traveller(number, TrueColour.GREEN, now, Behaviour.NORMAL), now)
    lane.swipe, lane.sightings.say = swipe, swipe.see
    try:
        async with asyncio.timeout(VISIT_S):
            lane.reader.place(swipe.traveller.card())
            await swipe.answered.wait()
            if swipe.opened.is_set():
                await lane.pass_beams(PASS)  # at people's pace: a busy machine lets a gate miss beams that are quicker
    except TimeoutError:
        return None
    finally:
        lane.reader.remove()
        lane.swipe = None
    if swipe.answered_us is None or swipe.read_us is None:
        return None
    return (swipe.answered_us - swipe.read_us) / 1e6


async def rush(
    lanes: list[Lane],
    people: Iterator[tuple[str, str]],
    chance: random.Random,
    pids: list[int],
    taps: int,
    per_minute: float,
) -> Seen:
    """So many cards at each lane, laid down at its pace. pids: the processes that have a part in an answer."""
    seen, gap_s = Seen(), 60 / per_minute

    async def serve(lane: Lane) -> None:
        next_s = time.monotonic() + chance.uniform(0, gap_s)
        for _ in range(taps):
            await asyncio.sleep(max(0.0, next_s - time.monotonic()))
            next_s += gap_s * chance.uniform(0.5, 1.5)
            await _emptied(lane)
            number, platform = next(people)
            seen.asked += 1
            kept_before_s = kept_s(pids)
            took_s = await visit(lane, number)
            if took_s is None:
                seen.unanswered += 1
            else:
                seen.excused += excuses(kept_s(pids) - kept_before_s, took_s, ANSWERED_S)
                seen.times_s.setdefault(platform, []).append(took_s)

    await asyncio.gather(*(serve(lane) for lane in lanes))
    return seen


async def _emptied(lane: Lane) -> None:
    """Nobody lays a card down before the module has seen that the last one is gone; it looks each 300 ms."""
    try:
        async with asyncio.timeout(EMPTY_S):
            await lane.reader.empty.wait()
    except TimeoutError:
        return


async def play(folder: Path, seed: int, names: list[str]) -> None:
    """Until the input ends."""
    pids = [os.getpid()]
    people, chance = travellers(seed, whole_gates=True), random.Random(seed)
    tree = await asyncio.to_thread(compile_firmware)
    async with Children(folder) as children, contextlib.AsyncExitStack() as powered:
        lanes = [Lane(spec(name), folder, Checker()) for name in names]
        cables = [
            Cable(children, folder / f"{name}.gate", _house_end(folder, name), folder / "line.log") for name in names
        ]
        for cable in cables:
            await cable.start(BAUD, seed)
        print("ready", flush=True)
        lines = await _input()
        line = await lines.readline()
        while line:
            word, *numbers = line.decode().split()
            if word == "start":
                pids += map(int, numbers)
                for lane, cable in zip(lanes, cables, strict=True):
                    await lane.start(children, tree, cable.gate_end)
                    powered.push_async_callback(lane.stop)
                print("done", flush=True)
                line = await lines.readline()
            else:
                rushing = asyncio.create_task(rush(lanes, people, chance, pids, int(numbers[0]), float(numbers[1])))
                following = asyncio.create_task(lines.readline())
                await asyncio.wait((rushing, following), return_when=asyncio.FIRST_COMPLETED)
                if following.done():  # nobody waits for it any more
                    rushing.cancel()
                    return
                print(json.dumps(asdict(await rushing)), flush=True)
                line = await following


async def _input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(play(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
