"""What keys mean: which lane and alarm are chosen, which order is being given, and why. Knows no terminal."""

from dataclasses import dataclass

from gatehouse.scene import Scene
from gatehouse.staff import GROUNDS, OTHER, REASON_CHARACTERS_MAX
from gatehouse.watch.keyboard import BACKSPACE, DOWN, ENTER, ESCAPE, UP, Key, Pasted

ORDER_KEYS = {"o": "open", "h": "hold", "l": "lock", "r": "resume"}
GROUNDS_KEYS = {str(number): name for number, name in enumerate(GROUNDS, start=1)}
CHOICE_LINES = 1 + len(GROUNDS_KEYS)  # what is asked, and each choice
STEPS = {UP: -1, "k": -1, DOWN: 1, "j": 1}


@dataclass(frozen=True, slots=True)
class GiveOrder:
    """To be given now."""

    lane: str
    order: str
    reason: str
    grounds: str | None


@dataclass(frozen=True, slots=True)
class AcknowledgeAlarm:
    """To be acknowledged now."""

    alarm: int


@dataclass(frozen=True, slots=True)
class Leave:
    """The view is to end."""


@dataclass(frozen=True, slots=True)
class NoRoom:
    """The choices cannot be shown: to be said, and nothing else."""


Wish = GiveOrder | AcknowledgeAlarm | Leave | NoRoom


class Operator:
    """lane, alarm: what is chosen, by name and number. order, typed: the order that waits for its reason.

    chooses: whether it waits for its grounds first. grounds: those that were chosen, None of an order without. lines:
    how many the terminal has now: nobody chooses what he cannot see.
    """

    def __init__(self, lines: int = CHOICE_LINES) -> None:
        self.lines = lines
        self.lane = ""
        self.alarm = 0
        self.order = ""
        self.typed = ""
        self.chooses = False
        self.grounds: str | None = None

    def look(self, scene: Scene) -> None:
        """Keep to what is there."""
        lanes, alarms = sorted(scene.lanes), list(scene.alarms)
        if self.lane not in lanes and not self.order:
            self.lane = lanes[0] if lanes else ""
        if self.alarm not in alarms:
            self.alarm = alarms[0] if alarms else 0

    def reason_needed(self) -> bool:
        """Whether the order says too little without one."""
        return self.grounds is None or self.grounds == OTHER

    def press(self, key: Key, scene: Scene) -> Wish | None:
        """One key, or a paste, which is nothing but text for a field; what is to be done by it."""
        self.look(scene)
        if self.chooses:
            return self._choose(key)
        if self.order:
            return self._type(key)
        return self._command(key, scene) if isinstance(key, str) else None

    def _command(self, key: str, scene: Scene) -> Wish | None:
        if key == "q":
            return Leave()
        if key in ORDER_KEYS and self.lane:
            self.order, self.typed, self.grounds = ORDER_KEYS[key], "", None
        elif key == "t" and self.lane:
            if self.lines < CHOICE_LINES:
                return NoRoom()
            self.order, self.typed, self.chooses = "open", "", True
        elif key in STEPS and self.lane:
            lanes = sorted(scene.lanes)
            self.lane = lanes[(lanes.index(self.lane) + STEPS[key]) % len(lanes)]
        elif key == "n" and self.alarm:
            alarms = list(scene.alarms)
            self.alarm = alarms[(alarms.index(self.alarm) + 1) % len(alarms)]
        elif key == "a" and self.alarm:
            return AcknowledgeAlarm(self.alarm)
        return None

    def _choose(self, key: Key) -> NoRoom | None:
        if key == ESCAPE or self.lines < CHOICE_LINES:
            self.order, self.chooses = "", False
            return None if key == ESCAPE else NoRoom()
        if isinstance(key, str) and key in GROUNDS_KEYS:
            self.grounds, self.chooses = GROUNDS_KEYS[key], False
        return None

    def _type(self, key: Key) -> GiveOrder | None:
        if isinstance(key, Pasted):
            self.typed = (self.typed + key.text)[:REASON_CHARACTERS_MAX]
        elif key == ESCAPE:
            self.order = ""
        elif key == BACKSPACE:
            self.typed = self.typed[:-1]
        elif key == ENTER and (self.typed.strip() or not self.reason_needed()):
            wish = GiveOrder(self.lane, self.order, self.typed.strip(), self.grounds)
            self.order = ""
            return wish
        elif len(key) == 1 and len(self.typed) < REASON_CHARACTERS_MAX:
            self.typed += key
        return None
