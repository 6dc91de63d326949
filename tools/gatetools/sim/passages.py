"""What two light barriers see of people who go through a lane, turn back, or follow one another.

A body is in both beams at once in the middle of the passage.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

ENTRY, EXIT = "BEAM_ENTRY", "BEAM_EXIT"
SIDES = {"entry": ENTRY, "exit": EXIT}
OTHER = {ENTRY: EXIT, EXIT: ENTRY}
BROKEN, FREE = True, False


@dataclass(frozen=True, slots=True)
class Move:
    """After `after_ms` from the first step, the beam at `side` (BEAM_ENTRY or BEAM_EXIT) is broken or free."""

    after_ms: int
    side: str
    broken: bool


PASS = (Move(0, ENTRY, BROKEN), Move(180, EXIT, BROKEN), Move(260, ENTRY, FREE), Move(440, EXIT, FREE))
TURN_BACK = (Move(0, ENTRY, BROKEN), Move(350, ENTRY, FREE))
TWO_AT_ONCE = (
    Move(0, ENTRY, BROKEN),
    Move(180, EXIT, BROKEN),
    Move(260, ENTRY, FREE),
    Move(340, ENTRY, BROKEN),  # the second person, before the first is out
    Move(440, EXIT, FREE),
    Move(520, EXIT, BROKEN),
    Move(600, ENTRY, FREE),
    Move(780, EXIT, FREE),
)


def mirrored(moves: Sequence[Move]) -> tuple[Move, ...]:
    """The same people, coming from the other side."""
    return tuple(replace(move, side=OTHER[move.side]) for move in moves)


WRONG_WAY = mirrored(PASS)
