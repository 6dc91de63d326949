"""One file that is imported into a register, and how everybody in it is answered then."""

import contextlib
import datetime
import sqlite3

import sqlalchemy as sa
from gatehouse.importing import CsvImport
from gatehouse.register import Register
from gatehouse.status import Outcome
from host.conftest import resident_number

KEY = b"k" * 32
PEOPLE = range(90)
NOW = datetime.datetime(2026, 3, 1, 8, 0, tzinfo=datetime.UTC)
ORDER = [
    Outcome.NOT_FOUND,
    Outcome.GREEN,
    Outcome.RED,
]  # how everybody is answered before, between and after two imports


def load(path, file, colour, hours, people=PEOPLE):
    """Import a file in which all have one colour, set `hours` ago."""
    updated = (NOW - datetime.timedelta(hours=hours)).isoformat()
    rows = "".join(f"{resident_number(nth)},{colour},{updated}\n" for nth in people)
    file.write_text(f"number,colour,updated\n{rows}", encoding="utf-8")
    with contextlib.closing(Register(path, KEY)) as register:
        sa.event.listen(register._engine, "checkout", lambda raw, *_: raw.execute("pragma wal_autocheckpoint = 8"))
        CsvImport(file, KEY, "city", NOW).run(register, lambda _bytes: None)


def answers(path, people=PEOPLE):
    """How these people are answered: one outcome, or a mixture. Nobody else is in the register."""
    with contextlib.closing(Register(path, KEY)) as register:
        found = {register.look_up(resident_number(nth).encode()).outcome for nth in people}
        assert register.count() == (0 if found == {Outcome.NOT_FOUND} else len(people))
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    return found
