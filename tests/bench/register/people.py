"""Synthetic people, the same ones for the same generation of them."""

import datetime
import itertools
import random
from collections.abc import Iterator
from pathlib import Path

from gatehouse.number_parts import CHECK_CHARACTERS, WEIGHTS
from gatehouse.sorted_rows import SortedRows

SOURCE = "city"
FIRST_BIRTH = datetime.date(1930, 1, 1)
BIRTHS = 34_000  # days: all births up to the year 2023
SEQUENCES = 999
REGIONS = ("110101", "440106", "310104", "420106")
COLOURS = ("green", "green", "green", "green", "green", "green", "green", "green", "yellow", "red")
MINUTES = 1440
GENERATIONS = 9  # days, so that no time is still to come
FIRST = datetime.datetime.combine(
    datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=GENERATIONS), datetime.time(), datetime.UTC
)
STRIDE = 7_368_787  # a prime: people of a file are in no order of their numbers


def numbers(count: int) -> Iterator[str]:
    """So many different residents' numbers, each valid, in no order."""
    births = [f"{FIRST_BIRTH + datetime.timedelta(days=day):%Y%m%d}" for day in range(BIRTHS)]
    for place in range(count):
        nth = place * STRIDE % (count if count % STRIDE else count + 1)
        yield number(nth, births)


def number(nth: int, births: list[str]) -> str:
    """The nth one."""
    sequence, rest = nth % SEQUENCES + 1, nth // SEQUENCES
    first = f"{REGIONS[rest // BIRTHS % len(REGIONS)]}{births[rest % BIRTHS]}{sequence:03d}"
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first, strict=True))
    return first + chr(CHECK_CHARACTERS[total % 11])


def prepared(count: int, generation: int) -> SortedRows:
    """Rows as an import holds them when everything but the database is done. generation: of their times."""
    chance = random.Random(generation)
    rows = SortedRows()
    base_s = int(FIRST.timestamp()) + 60 * generation
    for nth in range(count):
        rows.add(nth, chance.randbytes(16), 1 + nth % 3, "", base_s + nth % 60, None)
    rows.repeated()
    return rows


def write_csv(path: Path, count: int, generation: int) -> None:
    """A file of so many people, of which each has another time in another generation."""
    times = [(FIRST + datetime.timedelta(days=generation, minutes=minute)).isoformat() for minute in range(MINUTES)]
    ends = [f",{colour},{at}\n" for at in times for colour in COLOURS]
    random.Random(generation).shuffle(ends)
    with path.open("w", encoding="utf-8") as file:
        file.write("number,colour,updated\n")
        file.writelines(one + end for one, end in zip(numbers(count), itertools.cycle(ends), strict=False))
