"""Deletes salts and entries of the ledger that are over; leaf hashes and order stay, so that every proof holds."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import cbor2
import sqlalchemy as sa
from gatelink import codes

from gatehouse import schema
from gatehouse.ledger import LOOK_BACK, decoded, still_open
from gatehouse.retention import progress as kept
from gatehouse.retention.entry_times import over, time_of
from gatehouse.retention.limits import Limits

ROWS_A_STEP = 500  # some 10 ms of the write lock
ENTRIES = "entries"


class EntrySweep:
    """One run over a ledger. `step` until it says that nothing is left; killed in between, the next run goes on.

    What a lane still needs stays, though it be over: openings whose end nobody has told, and that a gate is retired.
    """

    def __init__(self, engine: sa.Engine, limits: Limits) -> None:
        self._engine = engine
        self._limits = limits
        self._needed: dict[bytes, frozenset[int]] = {}

    def step(self) -> bool:
        """Delete some, in one transaction; whether there may be more."""
        with self._engine.connect() as reading:
            progress = kept.read(reading)
            reached = self._over(reading, progress.next)
            looked_at = {**reached, **owners(reading, progress.held)}
            held = sorted(number for number, gate in looked_at.items() if number in self._needed_of(reading, gate))
        going = sorted(set(looked_at) - set(held))
        if not looked_at or (not reached and not going):
            return False
        with self._engine.begin() as connection:
            schema.begin_writing(connection)
            table = schema.ledger
            there = table.c.number.in_(going) & table.c.entry.is_not(None)
            deleted = connection.execute(table.update().where(there).values(salt=None, entry=None)).rowcount
            behind = kept.read(connection).plus(ENTRIES, deleted)
            first = max([behind.next, *(number + 1 for number in reached)])
            kept.write(connection, replace(behind, next=first, held=tuple(held)))
        return bool(reached)

    def _over(self, connection: sa.Connection, first: int) -> dict[int, bytes]:
        """The oldest entries, from `first` on, that are over, and whose they are: a step's worth of them."""
        table = schema.ledger
        columns = table.c.number, table.c.identity, table.c.entry
        query = sa.select(*columns).where(table.c.number >= first).order_by(table.c.number)
        read: list[tuple[int, bytes]] = []

        def times() -> Iterator[int | None]:
            with connection.execution_options(yield_per=ROWS_A_STEP).execute(query) as rows:
                for number, identity, entry in rows:
                    read.append((number, identity))
                    yield time_of(entry)

        count = over(times(), self._limits.ledger_before_s, self._limits.tomorrow_s, ROWS_A_STEP)
        return dict(read[:count])

    def _needed_of(self, connection: sa.Connection, identity: bytes) -> frozenset[int]:
        if identity not in self._needed:
            self._needed[identity] = needed_of(connection, identity)
        return self._needed[identity]


def owners(connection: sa.Connection, numbers: Iterable[int]) -> dict[int, bytes]:
    """Whose entries these are."""
    table = schema.ledger
    query = sa.select(table.c.number, table.c.identity).where(table.c.number.in_(list(numbers)))
    return {number: bytes(identity) for number, identity in connection.execute(query)}


def needed_of(connection: sa.Connection, identity: bytes) -> frozenset[int]:
    """Numbers of a gate's entries that `Ledger.commit` may still look for, whatever their age."""
    table = schema.ledger
    own = sa.select(table.c.number, table.c.entry).where(table.c.identity == identity, table.c.entry.is_not(None))
    newest_first = own.order_by(table.c.report.desc(), table.c.number.desc()).limit(LOOK_BACK)
    seen = []
    for number, body in connection.execute(newest_first):
        try:
            seen.append((number, decoded(body)))
        except (cbor2.CBORDecodeError, ValueError, TypeError, LookupError):  # a deed of the house, or damaged
            continue
    retired = [number for number, entry in seen if entry.what == codes.REPORT_RETIRED]
    if retired:
        return frozenset(retired)
    opened = still_open([entry for _, entry in seen])
    return frozenset(number for number, entry in seen if any(entry is one for one in opened))
