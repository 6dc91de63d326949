"""The fire contact. It drives the relays by itself, beside the lane: no state, no fault and no crash there masks it."""

from gate import facts
from gate.contact import Contact

FIRE_MS = 20  # must be seen within 50 ms, loop time included
# A contact that flickers is an alarm that goes on: relays that chatter with it let nobody out, and each end and
# beginning would be a record.
OVER_MS = 2000

FACTS = (facts.FireOff(), facts.FireOn())


class Fire:
    """Debounces the contact. `stands`: whether there is an alarm."""

    def __init__(self, stands: bool, now: int) -> None:
        """stands: what the start has seen already; an alarm that stood then is told with the first sample."""
        self._contact = Contact(FIRE_MS, now)
        self._untold = stands
        self.stands = stands
        if stands:
            self._contact.settles(1, now)
            self._contact.steady = 1
            self._contact.steady_ms = OVER_MS

    def sample(self, alarm: int, now: int) -> "facts.Fact | None":
        """What the contact tells at `now`; 1 = alarm."""
        if self._untold:
            self._untold = False
            return FACTS[1]
        if not self._contact.settles(alarm, now):
            return None
        self._contact.steady = alarm
        self._contact.steady_ms = OVER_MS if alarm else FIRE_MS
        self.stands = bool(alarm)
        return FACTS[alarm]

    def deadline(self) -> "int | None":
        """When a changed contact will have been steady long enough; None if it has not changed."""
        return self._contact.deadline()
