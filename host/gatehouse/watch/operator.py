"""What keys mean: which lane and alarm are chosen, which order is being given, and why. Knows no terminal."""

from dataclasses import dataclass

from gatehouse.scene import Scene
from gatehouse.staff import REASON_CHARACTERS_MAX
from gatehouse.watch.keyboard import BACKSPACE, DOWN, ENTER, ESCAPE, UP

ORDER_KEYS = {"o": "open", "h": "hold", "l": "lock", "r": "resume"}
STEPS = {UP: -1, "k": -1, DOWN: 1, "j": 1}


@dataclass(frozen=True, slots=True)
class GiveOrder:
    """To be given now."""

    lane: str
    order: str
    reason: str


@dataclass(frozen=True, slots=True)
class AcknowledgeAlarm:
    """To be acknowledged now."""

    alarm: int


@dataclass(frozen=True, slots=True)
class Leave:
    """The view is to end."""


Wish = GiveOrder | AcknowledgeAlarm | Leave


class Operator:
    """lane, alarm: what is chosen, by name and number. order, typed: the order that waits for its reason."""

    def __init__(self) -> None:
        self.lane = ""
        self.alarm = 0
        self.order = ""
        self.typed = ""

    def look(self, scene: Scene) -> None:
        """Keep to what is there."""
        lanes, alarms = sorted(scene.lanes), list(scene.alarms)
        if self.lane not in lanes and not self.order:
            self.lane = lanes[0] if lanes else ""
        if self.alarm not in alarms:
            self.alarm = alarms[0] if alarms else 0

    def press(self, key: str, scene: Scene) -> Wish | None:
        """One key; what is to be done by it."""
        self.look(scene)
        if self.order:
            return self._type(key)
        if key == "q":
            return Leave()
        if key in ORDER_KEYS and self.lane:
            self.order, self.typed = ORDER_KEYS[key], ""
        elif key in STEPS and self.lane:
            lanes = sorted(scene.lanes)
            self.lane = lanes[(lanes.index(self.lane) + STEPS[key]) % len(lanes)]
        elif key == "n" and self.alarm:
            alarms = list(scene.alarms)
            self.alarm = alarms[(alarms.index(self.alarm) + 1) % len(alarms)]
        elif key == "a" and self.alarm:
            return AcknowledgeAlarm(self.alarm)
        return None

    def _type(self, key: str) -> GiveOrder | None:
        if key == ESCAPE:
            self.order = ""
        elif key == BACKSPACE:
            self.typed = self.typed[:-1]
        elif key == ENTER and self.typed.strip():
            wish = GiveOrder(self.lane, self.order, self.typed.strip())
            self.order = ""
            return wish
        elif len(key) == 1 and len(self.typed) < REASON_CHARACTERS_MAX:
            self.typed += key
        return None
