"""Virtual time: what is due happens in its order, and nobody waits."""

import heapq
from collections.abc import Callable
from itertools import count

from gatelink.ticks import PERIOD


class Appointment:
    """Something that will happen; `cancel` it while it has not."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.call: Callable[[], object] | None = call

    def cancel(self) -> None:
        """It does not happen."""
        self.call = None


class Clockwork:
    """`ms`: milliseconds since some moment, never wrapped. Doubles as the event loop of whoever wants one."""

    def __init__(self, start_ms: int) -> None:
        self.ms = start_ms
        self._order = count()
        self._due: list[tuple[int, int, Appointment]] = []

    def ticks(self) -> int:
        """The same moment as both ends of the link count it."""
        return self.ms % PERIOD

    def at(self, ms: int, call: Callable[[], object]) -> Appointment:
        """Call at `ms`, or as soon as possible."""
        made = Appointment(call)
        heapq.heappush(self._due, (max(ms, self.ms), next(self._order), made))
        return made

    def after(self, wait_ms: int, call: Callable[[], object]) -> Appointment:
        """Call in `wait_ms`."""
        return self.at(self.ms + wait_ms, call)

    def run_until(self, condition: Callable[[], object], limit_ms: int) -> bool:
        """Let time pass until `condition()`, at most `limit_ms`; whether it came."""
        end_ms = self.ms + limit_ms
        while not condition():
            if not self._due or self._due[0][0] > end_ms:
                self.ms = end_ms
                return bool(condition())
            self.ms, _, next_one = heapq.heappop(self._due)
            if next_one.call is not None:
                next_one.call()
        return True

    def run(self, ms: int) -> None:
        """Let `ms` pass."""
        self.run_until(lambda: False, ms)

    # --- as an event loop ---------------------------------------------------------------------------------

    def call_later(self, delay_s: float, call: Callable[..., object], *given: object) -> Appointment:
        """The loop's timer; milliseconds are its grain."""
        return self.after(max(1, round(delay_s * 1000)), lambda: call(*given))

    def call_soon_threadsafe(self, call: Callable[..., object], *given: object) -> Appointment:
        """In the next turn."""
        return self.after(0, lambda: call(*given))
