"""The tables [lookup] and [[route]] of the settings."""

from collections.abc import Collection, Sequence
from typing import Annotated

from pydantic import Field, field_validator

from gatehouse.platforms.dialect import KINDS
from gatehouse.section import Section

Problem = tuple[tuple[str | int, ...], str]  # where it stands, a sentence
LINE_MS = 200  # what a question and its verdict take on a slow line, with a repeat
Platforms = Annotated[list[str], Field(min_length=1, max_length=20, description='names of [platforms], like ["a"]')]
Cards = Annotated[list[str], Field(min_length=1, description=f"a list of {', '.join(KINDS)}")]
Prefix = Annotated[str, Field(pattern=r"^[0-9A-Z]{1,6}$")]


class LookupSettings(Section):
    """How long a lookup may take, and for how long what was told before may stand in."""

    budget_ms: Annotated[int, Field(ge=100, le=4000, description="whole milliseconds from 100 to 4000")] = 800
    fresh_minutes: Annotated[int, Field(ge=1, le=1440, description="whole minutes from 1 to 1440")] = 60
    keep_hours: Annotated[int, Field(ge=1, le=168, description="whole hours from 1 to 168")] = 24
    keep_red_days: Annotated[int, Field(ge=7, le=366, description="whole days from 7 to 366")] = 30


class RouteSettings(Section):
    """Whom to ask about some cards; the first table whose cards and regions fit counts."""

    ask: Platforms
    then: Annotated[list[str], Field(max_length=20, description='names of [platforms], like ["a"]')] = Field(
        default_factory=list
    )
    cards: Cards = Field(default_factory=lambda: list(KINDS))
    regions: Annotated[
        list[Prefix], Field(description='first characters of numbers, like ["44", "4503"]; left out, all')
    ] = Field(default_factory=list)

    settle_ms: (
        Annotated[
            int, Field(ge=0, le=4000, description="whole milliseconds from 0 to 4000; left out, the whole budget")
        ]
        | None
    ) = None

    @field_validator("cards")
    @classmethod
    def _known(cls, cards: list[str]) -> list[str]:
        unknown = sorted(set(cards) - set(KINDS))
        if unknown:
            raise ValueError(f'"{unknown[0]}" is none of them')
        return cards


def problems(
    lookup: LookupSettings, routes: Sequence[RouteSettings], platforms: Collection[str], shortest_ms: int
) -> list[Problem]:
    """Routes to nobody, and a budget that no lane waits for. shortest_ms: of the lanes' answer_limit_ms."""
    found: list[Problem] = []
    for place, route in enumerate(routes):
        for key, names in (("ask", route.ask), ("then", route.then)):
            unknown = sorted(set(names) - set(platforms))
            if unknown:
                known = ", ".join(platforms) or "none"
                found.append(
                    (
                        ("route", place, key),
                        f"there is no table [platforms.{unknown[0]}]; those that there are: {known}.",
                    )
                )
    if platforms and lookup.budget_ms + LINE_MS > shortest_ms:
        said = (
            f"a lane waits for {shortest_ms} ms; leave {LINE_MS} ms of it to line and gate, or raise answer_limit_ms."
        )
        found.append((("lookup", "budget_ms"), said))
    return found
