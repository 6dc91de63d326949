"""A breaker: after failures in a row a platform rests, then one question tries it. Pure; its table is all of it."""

import enum
from collections.abc import Callable
from dataclasses import dataclass


class State(enum.Enum):
    """CLOSED: asked as usual. OPEN: not asked. HALF_OPEN: one question is trying it."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


class Event(enum.Enum):
    """What happens to a breaker. ENOUGH: the failure that makes it open."""

    SUCCESS = enum.auto()
    FAILURE = enum.auto()
    ENOUGH = enum.auto()
    RESTED = enum.auto()
    GIVEN_UP = enum.auto()  # whoever asked went away before an answer could come


TABLE = {
    (State.CLOSED, Event.SUCCESS): State.CLOSED,
    (State.CLOSED, Event.FAILURE): State.CLOSED,
    (State.CLOSED, Event.ENOUGH): State.OPEN,
    (State.CLOSED, Event.GIVEN_UP): State.CLOSED,
    (State.OPEN, Event.RESTED): State.HALF_OPEN,
    (State.HALF_OPEN, Event.SUCCESS): State.CLOSED,
    (State.HALF_OPEN, Event.FAILURE): State.OPEN,
    (State.HALF_OPEN, Event.ENOUGH): State.OPEN,
    (State.HALF_OPEN, Event.GIVEN_UP): State.OPEN,
}


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave to ask once; what came of it counts only while the breaker has not changed since."""

    epoch: int


class Breaker:
    """`monotonic()`: seconds. `failures`: in a row until it opens. `rest_s`: from then to the next try."""

    def __init__(self, failures: int, rest_s: float, monotonic: Callable[[], float]) -> None:
        self._failures_max = failures
        self._rest_s = rest_s
        self._monotonic = monotonic
        self.state = State.CLOSED
        self._failures = 0
        self._epoch = 0
        self._rested_at_s = 0.0

    def leave(self) -> Leave | None:
        """Leave to ask, None if nobody may ask now."""
        if self.state is State.OPEN and self._monotonic() >= self._rested_at_s:
            self._take(Event.RESTED)
            return Leave(self._epoch)
        return Leave(self._epoch) if self.state is State.CLOSED else None

    def succeeded(self, leave: Leave) -> None:
        """An answer came."""
        if leave.epoch == self._epoch:
            self._failures = 0
            self._take(Event.SUCCESS)

    def failed(self, leave: Leave) -> None:
        """None came, or one that is of no use."""
        if leave.epoch == self._epoch:
            self._failures += 1
            self._take(Event.ENOUGH if self._failures >= self._failures_max else Event.FAILURE)

    def given_up(self, leave: Leave) -> None:
        """Nobody waited for the answer: it says nothing. A try that ended so is made again at once."""
        if leave.epoch == self._epoch:
            trying = self.state is State.HALF_OPEN
            self._take(Event.GIVEN_UP)
            if trying:
                self._rested_at_s = self._monotonic()

    def _take(self, event: Event) -> None:
        former, self.state = self.state, TABLE[self.state, event]
        if self.state is not former:
            self._epoch += 1
        if self.state is State.OPEN:
            self._rested_at_s = self._monotonic() + self._rest_s
