"""The platforms of the rush: real HTTP with every dialect, in a process of its own; told what to do line by line.

    python -m tests.bench.rush.town SEED FOLDER

Writes FOLDER/town.json (name -> address and credentials), says `ready`, and takes lines: `calm`, `faults`, `stall
NAME`, until its input ends.
"""

import asyncio
import gc
import itertools
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gatehouse.number_parts import check_digit
from gatetools.sim.people import Kind
from gatetools.sim.platforms import faults
from gatetools.sim.platforms.all_servers import SERVERS
from gatetools.sim.platforms.faults import KINDS, Faults
from gatetools.sim.platforms.table import Known, Sample, Table

PEOPLE = 40_000  # of each platform; more than pass within an answer's life, or are remembered
OF_WHOLE_GATES = 2_000  # of these, who pass nowhere else: their answers are never there already
FAULTY = 0.05
# Where the travellers of each platform are registered: the first digits of their numbers.
REGIONS = {"guangdong": "44", "beijing": "11", "shanghai": "31", "national": "51", "plain": "32"}
COLOURS = ("green",) * 17 + ("yellow", "yellow", "red")


@dataclass(frozen=True, slots=True)
class Stands:
    """Where a platform is to be found, as FOLDER/town.json tells it."""

    url: str
    credentials: dict[str, str]


def numbers(seed: int, name: str) -> Iterator[str]:
    """The numbers of a platform's people, the same for the same seed."""
    chance = random.Random(f"{seed} {name}")
    for _ in range(PEOPLE):
        day = f"{chance.randrange(1950, 2005)}{chance.randrange(1, 13):02d}{chance.randrange(1, 29):02d}"
        first = f"{REGIONS[name]}0100{day}{chance.randrange(1000):03d}"
        yield first + chr(check_digit(first.encode()))


def travellers(seed: int, *, whole_gates: bool) -> Iterator[tuple[str, str]]:
    """Number and platform of one after the other; each platform's people come again when all have come.

    whole_gates: those of the gates with firmware, or of all others.
    """
    ours = slice(-OF_WHOLE_GATES, None) if whole_gates else slice(-OF_WHOLE_GATES)
    rounds = {name: itertools.cycle(list(numbers(seed, name))[ours]) for name in REGIONS}
    chance = random.Random(f"{seed} {whole_gates}")
    while True:
        name = chance.choice(list(REGIONS))
        yield next(rounds[name]), name


def people(seed: int, name: str) -> list[Known]:
    """What a platform knows of them."""
    chance = random.Random(f"{seed} {name} statuses")
    return [
        Known(number, Kind.RESIDENT, chance.choice(COLOURS), chance.uniform(0.1, 20), Sample("negative", 20, 18, 16), 2)
        for number in numbers(seed, name)
    ]


async def play(seed: int, folder: Path) -> None:
    """Until the input ends."""
    servers = {}
    for name in REGIONS:
        server = SERVERS[name](Table(people(seed, name), time.time), Faults.seeded(seed))
        await server.start()
        servers[name] = server
    told = {name: {"url": server.url, "credentials": server.credentials} for name, server in servers.items()}
    (folder / "town.json").write_text(json.dumps(told), encoding="utf-8")
    gc.collect()
    gc.freeze()  # a collector that looks through all these people again and again would be the platforms' slowest part
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        word, _, name = line.strip().partition(" ")
        for one, server in servers.items():
            server.seen.clear()
            server.faults.rates = dict.fromkeys(KINDS, FAULTY / len(KINDS)) if word != "calm" else {}
            if word == "stall" and one == name:
                server.faults.rates = {faults.STALL: 1.0}
        print("done", flush=True)
    await asyncio.gather(*(server.stop() for server in servers.values()))


def stands(folder: Path) -> dict[str, Stands]:
    """What `play` has written."""
    told = json.loads((folder / "town.json").read_text(encoding="utf-8"))
    return {name: Stands(**one) for name, one in told.items()}


if __name__ == "__main__":
    asyncio.run(play(int(sys.argv[1]), Path(sys.argv[2])))
