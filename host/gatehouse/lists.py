"""The station's named lists: who is on them, until when and why, by keyed pseudonym. No number is ever kept."""

import contextlib
import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from gatelink import codes

from gatehouse.clock import Moment
from gatehouse.keyfile import KeyFile, KeyFileError
from gatehouse.migrations import LISTS_STEPS
from gatehouse.person import pseudonym, pseudonym_as
from gatehouse.schema import LISTS, DatabaseError, explain, listing, open_database

LISTS_KEY = "lists"
LOOKUP = "select list, until_s from listing where pseudonym = ? and until_s > ?"
LOOKUP_WAIT_MS = 50  # a lookup runs on the event loop: it waits for nobody
MARK_BYTES = 4
Recording = Callable[[int], object]


def unrecorded(_count: int) -> None:
    """For those who keep no ledger."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One person on one list. mark: start of the pseudonym, to tell entries apart. until_s: Unix time of its end."""

    name: str
    mark: str
    until_s: int
    reason: str


class ListsLost(Exception):
    """There were lists, and their file is gone; the text says what to do."""


class Lists:
    """Use `close` at the end. One for a command, one in the gatehouse."""

    def __init__(self, path: Path, keys: KeyFile, *, new: bool = False) -> None:
        """Open them, empty ones the first time. `new`: also where there were others, whose file is gone.

        ListsLost, DatabaseError or KeyFileError if they cannot be used.
        """
        if not new and not path.exists() and LISTS_KEY in keys.purposes():
            raise ListsLost(
                f"{path}: is missing, and there were lists here. Restore it: gatehouse restore data FILE --replace. "
                "If it is lost for good, begin anew and add everybody again: gatehouse lists add ... --new-lists"
            )
        self._path = path
        # The file is there before the key is: a key without a file means that the file was lost.
        self._engine = open_database(path, LISTS, LISTS_STEPS)
        self._key = keys.secret(LISTS_KEY)
        self._errors = self._engine.dialect.loaded_dbapi.Error
        self._lookup = self._engine.raw_connection()
        self._lookup.cursor().execute(f"pragma busy_timeout = {LOOKUP_WAIT_MS}")

    def of(self, number: bytes | bytearray, now: Moment, kind: int = codes.CARD_RESIDENT) -> frozenset[str] | None:
        """The lists that the holder of `number` is on now; None if that cannot be told. kind: a CARD_ code.

        It cannot be told either where the clock was set, and the end of an entry lies between both times.
        """
        person = pseudonym_as(self._key, kind, number)
        try:
            rows = self._lookup.cursor().execute(LOOKUP, (person, int(now.earliest_s()))).fetchall()
        except self._errors:
            return None
        if any(until_s <= now.latest_s for _, until_s in rows):
            return None
        return frozenset(str(name) for name, _ in rows)

    def add(
        self, name: str, numbers: Iterable[bytes | bytearray], until_s: int, reason: str, record: Recording = unrecorded
    ) -> int:
        """Put them all on the list, or none; who is on it gets the new end and reason. How many. DatabaseError.

        record: is told how many before it counts; what it raises comes through, and nothing was changed.
        """
        rows = [
            {"pseudonym": pseudonym(self._key, number), "list": name, "until_s": until_s, "reason": reason}
            for number in numbers
        ]
        with self._changing() as connection:
            for row in rows:
                connection.execute(
                    listing.delete().where(listing.c.pseudonym == row["pseudonym"], listing.c.list == name)
                )
                connection.execute(listing.insert().values(row))
            record(len(rows))
        return len(rows)

    def remove(self, name: str, numbers: Iterable[bytes | bytearray], record: Recording = unrecorded) -> int:
        """Take them off the list; how many were on it. DatabaseError. record: as in `add`."""
        marks = [pseudonym(self._key, number) for number in numbers]
        with self._changing() as connection:
            done = connection.execute(listing.delete().where(listing.c.list == name, listing.c.pseudonym.in_(marks)))
            record(done.rowcount)
            return done.rowcount

    def entries(self, now_s: int) -> list[Entry]:
        """Who is on which list, by list and end. DatabaseError. Entries that are over are deleted."""
        order = listing.c.list, listing.c.until_s
        with self._changing() as connection:
            connection.execute(listing.delete().where(listing.c.until_s <= now_s))
            rows = connection.execute(sa.select(listing).order_by(*order)).all()
        return [Entry(row.list, row.pseudonym[:MARK_BYTES].hex(), row.until_s, row.reason) for row in rows]

    def names(self, now_s: int) -> frozenset[str]:
        """The lists on which somebody is. DatabaseError."""
        with self._changing() as connection:
            there = sa.select(listing.c.list).where(listing.c.until_s > now_s).distinct()
            return frozenset(connection.execute(there).scalars())

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as failure:
            raise DatabaseError(f"{self._path}: {explain(failure)}") from None

    def close(self) -> None:
        """Let go of the file."""
        self._lookup.close()
        self._engine.dispose()


class StationLists:
    """The lists of a running gatehouse: opened when the rules first ask, and again after a failure."""

    def __init__(self, path: Path, keys: KeyFile) -> None:
        self._path = path
        self._keys = keys
        self._opened: Lists | None = None
        self._file: tuple[int, int] | None = None
        self.trouble = ""

    def of(self, number: bytes | bytearray, now: Moment, kind: int = codes.CARD_RESIDENT) -> frozenset[str] | None:
        """As `Lists.of`; `trouble` says why it cannot be told."""
        if not self.open():
            return None
        found = self._opened.of(number, now, kind) if self._opened is not None else None
        self.trouble = f"{self._path}: cannot be read, or the PC's clock was set" if found is None else ""
        return found

    def names(self, now: Moment) -> frozenset[str] | None:
        """The lists on which somebody is; None if they cannot be looked at."""
        if not self.open() or self._opened is None:
            return None
        try:
            return self._opened.names(int(now.wall_s))
        except DatabaseError:
            return None

    def open(self) -> bool:
        """Whether they can be looked at."""
        if self._opened is not None and self._file == self._file_now():
            return True
        self.close()
        try:
            self._opened = Lists(self._path, self._keys)
            self._file = self._file_now()
        except (ListsLost, DatabaseError, KeyFileError) as failure:
            self.trouble = str(failure)
            return False
        self.trouble = ""
        return True

    def _file_now(self) -> tuple[int, int] | None:
        """Which file has the name now: one that was deleted stays readable to whoever has it open."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def close(self) -> None:
        """Let go of the file."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None


def end_of(day: datetime.date) -> int:
    """Unix time at which a day ends at the station. OverflowError or ValueError if no clock shows it."""
    return int(datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time()).astimezone().timestamp())
