"""A turnstile on the gate's pins, after the manuals of PERCo TTD-03, TB01, TTR-10A and Castle EP.

Pulse mode: a pulse of at least 100 ms on "Unlock A" releases one passage; the release ends with the passage or after
5 s. Two light barriers, entry and exit. The fire loop is normally closed. Pure: microseconds are arguments.
"""

from dataclasses import dataclass

from gatetools.sim.board import Board

SHORTEST_PULSE_US = 100_000
RELEASE_US = 5_000_000


@dataclass(frozen=True, slots=True)
class Move:
    """After `after_ms` from the first step, the beam at `side` (BEAM_ENTRY or BEAM_EXIT) is broken or free."""

    after_ms: int
    side: str
    broken: bool


ENTRY, EXIT = "BEAM_ENTRY", "BEAM_EXIT"
BROKEN, FREE = True, False

# What the beams see of people. A body is in both beams at once in the middle of the passage.
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
WRONG_WAY = (Move(0, EXIT, BROKEN), Move(180, ENTRY, BROKEN), Move(260, EXIT, FREE), Move(440, ENTRY, FREE))


class Turnstile:
    """The mechanics and the sensors of one lane."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._relay_since_us: int | None = None
        self._released_until_us = -1
        self._levels = {
            board[ENTRY]: self._beam(broken=False),
            board[EXIT]: self._beam(broken=False),
            board["FIRE"]: 1 - board["FIRE_ALARM"],
            board["KEY_SWITCH"]: 1 - board["KEY_TURNED"],
            board["SERVICE_BUTTON"]: 1 - board["SERVICE_PRESSED"],
        }

    # --- what the gate does -------------------------------------------------------------------------------

    def output_changed(self, pin: int, value: int, us: int) -> None:
        """The gate drives an output."""
        if pin != self.board["RELAY_OPEN"]:
            return
        self._finish_pulse(us)
        self._relay_since_us = us if value == self.board["RELAY_ACTIVE"] else None

    def power_lost(self, us: int) -> None:
        """The gate's outputs fall to their external pulls."""
        self._finish_pulse(us)
        self._relay_since_us = None

    def _finish_pulse(self, us: int) -> None:
        since_us = self._relay_since_us
        if since_us is not None and us - since_us >= SHORTEST_PULSE_US:
            self._released_until_us = since_us + RELEASE_US

    # --- what people find ---------------------------------------------------------------------------------

    def released(self, us: int) -> bool:
        """Whether the barrier gives way."""
        since_us = self._relay_since_us
        return us < self._released_until_us or (since_us is not None and us - since_us >= SHORTEST_PULSE_US)

    def gone_through(self) -> None:
        """Somebody went through: the release is used up."""
        self._released_until_us = -1

    # --- what the gate sees -------------------------------------------------------------------------------

    def inputs(self) -> dict[int, int]:
        """The level of every input pin."""
        return dict(self._levels)

    def move(self, move: Move) -> tuple[int, int]:
        """(pin, level) that a person's move leads to."""
        return self._set(self.board[move.side], self._beam(broken=move.broken))

    def fire(self, *, alarm: bool) -> tuple[int, int]:
        """(pin, level) of the fire loop, opened or closed."""
        level = self.board["FIRE_ALARM"]
        return self._set(self.board["FIRE"], level if alarm else 1 - level)

    def service_button(self, *, held: bool) -> tuple[int, int]:
        """(pin, level) of the service button."""
        level = self.board["SERVICE_PRESSED"]
        return self._set(self.board["SERVICE_BUTTON"], level if held else 1 - level)

    def _set(self, pin: int, level: int) -> tuple[int, int]:
        self._levels[pin] = level
        return pin, level

    def _beam(self, *, broken: bool) -> int:
        level = self.board["BEAM_BROKEN"]
        return level if broken else 1 - level
