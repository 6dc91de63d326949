"""Retention in the running gatehouse: once each day, by itself."""

import asyncio
import datetime
import threading

import sqlalchemy as sa

from gatehouse import schema
from gatehouse.clock import StationClock
from gatehouse.happenings import Happenings
from gatehouse.keyfile import KeyFileError
from gatehouse.retention.run import Outcome, Retention
from gatehouse.schema import DatabaseError
from gatehouse.settings import GatehouseSettings
from gatehouse.sole import RunsAlready
from gatehouse.words import Words, filled

FIRST_LOOK_S = 5.0  # lanes come up first
LOOK_S = 600.0
PAUSE_S = 0.05
ABOUT = "retention"
ALARM_GAP_S = 6 * 3600.0

FAILED: Words = (
    "到期数据未能删除：{why} 将再次尝试。",
    "What is too old could not be deleted: {why} It is tried again.",
)
CALENDAR_IS_RIGHT: Words = ("时钟已恢复可信，到期数据照常删除。", "The calendar is believed again; retention goes on.")
WHO = "gatehouse"


class RetentionWatch:
    """`watch` as a task; `stop` lets a run end after its step."""

    def __init__(self, settings: GatehouseSettings, clock: StationClock, happenings: Happenings) -> None:
        self._stopping = threading.Event()
        self._retention = Retention(settings, lambda: self._stopping.wait(PAUSE_S))
        self._clock = clock
        self._happenings = happenings
        self._done: datetime.date | None = None
        self._refused = False

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        await asyncio.sleep(FIRST_LOOK_S)
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Run where a day has begun, or where the day's run could not be finished."""
        day = str(self._clock.now().earliest_day)
        today = datetime.date(int(day[:-4]), int(day[-4:-2]), int(day[-2:]))
        if today != self._done:
            await self._run(today)

    async def _run(self, today: datetime.date) -> None:
        try:
            outcome = await asyncio.to_thread(self._retention.run, today, WHO)
        except RunsAlready:
            return
        except (DatabaseError, KeyFileError, OSError) as failure:
            self._happenings.alarm(filled(FAILED, why=str(failure)), ABOUT, ALARM_GAP_S)
        except sa.exc.SQLAlchemyError as failure:
            self._happenings.alarm(filled(FAILED, why=schema.explained(failure)), ABOUT, ALARM_GAP_S)
        else:
            self._tell(outcome, today)

    def _tell(self, outcome: Outcome, today: datetime.date) -> None:
        if outcome.refusal is not None:
            self._happenings.alarm(outcome.refusal.said, ABOUT, ALARM_GAP_S, cause=ABOUT)
        elif self._refused:
            self._happenings.notice(CALENDAR_IS_RIGHT, ABOUT)
        self._refused = outcome.refusal is not None
        if outcome.deleted:
            counts = ", ".join(f"{count} {kind}" for kind, count in outcome.deleted.items())
            self._happenings.say(f"retention: deleted what is too old: {counts}")
        if outcome.finished and outcome.settled:
            self._done = today

    def stop(self) -> None:
        """Let a run end."""
        self._stopping.set()
