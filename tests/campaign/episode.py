"""Some faults, one after the other, in one world; after each the link must be whole and every promise kept."""

import gc
import tempfile
import traceback
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gatetools.sim.checker import Findings

from . import faults
from .cable import Pieces
from .exercises import EXERCISES, LASTS_MS
from .faults import Fault, Survey
from .frames import watching
from .recovery import Recovery
from .strike import Strike
from .world import ANSWER_LIMIT_MS, TALK_LIMIT_MS, World

FAULTS = 20  # in one world
# Commits wait for the disk; what lies in memory survives everything that happens here.
_MEMORY = Path("/dev/shm")


def _folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="campaign", dir=_MEMORY if _MEMORY.is_dir() else None)


@cache
def surveys() -> "dict[str, Survey]":
    """What each exercise shows without a fault."""
    # The firmware collects garbage whenever it rests; everything that this program has loaded is none.
    gc.freeze()
    found = {}
    for name in EXERCISES:
        with _folder() as folder, watching():
            world = World(Path(folder), "survey")
            world.begin()
            found[name] = _survey(world, name)
            world.close()
    return found


def _survey(world: World, name: str) -> Survey:
    frames: dict[tuple[str, str], tuple[int, int]] = {}
    steps: dict[str, int] = {}
    operations = []

    def leaves(direction: str, kind: str, frame: bytes) -> "Pieces | None":
        before = frames.get((direction, kind), (0, 0))
        frames[direction, kind] = before[0] + 1, max(before[1], len(frame))
        return None

    def step(at: str) -> None:
        steps[at] = steps.get(at, 0) + 1

    world.cable.treat, world.house.step = leaves, step
    world.gate.flash_step = lambda: operations.append(1)  # type: ignore[func-returns-value]
    EXERCISES[name](world)
    world.clockwork.run(LASTS_MS)
    world.settle()
    return Survey(frames, steps, len(operations))


@cache
def known() -> "list[Fault]":
    """All systematic faults."""
    return faults.systematic(surveys())


def episode_of(index: int) -> "tuple[int, int]":
    """First and last fault + 1 of the world in which fault `index` strikes."""
    first = index - index % FAULTS
    return first, first + FAULTS


def run(seed: int, first: int, end: int) -> "Iterator[Recovery]":
    """Faults `first` to `end` - 1 of a seed in one world; in another one after a broken promise."""
    index = first
    while index < end:
        with _folder() as folder, watching():
            world = World(Path(folder), f"world {seed}/{index}")
            try:
                world.begin()
                clean = True
                while clean and index < end:
                    recovery = _one(world, faults.fault(surveys(), known(), seed, index), index)
                    clean = recovery.clean
                    index += 1
                    yield recovery
            finally:
                world.close()


def _one(world: World, fault: Fault, index: int) -> Recovery:
    before = _judged(world)
    try:
        recovery_ms, findings = strike(world, fault)
    except Exception as failure:  # noqa: BLE001 - whatever breaks in the product is a finding, not the end of the run
        where = traceback.extract_tb(failure.__traceback__)[-1]
        return Recovery(fault.family, index, None, (f"{type(failure).__name__} at {where.name}:{where.lineno}",))
    findings += [said for said in _judged(world).sentences if said not in before.sentences]
    return Recovery(fault.family, index, recovery_ms, tuple(findings))


def _judged(world: World) -> Findings:
    return world.checker.judge(world.disk.ledger_path)


def strike(world: World, fault: Fault) -> "tuple[float | None, list[str]]":
    """Let a fault strike a settled world; milliseconds until both talk again, and what is wrong afterwards."""
    strikes = [Strike(world, one) for one in (fault, fault.then) if one is not None]
    _watch(world, strikes)
    lifted = lambda: all(one.lifted_ms is not None for one in strikes)  # noqa: E731 - asked three times
    EXERCISES[fault.exercise](world)
    world.clockwork.run_until(lifted, LASTS_MS)
    if not lifted():
        world.clockwork.run_until(lambda: lifted() or world.settled(), TALK_LIMIT_MS)
        for one in strikes:
            one.anywhere()
        world.clockwork.run_until(lifted, TALK_LIMIT_MS)
    _watch(world, [])
    if not lifted():
        return None, ["the fault found no place to strike"]
    lifted_ms = max(one.lifted_ms for one in strikes if one.lifted_ms is not None)
    if not world.clockwork.run_until(world.talking, TALK_LIMIT_MS):
        return None, ["the link did not come back by itself"]
    recovery_ms = max(0, world.clockwork.ms - lifted_ms)
    world.clockwork.run_until(lambda: world.heard_since(lifted_ms), TALK_LIMIT_MS)
    return recovery_ms, aftermath(world)


def _watch(world: World, strikes: "list[Strike]") -> None:
    def leaves(direction: str, kind: str, frame: bytes) -> "Pieces | None":
        pieces = None
        for one in strikes:
            pieces = one.frame_leaves(direction, kind, frame) or pieces
        return pieces

    def arrived(direction: str, kind: str) -> None:
        for one in strikes:
            one.frame_arrived(direction, kind)

    def step(name: str) -> None:
        for one in strikes:
            one.house_step(name)

    def flash_step() -> "int | None":
        return next((torn for one in strikes if (torn := one.flash_step()) is not None), None)

    world.cable.treat, world.cable.arrived = leaves, arrived
    world.house.step, world.gate.flash_step = step, flash_step


def aftermath(world: World) -> "list[str]":
    """The next traveller must get through, as if nothing had been."""
    if not world.settle():
        return ["the lane does not come to rest"]
    pulses, crashes = world.pulses, world.gate.crashes
    world.swipe(may_pass=True)
    answered = world.clockwork.run_until(lambda: world.pulses > pulses, ANSWER_LIMIT_MS)
    found = [] if answered else ["the next traveller was not let through"]
    if not world.settle():
        found.append("the lane does not come to rest after the next traveller")
    found += world.orders_findings()
    if not world.rules_agree():
        found.append("the gate runs its lane otherwise than the gatehouse's settings say")
    if crashes or world.gate.crashes:
        found.append("a part of the firmware failed")
    return found
