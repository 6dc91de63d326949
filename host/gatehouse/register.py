"""The register: the last known status of each person, by keyed pseudonym."""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from gatelink import codes

from gatehouse.migrations import REGISTER_STEPS
from gatehouse.person import pseudonym_as
from gatehouse.schema import REGISTER, DatabaseError, explain, open_database, status
from gatehouse.status import FAILED, NOT_FOUND, OUTCOME_OF_COLOUR, UNMAPPED, Colour, Status

Row = tuple[bytes, int, str, int, str]  # pseudonym, colour, reason, updated_s, source

LOOKUP = "select colour, reason, updated_s, source from status where pseudonym = ?"
# An older status never replaces a newer one: an old file imported late must not turn a red green.
UPSERT = (
    "insert into status (pseudonym, colour, reason, updated_s, source) values (?, ?, ?, ?, ?) "
    "on conflict (pseudonym) do update set colour = excluded.colour, reason = excluded.reason, "
    "updated_s = excluded.updated_s, source = excluded.source where excluded.updated_s >= status.updated_s"
)
# A lookup runs on the event loop: it waits for nobody.
LOOKUP_WAIT_MS = 50


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did. rows: as they were given. newer_kept: rows that met a newer status, which was kept."""

    rows: int
    newer_kept: int


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
        self._check_key()
        self._errors = self._engine.dialect.loaded_dbapi.Error
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

    def look_up(self, number: bytes | bytearray, kind: int = codes.CARD_RESIDENT) -> Status:
        """What is known of the holder of `number`, or of a code; FAILED when the database does not answer.

        kind: a CARD_ code.
        """
        try:
            row = self._lookup.cursor().execute(LOOKUP, (pseudonym_as(self._key, kind, number),)).fetchone()
        except self._errors:
            return FAILED
        if row is None:
            return NOT_FOUND
        colour, reason, updated_s, source = row
        if colour not in Colour.__members__.values() or type(updated_s) is not int:
            return UNMAPPED
        return Status(OUTCOME_OF_COLOUR[Colour(colour)], updated_s, source, reason)

    def load(self, batches: Iterable[Sequence[Row]]) -> Loaded:
        """Insert or update all rows of all batches in one transaction. Whatever fails undoes everything.

        DatabaseError if the database does not take them; what `batches` raises comes through.
        """
        rows = taken = 0
        try:
            with self._engine.begin() as connection:
                cursor = connection.connection.cursor()
                for batch in batches:
                    cursor.executemany(UPSERT, batch)
                    rows += len(batch)
                    taken += max(0, cursor.rowcount)
        except (self._errors, sa.exc.SQLAlchemyError) as failure:
            raise DatabaseError(f"{self.path}: {explain(failure)}") from None
        return Loaded(rows, rows - taken)

    def count(self) -> int:
        """How many people the register knows."""
        with self._engine.connect() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(status)).scalar_one()

    def close(self) -> None:
        """Let go of the file."""
        self._lookup.close()
        self._engine.dispose()
