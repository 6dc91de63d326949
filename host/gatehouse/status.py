"""What is known of a traveller's health code: colour, reason, when it was set, where it came from."""

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


@dataclass(frozen=True, slots=True)
class Status:
    """One person's status as a source gave it.

    updated_s: Unix time at which it was set. source: who issued it. reason: the source's own short word for why.
    All three are empty unless the outcome is a colour.
    """

    outcome: Outcome
    updated_s: int = 0
    source: str = ""
    reason: str = ""


NOT_FOUND = Status(Outcome.NOT_FOUND)
FAILED = Status(Outcome.FAILED)
UNMAPPED = Status(Outcome.UNMAPPED)
OUTCOME_OF_COLOUR = {Colour.GREEN: Outcome.GREEN, Colour.YELLOW: Outcome.YELLOW, Colour.RED: Outcome.RED}
