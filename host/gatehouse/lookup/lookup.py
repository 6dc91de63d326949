"""One status for a traveller: who is asked, what was told before, and what the answers amount to."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from gatelink import codes

from gatehouse.lookup import asking, merging
from gatehouse.lookup.answers import Answers
from gatehouse.lookup.lookup_settings import LookupSettings
from gatehouse.lookup.merging import Keeping, Said
from gatehouse.lookup.routes import NOBODY, Route, Routes
from gatehouse.platforms.platform import Platform
from gatehouse.question import Question
from gatehouse.register import Register
from gatehouse.status import COLOUR_OF_OUTCOME, Status

MINUTE_S, HOUR_S = 60, 3600
FOREVER_S = float("inf")


@dataclass(frozen=True, slots=True)
class Sources:
    """Whom the station may ask, by the names of its settings, and what they have told before."""

    platforms: Mapping[str, Platform]
    routes: Routes
    answers: Answers


class Lookup:
    """`sources`: None for a station that has its register alone."""

    def __init__(
        self, register: Register, sources: Sources | None = None, settings: LookupSettings | None = None
    ) -> None:
        self._register = register
        self.sources = sources
        self._settings = settings = settings or LookupSettings()
        # How old a status of an import may be is said by the rules, and by nobody else.
        self._imported = Keeping(settings.fresh_minutes * MINUTE_S, FOREVER_S)
        self._told = Keeping(settings.fresh_minutes * MINUTE_S, settings.keep_hours * HOUR_S)

    @property
    def trouble(self) -> str:
        """Why the register could not be read for the last tap, "" if it could."""
        return self._register.trouble

    def kept(self, kind: int, number: bytes | bytearray, now_s: float) -> list[Status]:
        """What is known without asking, each with its freshness. kind: a CARD_ code."""
        own = self._register.look_up(number, kind, now_s)
        found = [self._imported.of(own, now_s) if own.outcome in COLOUR_OF_OUTCOME else own]
        if self.sources is not None and kind not in UNASKED:
            told = self.sources.answers.of(self.sources.answers.pseudonym(kind, number))
            # Nothing stands in for a platform that the station asks no more.
            asked = {platform.name for platform in self.sources.platforms.values()}
            found += [
                self._told.of(one, now_s) if one.outcome in COLOUR_OF_OUTCOME else one
                for one in told
                if not one.source or one.source in asked
            ]
        return [one for one in found if one is not None]

    def title(self, source: str) -> str:
        """Of a source of statuses, for people; of what is no platform the name itself."""
        platform = None if self.sources is None else self.sources.platforms.get(source)
        return source if platform is None else platform.title

    def route(self, kind: int, number: bytes | bytearray, kept: Collection[Status]) -> Route:
        """Whom to ask about a card; nobody of a kind that no platform knows."""
        if self.sources is None or kind in UNASKED:
            return NOBODY
        platforms = self.sources.platforms
        told = {status.source for status in kept if status.source}
        before = [name for name, platform in platforms.items() if platform.name in told]
        found = self.sources.routes.choose(kind, number, before)
        ask, then = (tuple(name for name in names if platforms[name].knows(kind)) for names in (found.ask, found.then))
        # Where nobody of the first ones knows such cards the others are the first ones.
        return Route(ask, then, found.settle_s) if ask else Route(then, (), found.settle_s)

    async def ask(self, question: Question, route: Route, since_s: float) -> list[Said]:
        """What a route says. since_s: when the tap came, by time.monotonic(): its budget began then."""
        if self.sources is None:
            return []
        left_s = self._settings.budget_ms / 1000 - (time.monotonic() - since_s)
        return await asking.ask(self.sources.platforms, route, question, max(0.0, left_s))

    @staticmethod
    def merged(said: Sequence[Said], kept: Sequence[Status]) -> Status:
        """All of it as one status."""
        return merging.merged(said, kept)


# Their numbers are nobody's at a platform.
UNASKED = frozenset((codes.CARD_CODE, codes.CARD_UID, codes.CARD_WIEGAND))
