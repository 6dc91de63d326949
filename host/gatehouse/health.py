"""The health platforms of a running gatehouse: opened with it, watched, and closed with it."""

import asyncio
import functools
from collections.abc import Coroutine
from typing import Any

from gatehouse import alarms
from gatehouse.clock import StationClock
from gatehouse.happenings import Happenings
from gatehouse.lookup.answers import Answers
from gatehouse.lookup.keeping import Keeper
from gatehouse.lookup.lookup import Sources
from gatehouse.lookup.routes import Routes
from gatehouse.platforms.account import open_account
from gatehouse.platforms.breaker import State
from gatehouse.platforms.platform import Platform
from gatehouse.settings import GatehouseSettings
from gatehouse.settings_errors import SettingsError
from gatehouse.words import filled

HOUR_S, DAY_S = 3600, 86400
LATE_S = 5.0  # how long an answer that nobody waits for any more may still be remembered
LOOK_S = 1.0


class Health:
    """Belongs to the running loop. `sources`: None where the settings name no platform."""

    def __init__(self, settings: GatehouseSettings, key: bytes, happenings: Happenings, clock: StationClock) -> None:
        """`key`: of what is kept of answers. SettingsError or DatabaseError if they cannot be used."""
        self._happenings = happenings
        self._loop = asyncio.get_running_loop()
        self._resting: set[str] = set()
        self.sources: Sources | None = None
        self._keeper: Keeper | None = None
        if not settings.platforms:
            return
        accounts = {}
        for name, one in settings.platforms.items():
            try:
                accounts[name] = open_account(one, name)
            except SettingsError as wrong:
                raise SettingsError([f"[platforms.{name}]: {problem}" for problem in wrong.problems]) from None
        answers = Answers(settings.store.answers, key)
        keeper = self._keeper = Keeper(
            answers,
            settings.lookup.keep_hours * HOUR_S,
            self._not_kept,
            clock.unix_s,
            lambda: clock.now().earliest_s(),
            keep_red_s=settings.lookup.keep_red_days * DAY_S,
        )
        platforms = {
            name: Platform(account, late_s=LATE_S, told=functools.partial(keeper.take, name))
            for name, account in accounts.items()
        }
        self.sources = Sources(platforms, Routes(settings.route, list(platforms)), answers)
        happenings.say(f"health platforms: {', '.join(f'{name} ({one.title})' for name, one in platforms.items())}")

    def watches(self) -> list[Coroutine[Any, Any, None]]:
        """What runs beside the lanes."""
        return [] if self._keeper is None else [self._keeper.tend(), self._watch()]

    async def end(self) -> None:
        """Ask nobody any more, and keep what has been told."""
        if self.sources is not None and self._keeper is not None:
            await asyncio.gather(*(one.close() for one in self.sources.platforms.values()))
            await asyncio.to_thread(self._keeper.write)

    def close(self) -> None:
        """Let go of the file."""
        if self.sources is not None:
            self.sources.answers.close()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self.look()

    def look(self) -> None:
        """Say which platforms rest, and which are asked again."""
        for name, platform in (self.sources.platforms if self.sources is not None else {}).items():
            if platform.state is not State.CLOSED and name not in self._resting:
                self._resting.add(name)
                trouble = platform.trouble
                told = f"{trouble.said} {trouble.advice} " if trouble is not None else ""
                why = f"{told}`gatehouse platform test {name}` shows each step."
                about = f"platform {name}"
                self._happenings.alarm(filled(alarms.PLATFORM_RESTS, name=name, why=why), about=about, cause=about)
            elif platform.state is State.CLOSED and name in self._resting:
                self._resting.discard(name)
                self._happenings.notice(filled(alarms.PLATFORM_ANSWERS, name=name), cause=f"platform {name}")

    def _not_kept(self, why: str) -> None:
        # From the thread that writes; alarms belong to the loop.
        said = filled(alarms.ANSWERS_NOT_KEPT, why=why)
        self._loop.call_soon_threadsafe(self._happenings.alarm, said, "answers")
