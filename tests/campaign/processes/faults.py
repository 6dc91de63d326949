"""The faults: what is done at which moment of a swipe, and for how long. Fault N of a seed is the same for ever.

Only what is done is: processes take their own time, so the same fault may strike a little earlier or later.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

# Moments of a swipe that a fault waits for.
READING = "reading"  # the card lies on the reader and is being read
ANSWERED = "answered"  # the lane shows its answer
WAIT_MAX_MS = 400  # from there a swipe with all its reports lasts about so long

SHORTEST_MS = 3
LONGEST_MS = 5000  # a session ends after 3.5 s of silence


@dataclass(frozen=True)
class Harm:
    """`strike` and `lift`: commands of the line. `power`: the gate's goes meanwhile. `house`: the gatehouse is killed
    and started again."""

    strike: tuple[str, ...] = ()
    lift: tuple[str, ...] = ()
    power: bool = False
    house: bool = False

    def __add__(self, other: "Harm") -> "Harm":
        return Harm(
            self.strike + other.strike, self.lift + other.lift, self.power or other.power, self.house or other.house
        )


@dataclass(frozen=True)
class Again:
    """A second blow, `wait_ms` after the first one ended, or after the first lane has come back by itself."""

    wait_ms: float
    after_first_up: bool = False


@dataclass(frozen=True)
class Fault:
    """It strikes `wait_ms` after `moment` of a traveller who `may_pass` or not, and lasts for `lasts_ms`."""

    index: int
    family: str
    harm: Harm
    may_pass: bool
    moment: str
    wait_ms: float
    lasts_ms: float
    again: Again | None = None


def drawn(seed: int, index: int) -> Fault:
    """Fault `index` of a seed."""
    random = Random(f"{seed}/{index}")
    family = random.choices(list(FAMILIES), [weight for weight, _ in FAMILIES.values()])[0]
    return of_family(family, index, random)


def of_family(family: str, index: int, random: Random) -> Fault:
    """A fault of this kind."""
    return Fault(
        index,
        family,
        FAMILIES[family][1](random),
        may_pass=random.random() < 0.8,
        moment=random.choice((READING, READING, ANSWERED)),
        wait_ms=_spread(random, WAIT_MAX_MS),
        lasts_ms=_spread(random, LONGEST_MS if family in LASTING else 300),
        again=AGAIN[family](random) if family in AGAIN else None,
    )


def _spread(random: Random, longest_ms: float) -> float:
    """Short times as often as long ones."""
    return float(SHORTEST_MS * (longest_ms / SHORTEST_MS) ** random.random())


def _damage(what: str) -> Callable[[Random], Harm]:
    """From a byte in two hundred to every second one."""
    return lambda random: Harm((f"damage {what}={0.005 * 100 ** random.random():.4f}",), ("damage",))


def _noise(random: Random) -> Harm:
    return Harm((f"noise {random.choice((1, 5, 30, 200))}",)) + _damage("noise")(random)


def _twice(random: Random) -> Harm:
    return Harm((f"frames twice={random.randint(1, 8)}",), ("frames",))


def _reordering(random: Random) -> Harm:
    return Harm((f"frames swap={random.randint(1, 4)}",), ("frames",))


def _delay(random: Random) -> Harm:
    return Harm((f"damage delay_ms={_spread(random, 1000):.0f}",), ("damage",))


def _cut(_: Random) -> Harm:
    return Harm(("cut",), ("mend",))


def _truncation(random: Random) -> Harm:
    """No frame is longer than 60 bytes; a swipe with its reports takes some 400."""
    return Harm((f"cut {random.randint(1, 200)}",), ("mend",))


def _plug(random: Random) -> Harm:
    ends = random.choice((("house",), ("gate",), ("house", "gate")))
    return Harm(tuple(f"unplug {end}" for end in ends), tuple(f"plug {end}" for end in ends))


def _power(_: Random) -> Harm:
    return Harm(power=True)


def _house(_: Random) -> Harm:
    return Harm(house=True)


def _both(random: Random) -> Harm:
    return Harm(power=True, house=True) + random.choice((_cut, _plug, _noise))(random)


def _two(random: Random) -> Harm:
    one, other = random.sample((_cut, _plug, _noise, _power, _damage("flip"), _delay), 2)
    return one(random) + other(random)


def _while_starting(random: Random) -> Again:
    """A gate boots and shakes hands within that time."""
    return Again(random.uniform(50, 700))


def _while_lanes_come_back(random: Random) -> Again:
    """Mostly while the other lanes shake hands, else while the gatehouse starts."""
    return Again(random.uniform(100, 1500)) if random.random() < 0.3 else Again(_spread(random, 100), True)


# How often, and what. What takes the gatehouse away concerns all lanes.
FAMILIES: dict[str, tuple[int, Callable[[Random], Harm]]] = {
    "flipped bits": (10, _damage("flip")),
    "lost bytes": (8, _damage("lose")),
    "doubled bytes": (8, _damage("duplicate")),
    "noise": (8, _noise),
    "frames twice": (6, _twice),
    "reordering": (6, _reordering),
    "delay": (8, _delay),
    "cut in a frame": (10, _truncation),
    "cable cut": (10, _cut),
    "re-plug": (10, _plug),
    "gate power cut": (10, _power),
    "power cut in handshake": (5, _power),
    "two at once": (5, _two),
    "gatehouse killed": (5, _house),
    "killed in handshake": (3, _house),
    "all down": (2, _both),
}
LASTING = ("cable cut", "re-plug", "gate power cut", "two at once", "gatehouse killed", "all down")
AGAIN = {"power cut in handshake": _while_starting, "killed in handshake": _while_lanes_come_back}
