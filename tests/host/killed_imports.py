"""Imports that are killed, one after the other, on one register: run as a program, which forks one process for each.

    python killed_imports.py REGISTER SEED KILLS

Each import replaces everybody by people of the next generation, who all bear its number as their reason. It is killed
by SIGKILL inside SQLite: between two of the machine's instructions, or before a statement. Afterwards everybody must be
of one generation, the one before or the new one, and the file sound. Prints a JSON object for each import.
"""

import contextlib
import json
import os
import random
import signal
import sqlite3
import sys
import time
from pathlib import Path

import sqlalchemy as sa
from gatehouse import staging
from gatehouse.register import Register

KEY = bytes(32)
PEOPLE = 3000
BATCH_ROWS = 250
FIRST_S = 1_700_000_000
INSTRUCTIONS = 200  # between two points at which SQLite lets itself be interrupted


def people_of(generation):
    """Half of them are in every generation, half in every other one; in batches, in no order."""
    chance = random.Random(generation)
    rows = [
        (random.Random(nth).randbytes(16), 1 + generation % 3, f"g{generation}", FIRST_S + generation, "city", None)
        for nth in range(PEOPLE * (generation % 2), PEOPLE * (generation % 2) + 2 * PEOPLE)
    ]
    chance.shuffle(rows)
    return [rows[start : start + BATCH_ROWS] for start in range(0, len(rows), BATCH_ROWS)]


def import_generation(path, generation, kill_at=None):
    """Load it, and count the points at which it can be killed: (by instructions, by statements).

    kill_at: ("instruction" or "statement", number of the point).
    """
    counted = {"instruction": 0, "statement": 0}

    def passed(kind):
        counted[kind] += 1
        if kill_at == (kind, counted[kind]):
            os.kill(os.getpid(), signal.SIGKILL)

    with contextlib.closing(Register(path, KEY)) as register:

        def watch(raw, _record):
            raw.set_progress_handler(lambda: passed("instruction"), INSTRUCTIONS)
            # One row is like the next: begins, ends, changes of tables and names are what is rare.
            raw.set_trace_callback(lambda statement: "VALUES" in statement or passed("statement"))

        sa.event.listen(register._engine, "connect", watch)
        register._engine.pool.dispose()
        register.load(people_of(generation), whole=True)
    return counted


def generations_in(path):
    """Of everybody in the register, as lookups read it; and that the file is sound."""
    with contextlib.closing(Register(path, KEY)) as register:
        found = sorted({(int(reason[1:]), colour) for _, colour, reason, *_ in register.rows()})
        count, leftovers = register.count(), register.stats(time.time()).leftovers
    with contextlib.closing(sqlite3.connect(path)) as database:
        sound = database.execute("pragma integrity_check").fetchone()[0]
    return found, count, leftovers, sound


def main(path, seed, kills):
    chance = random.Random(seed)
    staging.STEP_ROWS = 300
    generation = 0
    import_generation(path, generation)
    points = import_generation(path, generation + 1)
    generation += 1
    for nth in range(kills):
        kind = ("instruction", "statement")[nth % 2]
        kill_at = kind, chance.randint(1, points[kind])
        child = os.fork()
        if child == 0:
            import_generation(path, generation + 1, kill_at)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        found, count, leftovers, sound = generations_in(path)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        told = {"at": kill_at, "killed": killed, "before": generation, "found": found, "count": count}
        print(json.dumps({**told, "leftovers": leftovers, "sound": sound}), flush=True)
        generation = found[0][0]
    import_generation(path, generation + 1)
    found, count, leftovers, sound = generations_in(path)
    print(json.dumps({"last": generation + 1, "found": found, "count": count, "leftovers": leftovers, "sound": sound}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
