"""The turnstile's inputs: samples of two beams, fire contact and key switch become facts.

Two beams stand one behind the other across the passage, so close that a person breaks both at once. Their
order tells the direction. Two persons count from the moment the entry beam breaks again behind somebody who
has already left it. Where a sample misses a step the more serious reading counts: gone through, not turned back.
"""

from gate import facts
from gatelink.ticks import add, diff, sooner

# An input counts when it has kept its value for so long. Fire must be seen within 50 ms, loop time included.
BEAM_MS = 15
FIRE_MS = 20
KEY_MS = 50

ENTRY = 0
EXIT = 1
FIRE = 2
KEY = 3
STEADY_MS = (BEAM_MS, BEAM_MS, FIRE_MS, KEY_MS)

# --- direction: who is where ------------------------------------------------------------------------------
P_CLEAR = 0
P_ENTERING = 1
P_INSIDE = 2
P_LEAVING = 3  # has left the entry beam
P_SECOND_INSIDE = 4  # the entry beam broke again behind somebody leaving
P_SECOND_ENTERING = 5
P_SECOND_LEAVING = 6
P_WRONG_ENTERING = 7  # from the exit side
P_WRONG_INSIDE = 8
P_WRONG_LEAVING = 9

F_ENTERED = 0x10
F_PASSED = 0x20
F_TURNED_BACK = 0x30
F_FOLLOWED = 0x40
F_WRONG_WAY = 0x50

# (phase, broken beams) -> next phase | fact; one line per phase, columns: none, entry, exit, both.
DIRECTION = (
    (P_CLEAR, P_ENTERING | F_ENTERED, P_WRONG_ENTERING, P_INSIDE | F_ENTERED),
    (P_CLEAR | F_TURNED_BACK, P_ENTERING, P_LEAVING, P_INSIDE),
    (P_CLEAR | F_PASSED, P_ENTERING, P_LEAVING, P_INSIDE),
    (P_CLEAR | F_PASSED, P_SECOND_ENTERING, P_LEAVING, P_SECOND_INSIDE),
    (P_CLEAR | F_FOLLOWED, P_SECOND_ENTERING, P_SECOND_LEAVING, P_SECOND_INSIDE),
    (P_CLEAR | F_PASSED, P_SECOND_ENTERING, P_SECOND_LEAVING, P_SECOND_INSIDE),
    (P_CLEAR | F_FOLLOWED, P_SECOND_ENTERING, P_SECOND_LEAVING, P_SECOND_INSIDE),
    (P_CLEAR, P_WRONG_LEAVING, P_WRONG_ENTERING, P_WRONG_INSIDE),
    (P_CLEAR | F_WRONG_WAY, P_WRONG_LEAVING, P_WRONG_ENTERING, P_WRONG_INSIDE),
    (P_CLEAR | F_WRONG_WAY, P_WRONG_LEAVING, P_WRONG_ENTERING, P_WRONG_INSIDE),
)
FACTS = (None, facts.Entered(), facts.Passed(), facts.TurnedBack(), facts.Followed(), facts.WrongWay())
FIRE_FACTS = (facts.FireOff(), facts.FireOn())
KEY_TURNED = facts.KeyTurned()


class Turnstile:
    """Debounces four inputs and reads the direction. All of them count as quiet before the first sample."""

    def __init__(self, now: int) -> None:
        self._raw = [0, 0, 0, 0]
        self._steady = [0, 0, 0, 0]
        self._since = [now, now, now, now]
        self._phase = P_CLEAR
        self._found: "list[facts.Fact]" = []

    def sample(self, entry: int, exit_: int, fire: int, key: int, now: int) -> "tuple[facts.Fact, ...]":
        """What the inputs tell at `now`; 1 = beam broken, fire, key turned. Facts in the order they happened."""
        found = self._found
        if self._settles(FIRE, fire, now):
            self._steady[FIRE] = fire
            found.append(FIRE_FACTS[fire])
        if self._settles(KEY, key, now):
            self._steady[KEY] = key
            if key:
                found.append(KEY_TURNED)
        self._beams(entry, exit_, now)
        if not found:
            return ()
        happened = tuple(found)
        found.clear()
        return happened

    def deadline(self) -> "int | None":
        """When a changed input will have been steady long enough; None if none has changed."""
        due = None
        for i in range(4):
            if self._raw[i] != self._steady[i]:
                due = sooner(due, add(self._since[i], STEADY_MS[i]))
        return due

    def _settles(self, i: int, value: int, now: int) -> bool:
        """Whether input `i` has a new value, and has had it for long enough."""
        if value != self._raw[i]:
            self._raw[i] = value
            self._since[i] = now
        return value != self._steady[i] and diff(now, self._since[i]) >= STEADY_MS[i]

    def _beams(self, entry: int, exit_: int, now: int) -> None:
        enters = self._settles(ENTRY, entry, now)
        leaves = self._settles(EXIT, exit_, now)
        if not (enters or leaves):
            return
        # The beam that changed first counts first; both in one sample are one step.
        first = diff(self._since[EXIT], self._since[ENTRY]) if enters and leaves else 0
        if first > 0:
            self._steady[ENTRY] = entry
            self._step()
        elif first < 0:
            self._steady[EXIT] = exit_
            self._step()
        self._steady[ENTRY] = entry if enters else self._steady[ENTRY]
        self._steady[EXIT] = exit_ if leaves else self._steady[EXIT]
        self._step()

    def _step(self) -> None:
        cell = DIRECTION[self._phase][self._steady[ENTRY] | self._steady[EXIT] << 1]
        self._phase = cell & 0x0F
        if cell >> 4:
            self._found.append(FACTS[cell >> 4])
