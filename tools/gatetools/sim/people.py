"""Travellers: who they are, what is truly known of their health, and how they behave at the lane.

Numbers are drawn from a seed, in the form of each kind of card and with its check digits. Birth dates lie between 1900
and 1909, and foreigners come from where nobody lives (Antarctica, Bouvet Island, Heard Island), so that no number is
likely to be anybody's.
"""

import datetime
import enum
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gatetools.sim import cards

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
REGIONS = ("110101", "310101", "330106", "440305", "510104", "610102")
STATUS_MAX_AGE = datetime.timedelta(hours=24)
CARD_BEGAN_ON, CARD_EXPIRED_ON = 20110630, 20210630
CARD_BEGINS_ON = 20990101
INSTEAD = ("code", "wiegand")
NOWHERE = (("ATA", "010"), ("BVT", "074"), ("HMD", "334"))  # ISO 3166-1: uninhabited


class Kind(enum.Enum):
    """Kinds of card. A number's form tells which one has it."""

    RESIDENT = enum.auto()
    HMT_PERMIT = enum.auto()
    FOREIGN_2017 = enum.auto()
    FOREIGN_2023 = enum.auto()


class Behaviour(enum.Enum):
    """How somebody behaves, or what is odd about the card; the value is the word in a CSV file."""

    NORMAL = "normal"
    TAKEN_AWAY = "taken_away"  # the card leaves the reader too early
    LAID_TWICE = "laid_twice"
    TURNED_BACK = "turned_back"
    TWO_AT_ONCE = "two_at_once"
    WRONG_WAY = "wrong_way"  # somebody comes out while the traveller waits
    NOBODY_CAME = "nobody_came"
    WRONG_CHECK_DIGIT = "wrong_check_digit"
    EXPIRED_CARD = "expired_card"
    NOT_YET_VALID_CARD = "not_yet_valid_card"
    UNSUPPORTED_CARD = "unsupported_card"


class TrueColour(enum.Enum):
    """What is truly so; the value is the word in a CSV file."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"  # no system knows this person


@dataclass(frozen=True, slots=True, repr=False)
class Traveller:
    """One person with one card. `updated`: when the status was set.

    number: of the card; or what is shown instead of one, as the register names it: "code:TEXT", "wiegand:123-45678".
    """

    number: str
    colour: TrueColour
    updated: datetime.datetime
    behaviour: Behaviour

    @property
    def masked(self) -> str:
        """For people to look at."""
        return mask(self.number) if self.instead is None else "********"

    @property
    def instead(self) -> str | None:
        """What is shown instead of a card, one of INSTEAD; None for a card."""
        word = self.number.partition(":")[0]
        return word if word in INSTEAD else None

    def card(self, name: str = cards.SPECIMEN, valid_to: int = cards.UNLIMITED) -> cards.Card:
        """The card that this person carries. valid_to: unless the behaviour is about that."""
        if self.behaviour is Behaviour.UNSUPPORTED_CARD:
            return cards.of_no_known_kind(self.number)
        if self.behaviour is Behaviour.EXPIRED_CARD:
            return cards.card(self.number, cards.Print(CARD_BEGAN_ON, CARD_EXPIRED_ON, name))
        if self.behaviour is Behaviour.NOT_YET_VALID_CARD:
            return cards.card(self.number, cards.Print(CARD_BEGINS_ON, valid_to, name))
        return cards.card(self.number, cards.Print(valid_to=valid_to, name=name))

    def known(self) -> bool:
        """Whether the register can know this person."""
        checks = self.instead is not None or self.number[-1:] == check_character(self.number)
        return self.colour is not TrueColour.UNKNOWN and checks

    def may_pass(self, now: datetime.datetime) -> bool:
        """Whether the rules let this person through, judged from the truth alone."""
        odd = (
            Behaviour.WRONG_CHECK_DIGIT,
            Behaviour.EXPIRED_CARD,
            Behaviour.NOT_YET_VALID_CARD,
            Behaviour.UNSUPPORTED_CARD,
        )
        fresh = now - STATUS_MAX_AGE <= self.updated <= now + datetime.timedelta(minutes=2)
        return self.colour is TrueColour.GREEN and fresh and self.behaviour not in odd and self.known()


def check_character(number: str) -> str:
    """The last character for those before it: ISO 7064 MOD 11-2, or ICAO 7-3-1 where the number begins with letters."""
    if number[:1].isalpha():
        return str(sum((7, 3, 1)[at % 3] * int(one, 36) for at, one in enumerate(number[:14])) % 10)
    return CHECK_CHARACTERS[sum(w * int(c) for w, c in zip(WEIGHTS, number[:17], strict=True)) % 11]


def mask(number: str) -> str:
    """First character and last two; stars alone for what is too short to be a number."""
    return number[0] + "*" * (len(number) - 3) + number[-2:] if len(number) >= 8 else "*" * len(number)


def with_wrong_check_character(number: str) -> str:
    """The same number with a check character that does not fit."""
    right = check_character(number)
    allowed = "0123456789" if number[:1].isalpha() else CHECK_CHARACTERS
    return number[:-1] + allowed[(allowed.index(right) + 1) % len(allowed)]


def number_from(chance: random.Random, kind: Kind = Kind.RESIDENT) -> str:
    """A number that checks and that nobody is likely to have."""
    born = datetime.date(1900, 1, 1) + datetime.timedelta(days=chance.randrange(3650))
    letters, digits = chance.choice(NOWHERE)
    region = chance.choice(REGIONS)
    if kind is Kind.FOREIGN_2017:
        first = f"{letters}{region[:4]}{born:%y%m%d}{chance.randrange(10)}"
    else:
        begin = {
            Kind.HMT_PERMIT: chance.choice(("810000", "820000", "830000")),
            Kind.FOREIGN_2023: f"9{region[:2]}{digits}",
        }
        first = f"{begin.get(kind, region)}{born:%Y%m%d}{chance.randrange(1000):03d}"
    return first + check_character(first)


# One round of travellers: enough normal ones to look like a station, every oddity once.
_GREEN, _NORMAL, _RESIDENT = TrueColour.GREEN, Behaviour.NORMAL, Kind.RESIDENT
ROUND: tuple[tuple[TrueColour, int, Behaviour, Kind], ...] = (
    (_GREEN, 2, _NORMAL, _RESIDENT),
    (TrueColour.RED, 3, _NORMAL, _RESIDENT),
    (_GREEN, 1, Behaviour.LAID_TWICE, _RESIDENT),
    (_GREEN, 5, Behaviour.TURNED_BACK, _RESIDENT),
    (TrueColour.YELLOW, 2, _NORMAL, Kind.FOREIGN_2017),
    (_GREEN, 4, Behaviour.TAKEN_AWAY, _RESIDENT),
    (_GREEN, 8, _NORMAL, Kind.HMT_PERMIT),
    (TrueColour.UNKNOWN, 0, _NORMAL, _RESIDENT),
    (_GREEN, 2, Behaviour.TWO_AT_ONCE, _RESIDENT),
    (_GREEN, 2, Behaviour.WRONG_CHECK_DIGIT, _RESIDENT),
    (_GREEN, 6, _NORMAL, Kind.FOREIGN_2023),
    (_GREEN, 50, _NORMAL, _RESIDENT),  # a status of the day before yesterday
    (_GREEN, 1, Behaviour.EXPIRED_CARD, Kind.HMT_PERMIT),
    (_GREEN, 9, _NORMAL, Kind.FOREIGN_2017),
    (_GREEN, 3, Behaviour.UNSUPPORTED_CARD, _RESIDENT),
    (_GREEN, 2, Behaviour.NOT_YET_VALID_CARD, Kind.FOREIGN_2023),
    (TrueColour.RED, 50, _NORMAL, Kind.HMT_PERMIT),
    (_GREEN, 7, _NORMAL, _RESIDENT),
)


def built_in(seed: int, now: datetime.datetime, rounds: int = 20) -> list[Traveller]:
    """Travellers of every kind. `now`: the moment from which the ages of statuses count back."""
    chance = random.Random(seed)
    travellers = []
    for _ in range(rounds):
        for colour, age_hours, behaviour, kind in ROUND:
            number = number_from(chance, kind)
            if behaviour is Behaviour.WRONG_CHECK_DIGIT:
                number = with_wrong_check_character(number)
            updated = now - datetime.timedelta(hours=age_hours)
            travellers.append(Traveller(number, colour, updated, behaviour))
    return travellers


def one(
    seed: int,
    colour: TrueColour,
    behaviour: Behaviour = _NORMAL,
    kind: Kind = _RESIDENT,
    *,
    age_hours: float = 1.0,
    now: datetime.datetime,
) -> Traveller:
    """A single traveller."""
    number = number_from(random.Random(seed), kind)
    if behaviour is Behaviour.WRONG_CHECK_DIGIT:
        number = with_wrong_check_character(number)
    return Traveller(number, colour, now - datetime.timedelta(hours=age_hours), behaviour)


def register_rows(travellers: list[Traveller]) -> Iterator[tuple[str, str, str]]:
    """(number, colour, updated) of everybody that the register can know, each once."""
    known = {t.number: t for t in travellers if t.known()}
    for traveller in known.values():
        yield traveller.number, traveller.colour.value, traveller.updated.isoformat()


def stale(traveller: Traveller, hours: float) -> Traveller:
    """The same person with a status so much older."""
    return replace(traveller, updated=traveller.updated - datetime.timedelta(hours=hours))
