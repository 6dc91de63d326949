"""The register: the last known status of each person, by keyed pseudonym."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import sqlalchemy as sa

from gatehouse.person import pseudonym
from gatehouse.schema import REGISTER, open_database
from gatehouse.status import FAILED, NOT_FOUND, OUTCOME_OF_COLOUR, Colour, Outcome, Status

Row = tuple[bytes, int, int, str]  # pseudonym, colour, updated_s, source

LOOKUP = "select colour, updated_s, source from status where pseudonym = ?"
UPSERT = (
    "insert into status values (?, ?, ?, ?) on conflict (pseudonym) do update set "
    "colour = excluded.colour, updated_s = excluded.updated_s, source = excluded.source"
)


class Register:
    """Lookups by number. A lookup is a few microseconds on the caller's thread."""

    def __init__(self, path: Path, key: bytes) -> None:
        """`key`: the register's pseudonym key. DatabaseError if the database cannot be used."""
        self._engine = open_database(path, REGISTER)
        self._key = key
        # One connection for the life of the process, below SQLAlchemy: Core would cost a hundred times more.
        self._lookup = self._engine.raw_connection()

    def look_up(self, number: bytes | bytearray) -> Status:
        """What is known of the holder of `number`; FAILED when the database does not answer."""
        try:
            row = self._lookup.cursor().execute(LOOKUP, (pseudonym(self._key, number),)).fetchone()
        except self._engine.dialect.loaded_dbapi.Error:
            return FAILED
        if row is None:
            return NOT_FOUND
        colour, updated_s, source = row
        if colour not in Colour.__members__.values():
            return Status(Outcome.FAILED)
        return Status(OUTCOME_OF_COLOUR[Colour(colour)], updated_s, source)

    def load(self, batches: Iterable[Sequence[Row]]) -> int:
        """Insert or update all rows of all batches in one transaction; how many. Whatever fails undoes everything."""
        total = 0
        with self._engine.begin() as connection:
            cursor = connection.connection.cursor()
            for batch in batches:
                cursor.executemany(UPSERT, batch)
                total += len(batch)
        return total

    def count(self) -> int:
        """How many people the register knows."""
        with self._engine.connect() as connection:
            found: int = connection.execute(sa.text("select count(*) from status")).scalar_one()
            return found

    def close(self) -> None:
        self._lookup.close()
        self._engine.dispose()
