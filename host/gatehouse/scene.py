"""What a station looks like to its staff now: lanes, travellers who wait for them, alarms. Made of events alone.

The house keeps one and each watcher another, by the same rules. Travellers in masked form only.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from gatelink import codes
from pydantic import ConfigDict, TypeAdapter

from gatehouse import faults
from gatehouse.faults import Faults

LANES_MAX = 1024
ALARMS_MAX = 100  # the newest stay
WAITING_MAX = 50
WAITS_S = 300.0  # whom staff have not seen to by then has gone


@dataclass(slots=True)
class Traveller:
    """Who came last. verdict, reason: codes. outcome: a REPORT_ code, None before the gate has told."""

    tap: tuple[int, int]
    masked: str
    verdict: int
    reason: int
    at_s: float
    outcome: int | None = None


@dataclass(slots=True)
class Ordered:
    """The last order of staff. what: an ORDER_ code. outcome: a COMPLETION_ code, None while it is under way.

    grounds: a name of staff.GROUNDS, None where nobody was answered for. tap: as in staff.Note.
    """

    number: int
    what: int
    who: str
    reason: str
    at_s: float
    grounds: str | None = None
    tap: tuple[int, int] | None = None
    outcome: int | None = None


@dataclass(slots=True)
class Lane:
    """One lane. state: as its heartbeat tells it, None without a link. The times are Unix times of the last change.

    faults: those that stand, as `faults.note` keeps them; without a link those that stood when it was lost.
    """

    name: str
    up: bool = False
    link_since_s: float = 0.0
    state: int | None = None
    state_since_s: float = 0.0
    traveller: Traveller | None = None
    ordered: Ordered | None = None
    faults: Faults = field(default_factory=dict)


@dataclass(slots=True)
class Waiting:
    """A traveller who was sent to staff. tap: boot and counter at that lane's gate, which tell one from all others."""

    lane: str
    tap: tuple[int, int]
    masked: str
    reason: int
    at_s: float


@dataclass(slots=True)
class Alarm:
    """What nobody has acknowledged yet. text, text_zh: in English, in Chinese. times: how often it was said.

    cause: as `Happenings.alarm` takes it.
    """

    number: int
    lane: str
    about: str
    text: str
    text_zh: str
    at_s: float
    times: int = 1
    cause: str = ""


@dataclass(slots=True)
class Scene:
    """Everything; `give` takes one event as `Happenings` tells it."""

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    lanes: dict[str, Lane] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    alarms: dict[int, Alarm] = field(default_factory=dict)

    def give(self, event: Mapping[str, object]) -> None:
        """Take an event. One that is not of the form that it should be is dropped."""
        takes = self.TAKES.get(str(event.get("event")))
        if takes is None:
            return
        try:
            takes(self, str(event.get("lane", "")), event, time.time())
        except (KeyError, TypeError, ValueError):
            return

    def settle(self, enrolled: Iterable[str]) -> None:
        """Show every lane that is enrolled, whether or not its gate has ever come, and no other that is not there."""
        names = set(enrolled)
        self.lanes = {name: lane for name, lane in self.lanes.items() if lane.up or name in names}
        for name in names:
            self._lane(name)

    def waiting_now(self, now_s: float) -> list[Waiting]:
        """Who waits for staff, the longest first."""
        return [one for one in self.waiting if now_s - one.at_s < WAITS_S]

    def answered_for(self, lane: str, now_s: float) -> tuple[int, int] | None:
        """The tap of whom staff answer for at a lane: of the only one who waits there; None if it is not sure who."""
        here = [one.tap for one in self.waiting_now(now_s) if one.lane == lane]
        return here[0] if len(here) == 1 else None

    def told(self) -> bytes:
        """All of it as JSON."""
        return SCENES.dump_json(self)

    @staticmethod
    def of(told: object) -> "Scene":
        """What `told` told, read as JSON; ValueError if it is something else."""
        return SCENES.validate_python(told)

    def _lane(self, name: str) -> Lane:
        if name not in self.lanes and len(self.lanes) >= LANES_MAX:
            del self.lanes[next(iter(self.lanes))]
        return self.lanes.setdefault(name, Lane(name))

    # --- events -------------------------------------------------------------------------------------------

    def _up(self, name: str, _event: Mapping[str, object], now_s: float) -> None:
        lane = self._lane(name)
        lane.up, lane.link_since_s = True, now_s
        lane.faults.clear()  # a gate tells those that stand in each session

    def _down(self, name: str, _event: Mapping[str, object], now_s: float) -> None:
        lane = self._lane(name)
        lane.up, lane.link_since_s, lane.state, lane.state_since_s = False, now_s, None, now_s

    def _beat(self, name: str, event: Mapping[str, object], now_s: float) -> None:
        lane, state = self._lane(name), _number(event["state"])
        if lane.state != state:
            lane.state, lane.state_since_s = state, now_s

    def _tap(self, name: str, event: Mapping[str, object], now_s: float) -> None:
        masked, verdict, reason = str(event["masked"]), _number(event["verdict"]), _number(event["reason"])
        tap, before = _pair(event["tap"]), event.get("before")
        # Masked forms are shared by many, those of codes by all: only the house knows who has come again.
        gone = {tap} if before is None else {tap, _pair(before)}
        self._lane(name).traveller = Traveller(tap, masked, verdict, reason, now_s)
        self.waiting = [one for one in self.waiting_now(now_s) if one.lane != name or one.tap not in gone]
        if verdict == codes.REFER:
            self.waiting = [*self.waiting, Waiting(name, tap, masked, reason, now_s)][-WAITING_MAX:]

    def _report(self, name: str, event: Mapping[str, object], _now_s: float) -> None:
        lane, what = self.lanes.get(name), _number(event["what"])
        traveller = None if lane is None else lane.traveller
        if traveller is not None and what in codes.OUTCOMES and _pair(event["tap"]) == traveller.tap:
            traveller.outcome = what

    def _fault(self, name: str, event: Mapping[str, object], _now_s: float) -> None:
        faults.note(self._lane(name).faults, _number(event["what"]), _number(event["detail"]))

    def _ordered(self, name: str, event: Mapping[str, object], now_s: float) -> None:
        number, what = _number(event["order"]), _number(event["what"])
        grounds = None if event["grounds"] is None else str(event["grounds"])
        tap = None if event["tap"] is None else _pair(event["tap"])
        self._lane(name).ordered = Ordered(number, what, str(event["who"]), str(event["reason"]), now_s, grounds, tap)

    def _order(self, name: str, event: Mapping[str, object], _now_s: float) -> None:
        ordered, outcome = self._lane(name).ordered, _number(event["outcome"])
        if ordered is None or ordered.number != event["order"]:
            return
        first = ordered.outcome is None
        ordered.outcome = outcome
        if not first or (ordered.what, outcome) != (codes.ORDER_OPEN_ONCE, codes.COMPLETION_DONE):
            return
        # Whom the order answers for; where it does not say, the one who waits longest at its lane.
        here = [one for one in self.waiting if one.lane == name and ordered.tap in {None, one.tap}]
        if here:
            self.waiting.remove(here[0])

    def _alarm(self, name: str, event: Mapping[str, object], now_s: float) -> None:
        number, about = _number(event["alarm"]), str(event["about"])
        text, chinese = str(event["text"]), str(event["text_zh"])
        for alarm in self.alarms.values():
            if alarm.about == about:
                alarm.text, alarm.text_zh, alarm.at_s, alarm.times = text, chinese, now_s, alarm.times + 1
                return
        if len(self.alarms) >= ALARMS_MAX:
            del self.alarms[next(iter(self.alarms))]
        self.alarms[number] = Alarm(number, name, about, text, chinese, now_s, cause=str(event.get("cause", "")))

    def _notice(self, _name: str, event: Mapping[str, object], _now_s: float) -> None:
        over = str(event["cause"])
        self.alarms = {number: alarm for number, alarm in self.alarms.items() if not over or alarm.cause != over}

    def _acknowledged(self, _name: str, event: Mapping[str, object], _now_s: float) -> None:
        self.alarms.pop(_number(event["alarm"]), None)

    TAKES: ClassVar[dict[str, Callable[["Scene", str, Mapping[str, object], float], None]]] = {
        "up": _up,
        "down": _down,
        "beat": _beat,
        "tap": _tap,
        "report": _report,
        "fault": _fault,
        "ordered": _ordered,
        "order": _order,
        "alarm": _alarm,
        "notice": _notice,
        "acknowledged": _acknowledged,
    }


SCENES = TypeAdapter(Scene)


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _pair(value: object) -> tuple[int, int]:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise TypeError
    return _number(value[0]), _number(value[1])
