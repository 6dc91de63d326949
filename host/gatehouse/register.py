"""The register: the last known status of each person, by keyed pseudonym."""

import contextlib
import hmac
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from gatelink import codes

from gatehouse import register_memory, room
from gatehouse.migrations import REGISTER_STEPS
from gatehouse.person import pseudonym_as
from gatehouse.register_stats import Stats, stats_of
from gatehouse.schema import REGISTER, DatabaseError, explain, is_unsure, open_database, status
from gatehouse.sole import RunsAlready, SoleRun
from gatehouse.staging import Progress, Row, Staging, Transaction, upsert_into
from gatehouse.status import EXPIRED, FAILED, NOT_FOUND, OUTCOME_OF_COLOUR, UNMAPPED, Colour, Status

LOOKUP = "select colour, reason, updated_s, source, until_s from status where pseudonym = ?"
# A lookup runs on the event loop: it waits for nobody.
LOOKUP_WAIT_MS = 50
READ_ROWS = 10_000
DAMAGE_MAX = 20
CUT_WAIT_MS = 500
CHANGING_LOCK = "register.changing"
# Parts of an import's work, as a share of all of it.
FILLED, CARRIED = 0.6, 0.85


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did. rows: as they were given. newer_kept: rows that met a newer status, which was kept."""

    rows: int
    newer_kept: int


class RegisterBusy(DatabaseError):
    """Another import, update or deletion is at work."""


class RegisterUnsure(DatabaseError):
    """The disk failed under a change: whether it is in force shows when the disk works again."""


def mark_of(key: bytes) -> str:
    """What a register keeps of its key: enough to tell another one, nothing to find the key by."""
    return hmac.digest(key, b"the key of this register", "sha256").hex()


class Register:
    """Lookups by what was presented. A lookup is a few microseconds on the caller's thread."""

    def __init__(self, path: Path, key: bytes) -> None:
        """`key`: the register's pseudonym key. DatabaseError if the database cannot be used, or has another key."""
        self.path = path
        self._engine = open_database(path, REGISTER, REGISTER_STEPS)
        self._key = key
        self._upsert = upsert_into(status)
        self._check_key()
        self._errors = self._engine.dialect.loaded_dbapi.Error
        self.trouble = ""  # why the last lookup has failed
        # One connection for the life of the process, below SQLAlchemy: Core would cost a hundred times more.
        self._lookup = self._engine.raw_connection()
        self._lookup.cursor().execute(f"pragma busy_timeout = {LOOKUP_WAIT_MS}")

    def _check_key(self) -> None:
        """Under another key everybody would be unknown, and an import would leave each person twice."""
        mine = mark_of(self._key)
        meta = REGISTER.tables["meta"]
        try:
            with self._engine.begin() as connection:
                kept = connection.execute(sa.select(meta.c.value).where(meta.c.name == "key")).scalar()
                if kept is None:
                    connection.execute(meta.insert().values(name="key", value=mine))
        except sa.exc.SQLAlchemyError as failure:
            self._engine.dispose()
            raise DatabaseError(f"{self.path}: {explain(failure)}") from None
        if kept not in {None, mine}:
            self._engine.dispose()
            raise DatabaseError(
                f"{self.path}: this register was filled with another key file. Put that one back where the settings "
                "say; without it this register is of no use, and only an empty data folder can begin anew."
            )

    def pseudonym(self, kind: int, number: bytes | bytearray) -> bytes:
        """Of a card (kind: a CARD_ code), as it stands here."""
        return pseudonym_as(self._key, kind, number)

    def look_up(self, number: bytes | bytearray, kind: int = codes.CARD_RESIDENT, now_s: float | None = None) -> Status:
        """What is known of the holder of `number`, or of a code; FAILED when the database does not answer.

        kind: a CARD_ code. now_s: Unix time, the latest that it may be; None for the system's clock. A green or yellow
        that is past its own limit is EXPIRED. A red is not: an old one is still no reason to let somebody through.
        """
        try:
            row = self._lookup.cursor().execute(LOOKUP, (self.pseudonym(kind, number),)).fetchone()
        except self._errors as failure:
            self.trouble = f"{self.path}: {explain(failure)}"
            return FAILED
        self.trouble = ""
        if row is None:
            return NOT_FOUND
        colour, reason, updated_s, source, until_s = row
        if colour not in Colour.__members__.values() or type(updated_s) is not int:
            return UNMAPPED
        if until_s is not None and colour != Colour.RED:
            if type(until_s) is not int:
                return UNMAPPED
            if until_s <= (time.time() if now_s is None else now_s):
                return EXPIRED
        return Status(OUTCOME_OF_COLOUR[Colour(colour)], updated_s, source, reason, usable_until_s=until_s)

    def load(
        self,
        batches: Iterable[Sequence[Row]],
        *,
        whole: bool = False,
        whole_of: str | None = None,
        people: int = 0,
        progress: Progress = lambda _share: None,
        seal: Callable[[sa.Connection, Loaded], None] = lambda _connection, _loaded: None,
    ) -> Loaded:
        """Take all rows of all batches, or none: they are filled in beside the register, and swapped in when whole.

        A later status that is known already is kept; of two rows for one person the later counts. `whole`: nobody is
        known afterwards who is in none of the rows; without it, everybody else stays as he was. `whole_of`: but for
        those whose status is of this source.

        seal(connection, what was done): called at the end of the transaction that puts it in force.

        people: how many rows are coming, if that is known: an import for which the disk has no room does not begin.
        Batches of some ten thousand rows that are in ascending order of pseudonyms are taken fastest.

        RegisterBusy; DatabaseError if the database does not take them; what `batches` and `seal` raise comes through.
        After each of them the register is as it was; after a RegisterUnsure it is that or the new one, as a whole.
        """
        with self._changing() as connection:
            staging = Staging(connection)
            try:
                staging.clear()  # what an interrupted import left counts as room
                room.check(self.path, connection, people, whole=whole)
                staging.begin()
                rows = 0
                for batch in batches:
                    staging.add(batch)
                    rows += len(batch)
                    progress(FILLED * min(1.0, rows / max(1, people, rows)))
                later = staging.carry(
                    whole=whole,
                    whole_of=whole_of,
                    progress=lambda share: progress(FILLED + (CARRIED - FILLED) * share),
                )
                done = Loaded(rows, later)
                staging.swap(lambda open_: seal(open_, done))
            except Exception:
                with contextlib.suppress(self._errors, sa.exc.SQLAlchemyError):
                    staging.clear()
                raise
            # The new one is in force: what fails from here on is done by the next import.
            with contextlib.suppress(self._errors, sa.exc.SQLAlchemyError):
                staging.clear(lambda share: progress(CARRIED + (1 - CARRIED) * share))
            progress(1.0)
        return done

    def update(
        self,
        batches: Iterable[Sequence[Row]],
        seal: Callable[[sa.Connection, Loaded], None] = lambda _connection, _loaded: None,
    ) -> Loaded:
        """Take all rows into the register in force, in one transaction, or none. As `load` without `whole` otherwise.

        For changes that are few beside the people in it: the file's log grows with them.
        """
        rows = taken = 0
        with self._changing() as connection:
            Staging(connection).clear()
            with Transaction(connection):
                cursor = connection.connection.cursor()
                for batch in batches:
                    cursor.executemany(self._upsert, batch)
                    rows += len(batch)
                    taken += max(0, cursor.rowcount)
                done = Loaded(rows, rows - taken)
                seal(connection, done)
        return done

    def delete(
        self,
        pseudonyms: Iterable[bytes],
        source: str | None = None,
        seal: Callable[[sa.Connection, int], None] = lambda _connection, _gone: None,
    ) -> int:
        """Forget people, in one transaction: how many of them were known. RegisterBusy or DatabaseError: then none.

        source: only those whose status is of it. seal(connection, how many): as in `load`.
        """
        with self._changing() as connection:
            Staging(connection).clear()
            with Transaction(connection):
                gone = status.delete().where(status.c.pseudonym == sa.bindparam("person"))
                if source is not None:
                    gone = gone.where(status.c.source == source)
                count = sum(connection.execute(gone, {"person": person}).rowcount for person in pseudonyms)
                seal(connection, count)
                return count

    def rows(self) -> Iterator[Row]:
        """Everybody, in ascending order of pseudonyms, as of the moment of the first, while others go on writing.

        DatabaseError. Close the iterator, or take all of it.
        """
        try:
            with self._engine.connect() as connection:
                everybody = sa.select(status).order_by(status.c.pseudonym)
                for row in connection.execution_options(yield_per=READ_ROWS).execute(everybody):
                    yield row.pseudonym, row.colour, row.reason, row.updated_s, row.source, row.until_s
        except sa.exc.SQLAlchemyError as failure:
            raise DatabaseError(f"{self.path}: {explain(failure)}") from None

    def stats(self, now_s: float) -> Stats:
        """What is in it. now_s: Unix time. DatabaseError."""
        try:
            with self._engine.connect() as connection:
                return stats_of(connection, now_s)
        except sa.exc.SQLAlchemyError as failure:
            raise DatabaseError(f"{self.path}: {explain(failure)}") from None

    def damage(self) -> list[str]:
        """What SQLite finds wrong with the file, page by page; empty if nothing is. DatabaseError."""
        try:
            with self._engine.connect() as connection:
                said = list(connection.exec_driver_sql(f"pragma integrity_check({DAMAGE_MAX})").scalars())
        except sa.exc.SQLAlchemyError as failure:
            raise DatabaseError(f"{self.path}: {explain(failure)}") from None
        return [] if said == ["ok"] else said

    def remembered(self, name: str) -> str | None:
        """What it remembers of itself under a name. DatabaseError."""
        try:
            with self._engine.connect() as connection:
                return register_memory.remembered(connection, name)
        except sa.exc.SQLAlchemyError as failure:
            raise DatabaseError(f"{self.path}: {explain(failure)}") from None

    def count(self) -> int:
        """How many people the register knows."""
        with self._engine.connect() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(status)).scalar_one()

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sa.Connection]:
        """A connection for one that changes the register, while no other one does."""
        try:
            alone = SoleRun(
                self.path.parent,
                CHANGING_LOCK,
                f"{self.path}: another import, update or deletion is at work. Try again when it has ended.",
            )
        except RunsAlready as busy:
            raise RegisterBusy(str(busy)) from None
        except OSError as failure:
            raise DatabaseError(f"{self.path}: {explain(failure)}") from None
        with contextlib.closing(alone):
            try:
                with self._engine.connect() as connection:
                    connection.detach()  # what is set for it ends with it
                    yield connection
                    self._cut_log(connection)
            except (self._errors, sa.exc.SQLAlchemyError) as failure:
                told = f"{self.path}: {explain(failure)}"
                if is_unsure(failure):
                    raise RegisterUnsure(f"{told} Then do it again: it may be in force, or not.") from None
                raise DatabaseError(told) from None

    def _cut_log(self, connection: sa.Connection) -> None:
        """Leave nothing of what is gone in the file's log. Where somebody reads just now a later commit does it."""
        with contextlib.suppress(self._errors, sa.exc.SQLAlchemyError):
            connection.exec_driver_sql(f"pragma busy_timeout = {CUT_WAIT_MS}")
            connection.exec_driver_sql("pragma wal_checkpoint(truncate)")

    def close(self) -> None:
        """Let go of the file."""
        self._lookup.close()
        self._engine.dispose()
