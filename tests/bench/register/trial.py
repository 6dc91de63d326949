"""One import, measured in a process of its own: `python -m tests.bench.register.trial WAY FOLDER COUNT GENERATION`.

bare    sqlite3 as it comes: the prepared rows by one executemany in one transaction, into a new table of the same form
load    the same rows by Register.load: filled in beside, carried over, swapped in, the old ones overwritten
csv     people.csv in FOLDER by CsvImport.run, from its first byte on

Prints a JSON object: seconds by the clock and of the processor, megabytes of memory at most. Rows are prepared before
the clock runs. Load and csv go into the register in FOLDER, whether it is empty or full.
"""

import contextlib
import datetime
import itertools
import json
import math
import re
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

from gatehouse.importing import CsvImport
from gatehouse.register import Register

from tests.bench.register import people

KEY = bytes(range(32))
TABLE = (
    "create table status (pseudonym blob not null primary key, colour integer not null, reason text not null, "
    "updated_s integer not null, source text not null, until_s integer) without rowid, strict"
)
INSERT = "insert into status values (?, ?, ?, ?, ?, ?)"


def bare(folder: Path, count: int, generation: int) -> Callable[[], None]:
    """Into a file of its own."""
    rows = people.prepared(count, generation)
    path = folder / "bare.db"
    path.unlink(missing_ok=True)

    def run() -> None:
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute(TABLE)
            with database:
                database.executemany(INSERT, itertools.chain.from_iterable(rows.batches(people.SOURCE)))

    return run


def load(folder: Path, count: int, generation: int) -> Callable[[], None]:
    """By the register's own seam."""
    rows = people.prepared(count, generation)

    def run() -> None:
        with contextlib.closing(Register(folder / "register.db", KEY)) as register:
            register.load(rows.batches(people.SOURCE), people=count)

    return run


def csv(folder: Path, _count: int, _generation: int) -> Callable[[], None]:
    """From the file."""

    def run() -> None:
        job = CsvImport(folder / "people.csv", KEY, people.SOURCE, datetime.datetime.now(datetime.UTC))
        with contextlib.closing(Register(folder / "register.db", KEY)) as register:
            job.run(register, lambda _done: None)

    return run


WAYS = {"bare": bare, "load": load, "csv": csv}


def main(way: str, folder: str, count: str, generation: str) -> None:
    """Do it and tell."""
    run = WAYS[way](Path(folder), int(count), int(generation))
    before_s, before_cpu_s = time.perf_counter(), time.process_time()
    run()
    seconds, cpu_s = time.perf_counter() - before_s, time.process_time() - before_cpu_s
    print(json.dumps({"seconds": seconds, "cpu_s": cpu_s, "memory_mb": most_memory_mb()}))


def most_memory_mb() -> float:
    """Of this program: what getrusage tells begins with what the bench had, which started it."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(encoding="ascii"), re.M)
    return int(found[1]) / 1000 if found else math.nan


if __name__ == "__main__":
    main(*sys.argv[1:])
