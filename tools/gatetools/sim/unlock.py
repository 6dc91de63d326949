"""One control input of a turnstile, "Unlock A" or "Unlock B", after the manuals of PERCo TTD-03, TB01, TTR-10A and
Castle EP.

Pulse mode: 100 ms or more release one passage, which may begin within 5 s. Level mode: released while it is held. That
an input held for longer than a pulse releases in pulse mode too is taken to be so; the manuals at hand do not say it.
Pure: microseconds are arguments.
"""

SHORTEST_PULSE_US = 100_000
RELEASE_US = 5_000_000


class Unlock:
    """`level`: level mode. `held`: held from the beginning, as by a relay without power that shuts when energised."""

    def __init__(self, *, level: bool = False, held: bool = False) -> None:
        self._level = level
        self._since_us: int | None = -SHORTEST_PULSE_US if held else None
        self._until_us = -1

    @property
    def held(self) -> bool:
        """Whether the gate holds it at this moment."""
        return self._since_us is not None

    def drive(self, us: int, *, held: bool) -> None:
        """The gate holds it, or lets go."""
        if held == self.held:
            return
        since_us, self._since_us = self._since_us, us if held else None
        if since_us is not None and not self._level and us - since_us >= SHORTEST_PULSE_US:
            self._until_us = since_us + RELEASE_US

    def released(self, us: int) -> bool:
        """Whether the barrier gives way."""
        return us < self._until_us or (self._since_us is not None and us - self._since_us >= SHORTEST_PULSE_US)

    def used_up(self) -> None:
        """Somebody went through."""
        self._until_us = -1
