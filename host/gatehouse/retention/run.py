"""A run of retention: every place where something may be too old, in small steps, and the deed that tells of it."""

import contextlib
import datetime
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import sqlalchemy as sa

from gatehouse import migrations, schema
from gatehouse.continuity import LEDGER_DAY
from gatehouse.deeds import Deed, What
from gatehouse.keyfile import KeyFile
from gatehouse.ledger import Ledger
from gatehouse.retention import progress as kept
from gatehouse.retention import row_sweeps
from gatehouse.retention.calendar_guard import Refusal, doubt
from gatehouse.retention.entry_sweep import EntrySweep
from gatehouse.retention.entry_times import time_of
from gatehouse.retention.limits import Limits, RetentionSettings, limits_on
from gatehouse.settings import GatehouseSettings, StoreSettings
from gatehouse.sole import SoleRun

LOCK = "retention.running"
DAY_KEYS = "day_keys"
# Stands for day keys that are gone: that there were any tells a station that has lost its ledger from a new one.
SERVED = f"{LEDGER_DAY}served"
DAY = re.compile(rf"{LEDGER_DAY}(\d{{8}})")
SETTLE_WAIT_MS = 200
SETTLE_TRIES = 5
PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class Place:
    """A database with rows that end."""

    kind: str
    path: Callable[[StoreSettings], Path]
    tables: sa.MetaData
    steps: migrations.Steps
    sweep: row_sweeps.Sweep


PLACES = (
    Place("statuses", lambda store: store.register, schema.REGISTER, migrations.REGISTER_STEPS, row_sweeps.register),
    Place("answers", lambda store: store.answers, schema.ANSWERS, migrations.ANSWERS_STEPS, row_sweeps.answers),
    Place("listings", lambda store: store.lists, schema.LISTS, migrations.LISTS_STEPS, row_sweeps.lists),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did. deleted: how many of each kind, those of a run that was cut off before included.

    finished: False if it was to stop first. settled: whether nothing of it lies in a log before a database any more.
    """

    refusal: Refusal | None = None
    deleted: Mapping[str, int] = field(default_factory=dict)
    finished: bool = False
    settled: bool = True


class Retention:
    """`run` on a thread of its own: it waits for disks.

    `pause()`: called after each step, lets others have the databases; True if the run is to stop.
    """

    def __init__(self, settings: GatehouseSettings, pause: Callable[[], bool] | None = None) -> None:
        self._store = settings.store
        self._settings: RetentionSettings = settings.retention
        self._keep_hours = settings.lookup.keep_hours
        self._pause = pause or breathe

    def run(self, today: datetime.date, who: str, *, clock_is_right: bool = False) -> Outcome:
        """Delete what is over on a day. who: as the deed tells it. clock_is_right: somebody has looked.

        RunsAlready if another run is at work; DatabaseError, KeyFileError, or an error of SQLAlchemy, if a database
        does not take it: what was deleted until then stays deleted, and the next run goes on.
        """
        path = self._store.ledger
        with contextlib.ExitStack() as opened:
            held = SoleRun(path.parent, LOCK, f"{path.parent}: another run of retention is at work. Let it finish.")
            opened.callback(held.close)
            engine = schema.open_database(path, schema.LEDGER, migrations.LEDGER_STEPS)
            opened.callback(engine.dispose)
            refusal = None if clock_is_right else doubt(today, known_day(engine), self._settings.standstill_days)
            if refusal is not None:
                return Outcome(refusal)
            _change(engine, lambda progress: replace(progress, known=str(today)))
            limits = limits_on(today, self._settings, self._keep_hours)
            if not self._delete(engine, limits):
                return Outcome()
            deleted = self._record(engine, limits, who)
            return Outcome(None, deleted, finished=True, settled=self._settle(engine))

    def _delete(self, engine: sa.Engine, limits: Limits) -> bool:
        """False if it is to stop."""
        entries = EntrySweep(engine, limits)
        while entries.step():
            if self._pause():
                return False
        with contextlib.closing(KeyFile(self._store.keys_path)) as keys:
            gone = keys.destroy(over_day_keys(keys.purposes(), limits.day_keys_before), SERVED)
            _count(engine, DAY_KEYS, gone)
            keys.is_settled()
        for place in PLACES:
            with self._opened(place) as other:
                for deleted in place.sweep(other, limits) if other is not None else ():
                    _count(engine, place.kind, deleted)
                    if self._pause():
                        return False
        return True

    def _record(self, engine: sa.Engine, limits: Limits, who: str) -> Mapping[str, int]:
        """The deed, in one transaction with the mark that the day is done; none where it would say nothing new."""
        with engine.connect() as reading:
            progress = kept.read(reading)
        day = str(limits.today)
        deleted = {kind: count for kind, count in progress.deleted.items() if count}
        if deleted or progress.finished != day:
            before = {
                "ledger_before": as_number(limits.ledger_before),
                "day_keys_before": as_number(limits.day_keys_before),
            }
            deed = Deed(What.RETENTION_RUN, int(time.time()), who, {**before, **deleted})
            with contextlib.closing(Ledger(self._store.ledger)) as ledger:
                ledger.record(deed, lambda connection: kept.write(connection, _done(kept.read(connection), day)))
        return deleted

    def _settle(self, engine: sa.Engine) -> bool:
        """Nothing that was deleted lies in a log before its database; False where others are reading just now."""
        settled = settle(engine)
        for place in PLACES:
            with self._opened(place) as other:
                settled = (other is None or settle(other)) and settled
        with contextlib.closing(KeyFile(self._store.keys_path)) as keys:
            return keys.is_settled() and settled

    @contextlib.contextmanager
    def _opened(self, place: Place) -> Iterator[sa.Engine | None]:
        """The database, None if there is none."""
        path = place.path(self._store)
        if not path.exists():
            yield None
            return
        engine = schema.open_database(path, place.tables, place.steps)
        try:
            yield engine
        finally:
            engine.dispose()


def breathe() -> bool:
    """Let others have the databases for a moment."""
    time.sleep(PAUSE_S)
    return False


def as_number(day: datetime.date) -> int:
    """YYYYMMDD."""
    return day.year * 10000 + day.month * 100 + day.day


def known_day(engine: sa.Engine) -> datetime.date | None:
    """The last day on which this station is known to have been at work, None if there was none."""
    with engine.connect() as reading:
        known = kept.read(reading).known_day()
        newest = sa.select(schema.ledger.c.entry).order_by(schema.ledger.c.number.desc()).limit(1)
        heard_s = time_of(reading.execute(newest).scalar()) if known is None else None
    return known if heard_s is None else datetime.datetime.fromtimestamp(heard_s).astimezone().date()


def over_day_keys(purposes: list[str], before: datetime.date) -> list[str]:
    """Which of the key file's purposes are days that are over."""
    found = ((name, DAY.fullmatch(name)) for name in purposes)
    return [name for name, day in found if day is not None and day[1] < f"{before:%Y%m%d}"]


def settle(engine: sa.Engine) -> bool:
    """Bring a log into its database and cut it to nothing; whether that could be done just now.

    A commit waits for as long as this does: most of it is done before, where nobody waits.
    """
    with engine.connect() as connection:
        connection.exec_driver_sql(f"pragma busy_timeout = {SETTLE_WAIT_MS}")
        for _ in range(SETTLE_TRIES):
            connection.exec_driver_sql("pragma wal_checkpoint(passive)").all()
            if not connection.exec_driver_sql("pragma wal_checkpoint(truncate)").one()[0]:
                return True
    return False


def _done(progress: kept.Progress, day: str) -> kept.Progress:
    return replace(progress, finished=day, deleted={})


def _count(engine: sa.Engine, kind: str, count: int) -> None:
    if count:
        _change(engine, lambda progress: progress.plus(kind, count))


def _change(engine: sa.Engine, change: Callable[[kept.Progress], kept.Progress]) -> None:
    with engine.begin() as connection:
        schema.begin_writing(connection)
        before = kept.read(connection)
        after = change(before)
        if after != before:
            kept.write(connection, after)
