"""Whom to ask about a card, by its kind, the first characters of its number, and who answered before. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from gatehouse.lookup.lookup_settings import RouteSettings
from gatehouse.platforms.dialect import KINDS


@dataclass(frozen=True, slots=True)
class Route:
    """Names of platforms: `ask` all at once; `then`, where none of those knows the holder, the others.

    settle_s: for how long the others are waited for once one has told a colour; None: to the end of the budget.
    """

    ask: tuple[str, ...]
    then: tuple[str, ...] = ()
    settle_s: float | None = None


NOBODY = Route(())


class Routes:
    """The tables [[route]] in their order. Without any, everybody who knows a kind of card is asked about it."""

    def __init__(self, tables: Sequence[RouteSettings], platforms: Collection[str]) -> None:
        self._tables = [
            (frozenset(KINDS[card] for card in one.cards), tuple(one.regions), _route(one)) for one in tables
        ]
        self._everybody = Route(tuple(platforms))

    def choose(self, kind: int, number: bytes | bytearray, before: Collection[str] = ()) -> Route:
        """The route of a card (kind: a CARD_ code). before: platforms that have told a colour of its holder.

        Those are asked with the first ones, whatever the route says: an answer of theirs may have changed.
        """
        found = self._fitting(kind, number)
        if found is NOBODY:
            return found
        more = tuple(name for name in before if name not in found.ask)
        ask = found.ask + more
        return Route(ask, tuple(name for name in found.then if name not in ask), found.settle_s)

    def _fitting(self, kind: int, number: bytes | bytearray) -> Route:
        if not self._tables:
            return self._everybody if self._everybody.ask else NOBODY
        for cards, regions, route in self._tables:
            if kind in cards and (not regions or any(number.startswith(one.encode()) for one in regions)):
                return route
        return NOBODY


def _route(table: RouteSettings) -> Route:
    settle_s = None if table.settle_ms is None else table.settle_ms / 1000
    return Route(tuple(table.ask), tuple(table.then), settle_s)
