"""What is kept now, read from the databases themselves, with the settings' limits: the facts of the notice."""

import contextlib
import datetime
import enum
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from gatehouse import schema
from gatehouse.clock import LOST_S
from gatehouse.keyfile import KeyFile
from gatehouse.migrations import LEDGER_STEPS
from gatehouse.retention import progress as kept
from gatehouse.retention.entry_times import time_of
from gatehouse.retention.run import DAY, PLACES, Place
from gatehouse.settings import GatehouseSettings

LOOK_FAR = 1000  # entries among which the oldest with a credible time is looked for


class Kind(enum.StrEnum):
    """What may be kept of travellers, and what stays when it is gone."""

    ENTRIES = "entries"
    DAY_KEYS = "day_keys"
    STATUSES = "statuses"
    ANSWERS = "answers"
    LISTINGS = "listings"
    LEAVES = "leaves"


@dataclass(frozen=True, slots=True)
class Holding:
    """count: how many there are. since: day of the oldest, None if none is known. until: last day of the oldest, None
    if it has none. limit: for how many days (ANSWERS: hours) each is kept; 0 if each has an end of its own, or none.
    """

    kind: Kind
    count: int
    since: datetime.date | None
    until: datetime.date | None
    limit: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """All of them. last_run: day of the last whole run of retention, None if there was none. deleted: entries of the
    ledger that are gone.
    """

    of: tuple[Holding, ...]
    last_run: datetime.date | None
    deleted: int


def holdings(settings: GatehouseSettings) -> Holdings:
    """Read everything. DatabaseError, KeyFileError, or SQLAlchemy's errors, if something cannot be read."""
    rules, store = settings.retention, settings.store
    places = {place.kind: place for place in PLACES}
    with contextlib.closing(KeyFile(store.keys_path)) as keys:
        days = sorted(day for name in keys.purposes() if (day := day_of(name)) is not None)
    first, progress, leaves, held = None, kept.Progress(), 0, 0
    if store.ledger.exists():
        with reading(
            Place("ledger", lambda at: at.ledger, schema.LEDGER, LEDGER_STEPS, PLACES[0].sweep), settings
        ) as at:
            progress = kept.read(at)
            leaves = int(at.execute(sa.select(sa.func.coalesce(sa.func.max(schema.ledger.c.number), 0))).scalar_one())
            held, first = len(progress.held), oldest_entry(at, progress)
    entries = max(0, leaves - progress.next + 1) + held
    found = [
        aged(Kind.ENTRIES, entries, first, rules.ledger_days),
        aged(Kind.DAY_KEYS, len(days), days[0] if days else None, rules.day_keys_days),
        counted(Kind.STATUSES, places[Kind.STATUSES], settings, schema.status.c.updated_s, rules.register_days),
        counted(Kind.ANSWERS, places[Kind.ANSWERS], settings, schema.answer.c.fetched_s, settings.lookup.keep_hours),
        counted(Kind.LISTINGS, places[Kind.LISTINGS], settings, None, 0),
        Holding(Kind.LEAVES, leaves, None, None, 0),
    ]
    finished = datetime.date.fromisoformat(progress.finished) if progress.finished else None
    return Holdings(tuple(found), finished, leaves - entries)


def aged(kind: Kind, count: int, since: datetime.date | None, days: int) -> Holding:
    """Of what is kept for so many days."""
    until = None if since is None else since + datetime.timedelta(days=days)
    return Holding(kind, count, since, until, days)


def counted(kind: Kind, place: Place, settings: GatehouseSettings, told: sa.Column[int] | None, limit: int) -> Holding:
    """Of a table. told: when a row was told; None if rows have nothing but an end."""
    if not place.path(settings.store).exists():
        return Holding(kind, 0, None, None, limit)
    table = schema.listing if told is None else told.table
    with reading(place, settings) as connection:
        count = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        if told is None:
            last_s = connection.execute(sa.select(sa.func.max(schema.listing.c.until_s))).scalar()
            return Holding(kind, count, None, None if last_s is None else day_at(last_s - 1), limit)
        since = day_at(connection.execute(sa.select(sa.func.min(told))).scalar())
    if kind is Kind.ANSWERS or since is None:
        return Holding(kind, count, since, None, limit)
    return aged(kind, count, since, limit)


@contextlib.contextmanager
def reading(place: Place, settings: GatehouseSettings) -> Iterator[sa.Connection]:
    """A connection to the database."""
    engine = schema.open_database(place.path(settings.store), place.tables, place.steps)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def oldest_entry(connection: sa.Connection, progress: kept.Progress) -> datetime.date | None:
    """Day of the oldest entry whose time can be right."""
    table = schema.ledger
    wanted = (table.c.number >= progress.next) | table.c.number.in_(progress.held)
    query = sa.select(table.c.entry).where(wanted).order_by(table.c.number).limit(LOOK_FAR)
    times = (time_of(body) for body in connection.execute(query).scalars())
    return day_at(next((time_s for time_s in times if time_s is not None and time_s >= LOST_S), None))


def day_of(purpose: str) -> datetime.date | None:
    """The day whose key this is, None if it is another one."""
    found = DAY.fullmatch(purpose)
    try:
        return datetime.datetime.strptime(found[1], "%Y%m%d").astimezone().date() if found else None
    except ValueError:
        return None


def day_at(time_s: int | None) -> datetime.date | None:
    """The day at the station; None for no time, and for one that no calendar has."""
    try:
        return None if time_s is None else datetime.datetime.fromtimestamp(time_s).astimezone().date()
    except (OverflowError, OSError, ValueError):
        return None
