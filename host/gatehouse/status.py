"""What is known of a traveller's health code: colour, tests, when it was set, where it came from."""

import enum
from dataclasses import dataclass


class Colour(enum.IntEnum):
    """As stored in the register."""

    GREEN = 1
    YELLOW = 2
    RED = 3


class Outcome(enum.Enum):
    """How a lookup ended. Of all of them one can lead to `allow`."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    EXPIRED = "expired"
    NOT_FOUND = "not found"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    UNMAPPED = "unmapped"  # an answer came, and nothing here says what it means
    NOT_ASKED = "not asked"  # nobody is configured who could know, or nobody may be asked now


class LabResult(enum.Enum):
    """Of a laboratory test. A value that nothing maps is UNMAPPED, never NEGATIVE."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    PENDING = "pending"
    UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True)
class LabTest:
    """The newest laboratory test. Unix times; None where the source does not tell that one."""

    result: LabResult
    sampled_s: int | None = None
    tested_s: int | None = None
    reported_s: int | None = None


class Freshness(enum.StrEnum):
    """How near the source a status comes from."""

    LIVE = "live"  # the source was asked for this tap, or its answer still lives
    FRESH = "fresh"  # kept by the station, not for long
    OLDER = "older"  # kept by the station, for as long as its settings let it


@dataclass(frozen=True, slots=True)
class Other:
    """What another source says of the same person, where it is another colour. updated_s: Unix time."""

    source: str
    outcome: Outcome
    updated_s: int


@dataclass(frozen=True, slots=True)
class Status:
    """One person's status as a source gave it.

    updated_s: Unix time at which it was set. source: who issued it. reason: the source's own short word for why.
    All three are empty unless the outcome is a colour.

    test: None if the source told none. doses: of vaccine, None if not told. flags: what the source adds to the colour,
    in our words, for example "test_owed". contact: whom a traveller asks to have it corrected. fetched_s: Unix time of
    the answer. usable_until_s: until when the answer may be used again, by the source's own word, None if it says none.
    others: sources that disagree.
    """

    outcome: Outcome
    updated_s: int = 0
    source: str = ""
    reason: str = ""
    test: LabTest | None = None
    doses: int | None = None
    flags: frozenset[str] = frozenset()
    contact: str = ""
    fetched_s: int = 0
    usable_until_s: int | None = None
    freshness: Freshness = Freshness.LIVE
    others: tuple[Other, ...] = ()


NOT_FOUND = Status(Outcome.NOT_FOUND)
EXPIRED = Status(Outcome.EXPIRED)
FAILED = Status(Outcome.FAILED)
TIMED_OUT = Status(Outcome.TIMED_OUT)
UNMAPPED = Status(Outcome.UNMAPPED)
NOT_ASKED = Status(Outcome.NOT_ASKED)
OUTCOME_OF_COLOUR = {Colour.GREEN: Outcome.GREEN, Colour.YELLOW: Outcome.YELLOW, Colour.RED: Outcome.RED}
COLOUR_OF_OUTCOME = {outcome: colour for colour, outcome in OUTCOME_OF_COLOUR.items()}
