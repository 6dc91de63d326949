"""Deletes what is over in register, lists and kept answers, in small transactions: nobody waits for one."""

from collections.abc import Callable, Iterator

import sqlalchemy as sa

from gatehouse.retention.limits import Limits
from gatehouse.schema import answer, listing, status

REGISTER_ROWS_A_STEP = 20_000  # looked at; what of them is over is deleted
ROWS_A_STEP = 500

Sweep = Callable[[sa.Engine, Limits], Iterator[int]]  # yields after each step how many rows it has deleted


def register(engine: sa.Engine, limits: Limits) -> Iterator[int]:
    """Statuses past the end that their issuer gave them, and those that were set too long ago."""
    over = (status.c.until_s <= limits.now_s) | (status.c.updated_s < limits.register_before_s)
    after = b""
    while True:
        further = sa.select(status.c.pseudonym).where(status.c.pseudonym > after).order_by(status.c.pseudonym)
        part = further.limit(REGISTER_ROWS_A_STEP).subquery()
        with engine.connect() as reading:
            last = reading.execute(sa.select(sa.func.max(part.c.pseudonym))).scalar()
            if last is None:
                return
            between = (status.c.pseudonym > after) & (status.c.pseudonym <= last)
            found = reading.execute(sa.select(sa.exists().where(between, over))).scalar()
        yield _delete(engine, status, between & over) if found else 0
        after = last


def lists(engine: sa.Engine, limits: Limits) -> Iterator[int]:
    """Entries of the station's lists whose last day is over."""
    yield _delete(engine, listing, listing.c.until_s <= limits.now_s)


def answers(engine: sa.Engine, limits: Limits) -> Iterator[int]:
    """What platforms told before, also where no platform is asked any more."""
    columns = answer.c.pseudonym, answer.c.source
    some = sa.select(*columns).where(answer.c.fetched_s < limits.answers_before_s).limit(ROWS_A_STEP)
    while deleted := _delete(engine, answer, sa.tuple_(*columns).in_(some)):
        yield deleted


def _delete(engine: sa.Engine, table: sa.Table, rows: sa.ColumnElement[bool]) -> int:
    with engine.begin() as connection:
        return connection.execute(table.delete().where(rows)).rowcount
