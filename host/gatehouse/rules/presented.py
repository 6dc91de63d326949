"""The card in front of a lane, as the rules see it: without its number."""

from dataclasses import dataclass

UNLIMITED = 0


@dataclass(frozen=True, slots=True)
class Presented:
    """The card in front of the lane. number_ok: its number passed the check of its kind.

    valid_until, valid_from: YYYYMMDD, the last and the first day on which it is good; 0 = unlimited, not said.
    lists: names of the station's lists that its holder is on now; None if they could not be looked at.
    """

    kind: int
    number_ok: bool
    valid_until: int
    valid_from: int = 0
    lists: frozenset[str] | None = frozenset()
