"""The turnstile's inputs: samples of two beams, its passage contact and the key switch become facts.

Two beams stand one behind the other across the passage, so close that a person breaks both at once. Their
order tells the direction: the beam that breaks first is the near one. Two persons count from the moment the near
beam breaks again behind somebody who has already left it. Where a sample misses a step the more serious reading
counts: gone through, not turned back. A beam that stays broken tells nothing until the passage was clear
again, nor does a contact that stays turned until it was seen quiet.
"""

from gate import facts
from gate.contact import Contact
from gatelink.codes import DIRECTION_ENTRY, DIRECTION_EXIT
from gatelink.ticks import diff, sooner

BEAM_MS = 15
ARM_MS = 15
KEY_MS = 50
ARM = 4  # beside the DIRECTION_ bits of the beams: the passage contact is stuck

# --- who is where -----------------------------------------------------------------------------------------
P_CLEAR = 0
P_ENTERING = 1
P_INSIDE = 2
P_LEAVING = 3  # has left the near beam
P_SECOND_INSIDE = 4  # the near beam broke again behind somebody leaving
P_SECOND_ENTERING = 5
P_SECOND_LEAVING = 6
P_BLIND = 7  # a beam is blocked

F_ENTERED = 0x10
F_PASSED = 0x20
F_TURNED_BACK = 0x30
F_FOLLOWED = 0x40
F_BEYOND = 0x50

# (phase, broken beams) -> next phase | fact; one line per phase, columns: none, near, far, both.
DIRECTION = (
    (P_CLEAR, P_ENTERING | F_ENTERED, P_CLEAR, P_INSIDE | F_ENTERED),
    (P_CLEAR | F_TURNED_BACK, P_ENTERING, P_LEAVING | F_BEYOND, P_INSIDE),
    (P_CLEAR | F_PASSED, P_ENTERING, P_LEAVING | F_BEYOND, P_INSIDE),
    (P_CLEAR | F_PASSED, P_SECOND_ENTERING, P_LEAVING, P_SECOND_INSIDE),
    (P_CLEAR | F_FOLLOWED, P_SECOND_ENTERING, P_SECOND_LEAVING, P_SECOND_INSIDE),
    (P_CLEAR | F_PASSED, P_SECOND_ENTERING, P_SECOND_LEAVING, P_SECOND_INSIDE),
    (P_CLEAR | F_FOLLOWED, P_SECOND_ENTERING, P_SECOND_LEAVING, P_SECOND_INSIDE),
    (P_CLEAR, P_BLIND, P_BLIND, P_BLIND),
)
KINDS = (None, facts.Entered, facts.Passed, facts.TurnedBack, facts.Followed, facts.Beyond)
ARM_TURNED = facts.ArmTurned()
KEY_TURNED = facts.KeyTurned()


class Turnstile:
    """Debounces the inputs and reads the direction. Beams count as free before the first sample; key and arm as
    turned already, for one that is stuck, or whose wire is damaged, must not tell a turn at each start.

    `settings` is a chosen.Chosen, whose numbers may change at any time.
    """

    def __init__(self, settings: object, now: int) -> None:
        self.settings = settings
        self._entry = Contact(BEAM_MS, now)
        self._exit = Contact(BEAM_MS, now)
        self._arm = Contact(ARM_MS, now)
        self._sides = ((DIRECTION_ENTRY, self._entry), (DIRECTION_EXIT, self._exit), (ARM, self._arm))
        self._key = Contact(KEY_MS, now)
        self._arm.steady = self._key.steady = 1
        self._phase = P_CLEAR
        self._from_exit = False
        self._blocked = 0
        self._found: "list[facts.Fact]" = []

    def sample(self, entry: int, exit_: int, key: int, arm: int, now: int) -> "tuple[facts.Fact, ...]":
        """What the inputs tell at `now`; 1 = beam broken, key turned, arm turned. Facts in the order they happened."""
        found = self._found
        feedback = self.settings.feedback
        arm = 0 if feedback == "beams" else arm  # nothing is wired there
        if self._key.settles(key, now):
            self._key.steady = key
            if key:
                found.append(KEY_TURNED)
        if self._arm.settles(arm, now):
            self._arm.steady = arm
            if arm:
                found.append(ARM_TURNED)
        if feedback == "contact":
            entry = exit_ = 0
        self._beams(entry, exit_, now)
        self._look_for_blocked(now)
        if not found:
            return ()
        happened = tuple(found)
        found.clear()
        return happened

    def deadline(self) -> "int | None":
        """When a changed input will have been steady long enough; None if none has changed."""
        beams = sooner(self._entry.deadline(), self._exit.deadline())
        return sooner(beams, sooner(self._arm.deadline(), self._key.deadline()))

    def _beams(self, entry: int, exit_: int, now: int) -> None:
        enters = self._entry.settles(entry, now)
        leaves = self._exit.settles(exit_, now)
        if not (enters or leaves):
            return
        # The beam that changed first counts first; both in one sample are one step.
        first = diff(self._exit.since, self._entry.since) if enters and leaves else 0
        if first > 0:
            self._entry.steady = entry
            self._step()
        elif first < 0:
            self._exit.steady = exit_
            self._step()
        self._entry.steady = entry if enters else self._entry.steady
        self._exit.steady = exit_ if leaves else self._exit.steady
        self._step()

    def _step(self) -> None:
        entry, exit_ = self._entry.steady, self._exit.steady
        if self._phase == P_CLEAR:
            # Both at once: from where travellers are expected, the entry side in a two-way lane.
            self._from_exit = bool(exit_) and (not entry or self.settings.direction == DIRECTION_EXIT)
        near, far = (exit_, entry) if self._from_exit else (entry, exit_)
        cell = DIRECTION[self._phase][near | far << 1]
        self._phase = cell & 0x0F
        if cell >> 4:
            self._found.append(KINDS[cell >> 4](DIRECTION_EXIT if self._from_exit else DIRECTION_ENTRY))

    def _look_for_blocked(self, now: int) -> None:
        limit_ms = 1000 * self.settings.blocked_limit_s
        blocked = 0
        for side, beam in self._sides:
            # Once seen it lasts until the beam is free: ticks wrap under what stays for days.
            if beam.steady and (self._blocked & side or diff(now, beam.since) >= limit_ms):
                blocked |= side
        if blocked & ~ARM and self._phase != P_BLIND:
            self._phase = P_BLIND
        if blocked & ~self._blocked:
            self._found.append(facts.BeamBlocked(blocked))
        self._blocked |= blocked
        if self._blocked and self._phase == P_CLEAR and not blocked:
            self._blocked = 0
            self._found.append(facts.BeamBlocked(0))
