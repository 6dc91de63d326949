"""What is known of a traveller's health code: colour, when it was set, where it came from."""

import enum
from dataclasses import dataclass


class Colour(enum.IntEnum):
    """As stored in the register."""

    GREEN = 1
    YELLOW = 2
    RED = 3


class Outcome(enum.Enum):
    """How a lookup ended. Seven outcomes, of which one can lead to `allow`."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    EXPIRED = "expired"
    NOT_FOUND = "not found"
    FAILED = "failed"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class Status:
    """One person's status as a source gave it. `colour` is None unless the outcome is one of the three colours."""

    outcome: Outcome
    updated_s: int = 0
    source: str = ""


NOT_FOUND = Status(Outcome.NOT_FOUND)
FAILED = Status(Outcome.FAILED)
OUTCOME_OF_COLOUR = {Colour.GREEN: Outcome.GREEN, Colour.YELLOW: Outcome.YELLOW, Colour.RED: Outcome.RED}
