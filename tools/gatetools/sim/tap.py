"""The words of a tap: which card somebody lays down, what the register knows of its bearer, and how it is laid."""

import datetime
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from gatetools.sim import cards, people
from gatetools.sim.cards import Card
from gatetools.sim.people import Behaviour, Kind, Traveller, TrueColour

NAME_CHARACTERS_MAX = 20
NUMBER = re.compile("[0-9]{17}[0-9X]|[A-Z]{3}[0-9]{12}")
VALID_TO = 20391231
# Word -> colour in the register, age of the status in hours.
STATUSES = {
    "green": (TrueColour.GREEN, 1.0),
    "yellow": (TrueColour.YELLOW, 1.0),
    "red": (TrueColour.RED, 1.0),
    "unknown": (TrueColour.UNKNOWN, 1.0),
    "stale": (TrueColour.GREEN, 50.0),
}
KINDS = {
    "resident": Kind.RESIDENT,
    "permit": Kind.HMT_PERMIT,
    "foreign2017": Kind.FOREIGN_2017,
    "foreign2023": Kind.FOREIGN_2023,
}
CONDITIONS = {
    "dated": Behaviour.NORMAL,
    "long_term": Behaviour.NORMAL,
    "expired": Behaviour.EXPIRED_CARD,
    "not_yet_valid": Behaviour.NOT_YET_VALID_CARD,
    "unsupported": Behaviour.UNSUPPORTED_CARD,
    "wrong_check_digit": Behaviour.WRONG_CHECK_DIGIT,
}
NAMES = {"specimen_name": cards.SPECIMEN, "rare_name": cards.RARE_NAME}
MANNERS = ("stays", "taken_away")  # the second one while it is being read
GROUPS = {
    "status": tuple(STATUSES),
    "kind": tuple(KINDS),
    "condition": tuple(CONDITIONS),
    "name": tuple(NAMES),
    "manner": MANNERS,
}
CALLED = "as"
STATUS_ELSEWHERE = "what a card is worth stands in the register of the gatehouse: no status and no name here"


class TapWrong(ValueError):
    """No tap; the text says what is allowed."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A word of each of GROUPS. `bearer`: tells people of the same words apart. `number`: "" = made up."""

    status: str = "green"
    kind: str = "resident"
    condition: str = "dated"
    name: str = "specimen_name"
    manner: str = "stays"
    bearer: str = ""
    number: str = ""

    @classmethod
    def of(cls, words: Sequence[str], *, alone: bool = False) -> Self:
        """From words in any order. alone: the register is somebody else's. TapWrong for anything else."""
        given: dict[str, str] = {}
        rest = list(words)
        while rest:
            word = rest.pop(0)
            group = next((group for group, allowed in GROUPS.items() if word in allowed), "")
            if word == CALLED and rest and len(rest[0]) <= NAME_CHARACTERS_MAX:
                group, word = "bearer", rest.pop(0)
            elif alone and NUMBER.fullmatch(word.upper()):
                group, word = "number", word.upper()
            if not group or group in given:
                raise TapWrong(f"at most one word of each line; {words_allowed(alone=alone)}")
            given[group] = word
        if alone and ("status" in given or "bearer" in given):
            raise TapWrong(STATUS_ELSEWHERE)
        if "number" in given and "kind" in given:
            raise TapWrong("a number's form tells the kind of its card: leave the kind out")
        return cls(**given)

    @property
    def person(self) -> Self:
        """The same for all taps of the same card."""
        return replace(self, manner=MANNERS[0])

    def traveller(self, seed: int, now: datetime.datetime) -> Traveller:
        """Who lays it down."""
        colour, age_hours = STATUSES[self.status]
        kind, behaviour = KINDS[self.kind], CONDITIONS[self.condition]
        made = people.one(seed, colour, behaviour, kind, age_hours=age_hours, now=now)
        return replace(made, number=self.number) if self.number else made

    def card(self, traveller: Traveller) -> Card:
        """What that person lays down."""
        return traveller.card(NAMES[self.name], cards.UNLIMITED if self.condition == "long_term" else VALID_TO)

    def made_up(self) -> Card:
        """A card of nobody in particular, another one each time."""
        return self.card(self.traveller(random.randrange(1 << 32), datetime.datetime.now().astimezone()))


def words_allowed(*, alone: bool) -> str:
    """All words, group by group, the first one if absent."""
    groups = [" | ".join(allowed) for group, allowed in GROUPS.items() if not (alone and group == "status")]
    return "; ".join([*groups, "or a synthetic NUMBER" if alone else f"{CALLED} NAME"])
