"""The card or code in front of a lane, as the rules see it: without what it says."""

from dataclasses import dataclass

from gatehouse.staff_card import Trust

UNLIMITED = 0


@dataclass(frozen=True, slots=True)
class Presented:
    """The card or code in front of the lane. number_ok: its number passed the check of its kind; of a code: it is one.

    valid_until, valid_from: YYYYMMDD, the last and the first day on which it is good; 0 = unlimited, not said.
    lists: names of the station's lists that its holder is on now; None if they could not be looked at.
    trust: what the settings let a card of its kind do; None for an identity card, a code, or what is no card.
    """

    kind: int
    number_ok: bool
    valid_until: int
    valid_from: int = 0
    lists: frozenset[str] | None = frozenset()
    trust: Trust | None = None
