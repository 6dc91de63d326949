"""How far retention has come in a ledger: kept in its table `meta`, and moved in the transaction that deletes."""

import datetime
import json
from dataclasses import asdict, dataclass, field, replace
from typing import Self

import sqlalchemy as sa

from gatehouse.schema import LEDGER

META = LEDGER.tables["meta"]
NAME = "retention"


@dataclass(frozen=True, slots=True)
class Progress:
    """next: number of the first entry that nobody has looked at. held: numbers before it that a lane still needs.

    known: the last day that was believed, as 2026-01-31. finished: the day of the last whole run. deleted: what was
    deleted since then, by kind.
    """

    next: int = 1
    held: tuple[int, ...] = ()
    known: str = ""
    finished: str = ""
    deleted: dict[str, int] = field(default_factory=dict)

    def plus(self, kind: str, count: int) -> Self:
        """The same after `count` more of a kind were deleted."""
        return replace(self, deleted={**self.deleted, kind: self.deleted.get(kind, 0) + count})

    def known_day(self) -> datetime.date | None:
        """The last day that was believed, None if none was."""
        return datetime.date.fromisoformat(self.known) if self.known else None


def read(connection: sa.Connection) -> Progress:
    """As it was left; from the first entry on where it cannot be read: whoever looks again deletes nothing wrong."""
    text = connection.execute(sa.select(META.c.value).where(META.c.name == NAME)).scalar()
    try:
        found = Progress(**json.loads(text or "{}"))
        found.known_day()
        if found.next < 1 or not all(type(kept) is int for kept in (*found.held, *found.deleted.values())):
            return Progress()
        return replace(found, held=tuple(found.held))
    except (ValueError, TypeError, AttributeError):
        return Progress()


def write(connection: sa.Connection, progress: Progress) -> None:
    """Keep it, in the connection's transaction."""
    connection.execute(META.delete().where(META.c.name == NAME))
    connection.execute(META.insert().values(name=NAME, value=json.dumps(asdict(progress))))
