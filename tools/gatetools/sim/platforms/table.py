"""What a simulated platform knows: synthetic people, drawn from a seed."""

import datetime
import random
from collections.abc import Callable
from dataclasses import dataclass

from gatetools.sim.people import Kind, mask, number_from

COLOURS = ("green", "green", "green", "green", "yellow", "red")
BEIJING = datetime.timezone(datetime.timedelta(hours=8))


@dataclass(frozen=True, slots=True, repr=False)
class Sample:
    """A laboratory test: "negative", "positive" or "pending", and hours ago when it was taken, tested, reported."""

    result: str
    sampled_h: float
    tested_h: float
    reported_h: float


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """One person. set_h: hours ago at which the colour was set. popups: Beijing's numbers 1 to 5."""

    number: str
    kind: Kind
    colour: str
    set_h: float
    sample: Sample | None
    doses: int
    popups: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return f"Known({mask(self.number)}, {self.colour})"


class Table:
    """People by number. `wall()`: Unix time, from which all ages count back."""

    def __init__(self, people: list[Known], wall: Callable[[], float]) -> None:
        self._people = {one.number: one for one in people}
        self._wall = wall

    def find(self, number: object) -> Known | None:
        """Whoever has the number."""
        return self._people.get(number) if isinstance(number, str) else None

    def everybody(self) -> list[Known]:
        """All of them."""
        return list(self._people.values())

    def now(self) -> datetime.datetime:
        """The present moment in Beijing's time."""
        return datetime.datetime.fromtimestamp(int(self._wall()), BEIJING)

    def ago(self, hours: float) -> datetime.datetime:
        """A past moment in Beijing's time."""
        return self.now() - datetime.timedelta(hours=hours)


def drawn(seed: int, wall: Callable[[], float], count: int = 60) -> Table:
    """A table of so many people of all kinds and colours, the same for the same seed."""
    chance = random.Random(seed)
    people = []
    for at in range(count):
        kind = list(Kind)[at % len(Kind)]
        taken = chance.uniform(6, 80)
        sample = Sample(chance.choice(("negative", "negative", "negative", "positive")), taken, taken - 3, taken - 5)
        people.append(
            Known(
                number_from(chance, kind),
                kind,
                COLOURS[at % len(COLOURS)],
                round(chance.uniform(0.1, 20), 2),
                sample if at % 5 else None,
                chance.randrange(4),
                tuple(sorted(chance.sample(range(1, 6), 1))) if at % 7 == 0 else (),
            )
        )
    return Table(people, wall)
