"""Lights and buzzer: each signal as a colour, a rhythm of its own, and a sound.

No two signals share a rhythm, so nobody needs to tell red from green. Nothing flashes more than three times
in a second (WCAG 2.3.1: photosensitive people stand in front of it too).
"""

from gate import signals
from gatelink.ticks import add, diff, sooner

RED = 1
GREEN = 2
AMBER = 4

# One signal in TABLE: lamps, then the steps of its light and of its sound in units, each ended or filled up with 0.
UNIT_MS = 20
LIGHT_AT = 1
SOUND_AT = 5
ROW_BYTES = 12
TABLE = bytearray(ROW_BYTES * (signals.OUT_OF_SERVICE + 1))
# Milliseconds on, off, on, off: of the lamps round and round again, no steps for a steady light; of the buzzer once.
# In the order of signals.py.
_at = 0
for _lamps, _light, _sound in (
    (AMBER, (100, 2900), ()),  # IDLE
    (AMBER, (1500, 300), (40,)),  # CHECKING
    (GREEN, (), (80,)),  # GO
    (RED, (200, 200), (700,)),  # STOP
    (AMBER, (800, 800), (160, 160, 160)),  # SEE_STAFF
    (AMBER, (200, 200, 200, 900), (100, 100, 100, 100, 100)),  # PLACE_AGAIN
    (GREEN, (600, 200, 200, 200), (500, 240, 500, 240, 500, 240, 500)),  # FIRE; then the building's own alarm must do
    (RED, (400, 3600), (340, 160, 340)),  # OUT_OF_SERVICE
):
    TABLE[_at] = _lamps
    for _i in range(len(_light)):
        TABLE[_at + LIGHT_AT + _i] = _light[_i] // UNIT_MS
    for _i in range(len(_sound)):
        TABLE[_at + SOUND_AT + _i] = _sound[_i] // UNIT_MS
    _at += ROW_BYTES


def pattern(signal: int) -> "tuple[int, bytes, bytes]":
    """(lamps, steps of the light, steps of the sound) of a signal of signals.py; steps in units of UNIT_MS."""
    row = bytes(TABLE[ROW_BYTES * signal : ROW_BYTES * (signal + 1)])
    return row[0], row[LIGHT_AT:SOUND_AT].rstrip(b"\0"), row[SOUND_AT:].rstrip(b"\0")


class _Rhythm:
    """A rhythm on its way: even steps are on, odd ones off."""

    def __init__(self) -> None:
        self._steps = b""
        self._again = True
        self._at = 0
        self._ends = 0

    def start(self, steps: bytes, again: bool, now: int) -> None:
        self._steps = steps
        self._again = again
        self._at = 0
        self._ends = add(now, UNIT_MS * steps[0]) if steps else now

    def is_on(self, now: int) -> bool:
        steps = self._steps
        if not steps:
            return self._again
        while self._at < len(steps) and diff(now, self._ends) >= 0:
            self._at += 1
            if self._at == len(steps) and self._again:
                self._at = 0
                if diff(now, self._ends) >= UNIT_MS * sum(steps):  # nobody looked for a whole round: begin anew
                    self._ends = now
            if self._at < len(steps):
                self._ends = add(self._ends, UNIT_MS * steps[self._at])
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
        self._lamps, rhythm, sound = pattern(signal)
        self._light.start(rhythm, True, now)
        self._sound.start(sound, False, now)

    def outputs(self, now: int) -> "tuple[bool, bool, bool, bool]":
        """(red, green, amber, buzzer) at `now`."""
        lit = self._lamps if self._light.is_on(now) else 0
        return bool(lit & RED), bool(lit & GREEN), bool(lit & AMBER), self._sound.is_on(now)

    def deadline(self) -> "int | None":
        """When the outputs change next; None = never."""
        return sooner(self._light.deadline(), self._sound.deadline())
