"""Lights and buzzer: each signal as a colour, a rhythm of its own, and a sound.

No two signals share a rhythm, so nobody needs to tell red from green. Nothing flashes more than three times
in a second (WCAG 2.3.1: photosensitive people stand in front of it too).
"""

from gate import signals
from gatelink.ticks import add, diff, sooner

RED = 1
GREEN = 2
AMBER = 4

# Rhythms: milliseconds on, off, on, off, ... and round again. The empty one is steady.
STEADY = ()
WINK = (100, 2900)
BREATH = (1500, 300)
SLOW = (800, 800)
FAST = (200, 200)
TWICE = (200, 200, 200, 900)
RARE = (400, 3600)
LONG_SHORT = (600, 200, 200, 200)

# Sounds: milliseconds on, off, on, ... once, then silence.
SILENT = ()
SHORT = (80,)
LONG = (700,)
TWO = (150, 150, 150)
THREE = (100, 100, 100, 100, 100)
ALARM = (500, 250) * 4  # then the building's own alarm must do

# Indexed by the codes of signals.py: lamps, rhythm, sound.
PATTERNS = (
    (AMBER, WINK, SILENT),  # IDLE
    (AMBER, BREATH, SILENT),  # CHECKING
    (GREEN, STEADY, SHORT),  # GO
    (RED, FAST, LONG),  # STOP
    (AMBER, SLOW, TWO),  # SEE_STAFF
    (AMBER, TWICE, THREE),  # PLACE_AGAIN
    (GREEN, LONG_SHORT, ALARM),  # FIRE
    (RED, RARE, SILENT),  # OUT_OF_SERVICE
)


class _Rhythm:
    """A rhythm on its way: even steps are on, odd ones off."""

    def __init__(self) -> None:
        self._steps = STEADY
        self._again = True
        self._at = 0
        self._ends = 0

    def start(self, steps: "tuple[int, ...]", again: bool, now: int) -> None:
        self._steps = steps
        self._again = again
        self._at = 0
        self._ends = add(now, steps[0]) if steps else now

    def is_on(self, now: int) -> bool:
        steps = self._steps
        if not steps:
            return self._again
        while self._at < len(steps) and diff(now, self._ends) >= 0:
            self._at += 1
            if self._at == len(steps) and self._again:
                self._at = 0
                if diff(now, self._ends) >= sum(steps):  # nobody looked for a whole round: begin anew
                    self._ends = now
            if self._at < len(steps):
                self._ends = add(self._ends, steps[self._at])
        return self._at < len(steps) and not self._at & 1

    def deadline(self) -> "int | None":
        return self._ends if self._at < len(self._steps) else None


class Indicators:
    """Shows one signal at a time."""

    def __init__(self, now: int) -> None:
        self._lamps = 0
        self._light = _Rhythm()
        self._sound = _Rhythm()
        self.show(signals.IDLE, now)

    def show(self, signal: int, now: int) -> None:
        """Begin a signal of signals.py."""
        self._lamps, rhythm, sound = PATTERNS[signal]
        self._light.start(rhythm, True, now)
        self._sound.start(sound, False, now)

    def outputs(self, now: int) -> "tuple[bool, bool, bool, bool]":
        """(red, green, amber, buzzer) at `now`."""
        lit = self._lamps if self._light.is_on(now) else 0
        return bool(lit & RED), bool(lit & GREEN), bool(lit & AMBER), self._sound.is_on(now)

    def deadline(self) -> "int | None":
        """When the outputs change next; None = never."""
        return sooner(self._light.deadline(), self._sound.deadline())
