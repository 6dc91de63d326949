"""What platforms told, by keyed pseudonym and source: what stands in while a platform does not answer.

It is kept for hours, in a file of its own: an import keeps the register's busy. It is in no backup;
one that was made under another key, or is damaged, is of no use and begins anew.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gatehouse.migrations import ANSWERS_STEPS
from gatehouse.person import pseudonym_as
from gatehouse.register import mark_of
from gatehouse.schema import ANSWERS, DatabaseError, explain, open_database
from gatehouse.status import (
    COLOUR_OF_OUTCOME,
    FAILED,
    OUTCOME_OF_COLOUR,
    UNMAPPED,
    Colour,
    LabResult,
    LabTest,
    Status,
)

LOOKUP = (
    "select source, colour, reason, updated_s, fetched_s, usable_until_s, result, sampled_s, tested_s, reported_s, "
    "doses, flags, contact, looked_up from answer where pseudonym = ?"
)
# A late answer never replaces a younger one; one that was kept while the clock was ahead is no younger one.
KEEP = (
    "insert into answer (pseudonym, source, colour, reason, updated_s, fetched_s, usable_until_s, result, sampled_s, "
    "tested_s, reported_s, doses, flags, contact, looked_up) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "on conflict (pseudonym, source) do update set colour = excluded.colour, reason = excluded.reason, "
    "updated_s = excluded.updated_s, fetched_s = excluded.fetched_s, usable_until_s = excluded.usable_until_s, "
    "result = excluded.result, sampled_s = excluded.sampled_s, tested_s = excluded.tested_s, "
    "reported_s = excluded.reported_s, doses = excluded.doses, flags = excluded.flags, contact = excluded.contact, "
    "looked_up = excluded.looked_up "
    "where excluded.fetched_s >= answer.fetched_s or answer.fetched_s > ?"
)
# A red stays until its source tells another colour.
WITHDRAW = "delete from answer where pseudonym = ? and source = ? and colour <> 3 and (fetched_s <= ? or fetched_s > ?)"
FORGET = "delete from answer where fetched_s < ? and (colour <> 3 or fetched_s < ?)"
ANSWERS_KEY = "answers"  # the purpose of its key in the key file
LOOKUP_WAIT_MS = 50  # a lookup runs on the event loop: it waits for nobody


@dataclass(frozen=True, slots=True)
class Told:
    """One answer to be kept. status without a colour: what this source told before is taken back."""

    pseudonym: bytes
    source: str
    status: Status


class Answers:
    """Lookups are a few microseconds on the caller's thread; `write` waits for the disk and has its own connection."""

    def __init__(self, path: Path, key: bytes) -> None:
        """`key`: of its own purpose, no other database's. DatabaseError if the database cannot be used."""
        self.path = path
        self._key = key
        self._engine = open_database(path, ANSWERS, ANSWERS_STEPS)
        self._errors = self._engine.dialect.loaded_dbapi.Error
        try:
            self._own()
        except sa.exc.SQLAlchemyError as failure:
            self._engine.dispose()
            raise DatabaseError(f"{path}: {explain(failure)}") from None
        self._lookup = self._engine.raw_connection()
        self._lookup.cursor().execute(f"pragma busy_timeout = {LOOKUP_WAIT_MS}")

    def _own(self) -> None:
        """Rows under another key are of nobody."""
        meta, mine = ANSWERS.tables["meta"], mark_of(self._key)
        with self._engine.begin() as connection:
            kept = connection.execute(sa.select(meta.c.value).where(meta.c.name == "key")).scalar()
            if kept == mine:
                return
            connection.execute(ANSWERS.tables["answer"].delete())
            connection.execute(meta.delete().where(meta.c.name == "key"))
            connection.execute(meta.insert().values(name="key", value=mine))

    def pseudonym(self, kind: int, number: bytes | bytearray) -> bytes:
        """Of a card (kind: a CARD_ code); no other database has the same."""
        return pseudonym_as(self._key, kind, number)

    def of(self, pseudonym: bytes) -> list[Status]:
        """What each platform told last; FAILED where the database does not answer."""
        try:
            rows = self._lookup.cursor().execute(LOOKUP, (pseudonym,)).fetchall()
        except self._errors:
            return [FAILED]
        return [_status(row) for row in rows]

    def write(self, answers: Iterable[Told], forget_before_s: int, now_s: int, forget_reds_before_s: int = 0) -> None:
        """Keep them, and delete what was told before then, reds by their own time; all or nothing. DatabaseError.

        now_s: Unix time.
        """
        try:
            with self._engine.begin() as connection:
                cursor = connection.connection.cursor()
                for one in answers:
                    if one.status.outcome in COLOUR_OF_OUTCOME:
                        cursor.execute(KEEP, (*_row(one), now_s))
                    else:
                        cursor.execute(WITHDRAW, (one.pseudonym, one.source, one.status.fetched_s, now_s))
                cursor.execute(FORGET, (forget_before_s, forget_reds_before_s))
        except (self._errors, sa.exc.SQLAlchemyError) as failure:
            raise DatabaseError(f"{self.path}: {explain(failure)}") from None

    def close(self) -> None:
        """Let go of the file."""
        self._lookup.close()
        self._engine.dispose()


def _row(told: Told) -> tuple[object, ...]:
    one, test = told.status, told.status.test
    times = (None, None, None, None) if test is None else (test.result.value, *_times(test))
    return (
        *(told.pseudonym, told.source, int(COLOUR_OF_OUTCOME[one.outcome]), one.reason, one.updated_s, one.fetched_s),
        *(one.usable_until_s, *times, one.doses, json.dumps(sorted(one.flags)), one.contact, int(one.looked_up)),
    )


def _times(test: LabTest) -> tuple[int | None, ...]:
    return test.sampled_s, test.tested_s, test.reported_s


def _status(row: tuple[Any, ...]) -> Status:
    """UNMAPPED for a row that no program of ours has written."""
    source, colour, reason, updated_s, fetched_s, usable_until_s, result, *times, doses, flags, contact, looked = row
    try:
        test = None if result is None else LabTest(LabResult(result), *times)
        named = frozenset(str(flag) for flag in json.loads(flags))
        outcome = OUTCOME_OF_COLOUR[Colour(colour)]
    except (ValueError, TypeError, KeyError):
        return UNMAPPED
    return Status(
        outcome,
        updated_s,
        source,
        reason,
        test,
        doses,
        named,
        contact,
        fetched_s,
        usable_until_s,
        looked_up=bool(looked),
    )
