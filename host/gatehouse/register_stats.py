"""What is in a register, in numbers that tell of nobody."""

from dataclasses import dataclass

import sqlalchemy as sa

from gatehouse.schema import status
from gatehouse.staging import BEFORE, NEXT, span, spans


@dataclass(frozen=True, slots=True)
class Group:
    """The people of one source and colour. colour: as stored, of which `Colour` knows 1 to 3.

    oldest_s, newest_s: Unix times at which their statuses were set. past_limit: how many have a limit of their own
    that is over.
    """

    source: str
    colour: int
    people: int
    oldest_s: int
    newest_s: int
    past_limit: int


@dataclass(frozen=True, slots=True)
class Stats:
    """bytes_used: of the file, without pages that wait for the next import, which are bytes_free.

    leftovers: whether an import was interrupted; the next one clears what it left, which is in bytes_used.
    """

    groups: tuple[Group, ...]
    bytes_used: int
    bytes_free: int
    leftovers: bool

    @property
    def people(self) -> int:
        """All of them."""
        return sum(group.people for group in self.groups)

    @property
    def bytes_per_person(self) -> float:
        """0 for nobody."""
        return self.bytes_used / self.people if self.people else 0.0


def stats_of(connection: sa.Connection, now_s: float) -> Stats:
    """now_s: Unix time. It reads the whole table, as it is at one moment. Errors of SQLAlchemy come through."""
    connection.exec_driver_sql("begin")
    over = sa.func.count().filter(status.c.until_s <= int(now_s))
    times = sa.func.min(status.c.updated_s), sa.func.max(status.c.updated_s)
    by = status.c.source, status.c.colour
    groups: dict[tuple[str, int], Group] = {}
    # Part by part, because the whole would be sorted in memory.
    for low, high in spans(connection, status):
        counted = sa.select(*by, sa.func.count(), *times, over).where(*span(status, low, high)).group_by(*by)
        for row in connection.execute(counted):
            found = Group(*row)
            name = found.source, found.colour
            groups[name] = _together(groups[name], found) if name in groups else found
    page, pages, free = (
        connection.exec_driver_sql(f"pragma {name}").scalar_one()
        for name in ("page_size", "page_count", "freelist_count")
    )
    tables = sa.inspect(connection)
    leftovers = any(tables.has_table(table.name) for table in (NEXT, BEFORE))
    return Stats(tuple(groups[name] for name in sorted(groups)), page * (pages - free), page * free, leftovers)


def _together(one: Group, other: Group) -> Group:
    """Two parts of the same group."""
    return Group(
        one.source,
        one.colour,
        one.people + other.people,
        min(one.oldest_s, other.oldest_s),
        max(one.newest_s, other.newest_s),
        one.past_limit + other.past_limit,
    )
