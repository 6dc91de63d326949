"""A register that is filled beside the one in force and takes its place when it is whole.

    status          what lookups read
    status_next     what is being filled, in steps that are committed one by one; nobody looks there
    status_before   what was in force until now, emptied in steps

The swap is two changes of name in one transaction: a lookup reads all of the old register or all of the new one, and
waits for neither. Until then an import that fails, or is killed, has changed nothing that anybody reads; what it left
is cleared by the next one. Steps are small so that the log beside the file stays small, and so that nobody else who
writes to the file waits for long.
"""

from collections.abc import Callable, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from gatehouse.schema import status

Row = tuple[bytes, int, str, int, str, int | None]  # pseudonym, colour, reason, updated_s, source, until_s
Progress = Callable[[float], None]  # share of the work that is done, 0 to 1

STEP_ROWS = 40_000
# One table under each name; none of them but `status` is part of the schema.
NEXT = status.to_metadata(sa.MetaData(), name="status_next")
BEFORE = status.to_metadata(sa.MetaData(), name="status_before")


def upsert_into(table: sa.Table) -> str:
    """A statement for the driver: a row comes in unless a later one is there.

    An older status never replaces a newer one: an old file imported late must not turn a red green.
    """
    row = sqlite.insert(table)
    others = {column.name: row.excluded[column.name] for column in table.columns if not column.primary_key}
    late = row.excluded.updated_s >= table.c.updated_s
    statement = row.on_conflict_do_update(index_elements=[table.c.pseudonym], set_=others, where=late)
    return str(statement.compile(dialect=sqlite.dialect()))


class Staging:
    """One import. `connection`: of its own. Errors of SQLAlchemy and the driver come through."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._upsert = upsert_into(NEXT)

    def begin(self) -> None:
        """An empty table to fill, where `clear` has left none."""
        # The steps need not outlive a power cut, which ends the import; the swap writes all of them to the disk.
        self._connection.exec_driver_sql("pragma synchronous = normal")
        with self._transaction():
            NEXT.create(self._connection)

    def add(self, batch: Sequence[Row]) -> None:
        """Put in some rows, and commit them."""
        with self._transaction():
            self._connection.connection.cursor().executemany(self._upsert, batch)

    def carry(self, *, whole: bool, progress: Progress) -> int:
        """Take over what counts of the register in force: later statuses, and, unless `whole`, who is not in the new.

        How many later statuses there were.
        """
        later = 0
        names = [column.name for column in status.columns]
        replaced = NEXT.update().values({name: status.c[name] for name in names if not NEXT.c[name].primary_key})
        replaced = replaced.where(NEXT.c.pseudonym == status.c.pseudonym, status.c.updated_s > NEXT.c.updated_s)
        for low, high in spans(self._connection, status):
            with self._transaction():
                both = *span(status, low, high), *span(NEXT, low, high)
                later += self._connection.execute(replaced.where(*both)).rowcount
                if not whole:
                    missing = sa.select(status).where(*span(status, low, high))
                    kept = sqlite.insert(NEXT).from_select(names, missing).on_conflict_do_nothing()
                    self._connection.execute(kept)
            progress(_reached(high))
        return later

    def swap(self) -> None:
        """What was filled is in force, durably."""
        self._connection.exec_driver_sql("pragma synchronous = full")
        with self._transaction():
            self._rename(status, BEFORE.name)
            self._rename(NEXT, status.name)

    def clear(self, progress: Progress = lambda _: None) -> None:
        """Empty and drop what is beside the register in force, with its pages overwritten."""
        for table in (NEXT, BEFORE):
            if not sa.inspect(self._connection).has_table(table.name):
                continue
            for low, high in spans(self._connection, table):
                with self._transaction():
                    self._connection.execute(table.delete().where(*span(table, low, high)))
                progress(_reached(high))
            with self._transaction():
                table.drop(self._connection)

    def _rename(self, table: sa.Table, name: str) -> None:
        quoted = self._connection.dialect.identifier_preparer
        self._connection.exec_driver_sql(f"alter table {quoted.format_table(table)} rename to {quoted.quote(name)}")

    def _transaction(self) -> "Transaction":
        return Transaction(self._connection)


class Transaction:
    """One that writes from its beginning: the driver would begin none for tables, and one that reads first for rows."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.exec_driver_sql("begin immediate")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._connection.commit()
        finally:
            # Also where a commit failed: SQLite leaves the transaction open then. After one that did not it is nothing.
            self._connection.rollback()
            self._connection.connection.rollback()


def spans(connection: sa.Connection, table: sa.Table) -> Iterator[tuple[bytes, bytes | None]]:
    """All of a table in parts of STEP_ROWS: from above the first pseudonym to the second one, None at the end."""
    low = b""
    while True:
        nth = sa.select(table.c.pseudonym).where(*span(table, low, None)).order_by(table.c.pseudonym)
        high = connection.execute(nth.limit(1).offset(STEP_ROWS - 1)).scalar()
        yield low, high
        if high is None:
            return
        low = high


def span(table: sa.Table, low: bytes, high: bytes | None) -> list[sa.ColumnElement[bool]]:
    """Which rows lie in a part that `spans` told."""
    above = table.c.pseudonym > low
    return [above] if high is None else [above, table.c.pseudonym <= high]


def _reached(high: bytes | None) -> float:
    """Pseudonyms are as good as random: how far one is from the first to the last tells how many lie before it."""
    return 1.0 if not high else high[0] / 256
