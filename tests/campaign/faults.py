"""The faults: which there are, where they strike, and what they do. Fault N of a seed is the same for ever.

A fault strikes at a *place* of an exercise: when a frame of a kind leaves or has arrived, at a step of the
gatehouse's process, at a write or erase of the gate's flash, or so many milliseconds after the beginning.
"""

from dataclasses import dataclass
from functools import cache
from itertools import product
from random import Random
from typing import Any

LEAVES = "leaves"
ARRIVES = "arrives"
STEP = "step"
FLASH = "flash"
AFTER = "after"

# What is done to the frame that leaves.
FRAME_EFFECTS = (
    "flip",
    "burst",
    "loss",
    "duplication",
    "delay",
    "reordering",
    "truncation",
    "noise before",
    "noise after",
)
HANDSHAKES = ("reboot", "restart")  # exercises in which both ends have no session to speak in
# What is done to the world at that place.
WORLD_EFFECTS = ("cable cut", "re-plug", "house killed", "gate power cut", "both down", "replay")


@dataclass(frozen=True)
class Place:
    """`what`: LEAVES and ARRIVES: (direction, kind); STEP: its name; FLASH and AFTER: None. `nth` counts from 1;
    for AFTER it is milliseconds."""

    how: str
    what: Any
    nth: int


@dataclass(frozen=True)
class Fault:
    """`lasts_ms`: until what was cut, unplugged, killed or switched off is there again. `seed`: its own dice.

    `bit`: which one is flipped, None for any.
    """

    exercise: str
    place: Place
    effect: str
    lasts_ms: int
    seed: str
    bit: "int | None" = None
    then: "Fault | None" = None

    @property
    def family(self) -> str:
        """The name under which it is counted: damage to a handshake is mended otherwise than damage to a session."""
        if self.then is not None:
            return "two at once"
        of_handshake = self.effect in FRAME_EFFECTS and self.exercise in HANDSHAKES
        return f"{self.effect}, handshake" if of_handshake else self.effect


@dataclass(frozen=True)
class Survey:
    """What an undisturbed exercise shows: frames as {(direction, kind): (how many, bytes)}, steps and flash
    operations as counts."""

    frames: "dict[tuple[str, str], tuple[int, int]]"
    steps: "dict[str, int]"
    flash_operations: int


def systematic(surveys: "dict[str, Survey]") -> "list[Fault]":
    """Every bit of every kind of frame, where it is longest; every effect at every place of every exercise, each at
    its first occurrence and for a short and a long time; every torn write."""
    found = []
    seen = set()
    longest: dict[tuple[str, str], int] = {}
    for survey in surveys.values():
        for at, (_, size) in survey.frames.items():
            longest[at] = max(size, longest.get(at, 0))
    for name, survey in surveys.items():
        for at, (_, size) in survey.frames.items():
            place = Place(LEAVES, at, 1)
            if at not in seen and size == longest[at]:
                seen.add(at)
                found += [Fault(name, place, "flip", 0, "0", bit=bit) for bit in range(8 * size)]
            found += [Fault(name, place, effect, 0, "0") for effect in FRAME_EFFECTS]
            for how, effect, lasts_ms in product((LEAVES, ARRIVES), WORLD_EFFECTS, (30, 5000)):
                found.append(Fault(name, Place(how, at, 1), effect, lasts_ms, "0"))
        for step, count in survey.steps.items():
            found += [Fault(name, Place(STEP, step, nth), "house killed", 300, "0") for nth in range(1, count + 1)]
        for nth, seed in product(range(1, survey.flash_operations + 1), range(12)):
            found.append(Fault(name, Place(FLASH, None, nth), "gate power cut", 300, f"torn {seed}"))
    return found


def drawn(surveys: "dict[str, Survey]", random: Random, *, deep: bool = True) -> Fault:
    """Any fault, or two at once."""
    exercise = random.choice(sorted(surveys))
    survey = surveys[exercise]
    effect = random.choice((*FRAME_EFFECTS, *WORLD_EFFECTS))
    if effect in FRAME_EFFECTS:
        place = _frame_place(survey, random, LEAVES)
    else:
        hows = [LEAVES, ARRIVES, AFTER]
        hows += [STEP] if effect == "house killed" and survey.steps else []
        hows += [FLASH] if effect == "gate power cut" and survey.flash_operations else []
        how = random.choice(hows)
        if how == STEP:
            step = random.choice(sorted(survey.steps))
            place = Place(STEP, step, random.randint(1, survey.steps[step]))
        elif how == FLASH:
            place = Place(FLASH, None, random.randint(1, survey.flash_operations))
        elif how == AFTER:
            place = Place(AFTER, None, random.randrange(1500))
        else:
            place = _frame_place(survey, random, how)
    lasts_ms = int(10 ** random.uniform(0.5, 4))
    then = drawn({exercise: survey}, random, deep=False) if deep and random.random() < 0.25 else None
    return Fault(exercise, place, effect, lasts_ms, str(random.random()), then=then)


def _frame_place(survey: Survey, random: Random, how: str) -> Place:
    at = random.choice(sorted(survey.frames))
    return Place(how, at, random.randint(1, survey.frames[at][0]))


@cache
def _order(seed: int, count: int) -> "tuple[int, ...]":
    """The systematic faults in an order of the seed: any part of a run has some of each."""
    numbers = list(range(count))
    Random(f"order {seed}").shuffle(numbers)
    return tuple(numbers)


def fault(surveys: "dict[str, Survey]", known: "list[Fault]", seed: int, index: int) -> Fault:
    """Fault `index` of a seed: every other one systematic while those last, else drawn."""
    if index % 2 == 0 and index // 2 < len(known):
        return known[_order(seed, len(known))[index // 2]]
    return drawn(surveys, Random(f"{seed}/{index}"))
