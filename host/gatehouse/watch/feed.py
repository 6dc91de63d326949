"""The scene as the running gatehouse tells it, over its restarts."""

import time
from dataclasses import dataclass
from pathlib import Path

from gatehouse import order_words
from gatehouse.control import requests
from gatehouse.control.client import Control, NoAnswer, NotAllowed, Told, Unreachable
from gatehouse.scene import Scene
from gatehouse.words import Words

AGAIN_S = 1.0
FIRST_ANSWER_S = 5.0

AWAY: Words = ("主机离线，每秒重试", "the gatehouse is away; tried again each second")
BACK: Words = ("已连接主机", "connected to the gatehouse")
LOST: Words = ("主机未答复，请查看通道", "the gatehouse went away before it answered: look at the lane")
NOT_OPEN: Words = ("报警已被确认", "somebody has acknowledged it already")
ACKNOWLEDGED: Words = ("已确认报警", "acknowledged")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose answer has not come. order: "" of an acknowledgement."""

    lane: str
    order: str


class Feed:
    """`scene`: as last told. `connected`: whether it is still told. `news`: what a person should read, oldest first."""

    def __init__(self, data: Path, name: str | None) -> None:
        """`name`: who gives orders, beside the account."""
        self.scene = Scene()
        self.connected = False
        self.news: list[Words] = []
        self._data = data
        self._name = name
        self._control: Control | None = None
        self._asked: dict[int, Asked] = {}
        self._tried_at = -AGAIN_S
        self._said_away = False

    def fileno(self) -> int | None:
        """For `select`; None while there is nobody to hear."""
        return None if self._control is None else self._control.fileno()

    def connect(self) -> None:
        """Try if it is time to. NotAllowed if it is of no use."""
        now = time.monotonic()
        if self.connected or now - self._tried_at < AGAIN_S:
            return
        self._tried_at = now
        try:
            control = Control(self._data)
        except NotAllowed:
            raise
        except Unreachable:
            self._away()
            return
        try:
            self.scene = Scene.of(control.ask("watch", FIRST_ANSWER_S).get("scene"))
        except (NoAnswer, ValueError):
            control.close()
            self._away()
            return
        self._control, self.connected, self._said_away = control, True, False
        self.news.append(BACK)

    def receive(self) -> list[Told]:
        """What has happened; the scene is of after it."""
        if self._control is None:
            return []
        try:
            told = self._control.receive()
        except NoAnswer:
            self.close()
            self._away()
            return []
        happened = [one for one in told if "event" in one]
        for event in happened:
            self.scene.give(event)
        for one in told:
            if "answer" in one:
                self._answered(one)
        return happened

    def order(self, lane: str, order: str, reason: str, grounds: str | None = None) -> None:
        """Give an order; its answer is news."""
        self._send(Asked(lane, order), "order", lane=lane, order=order, reason=reason, grounds=grounds)

    def acknowledge(self, alarm: int) -> None:
        """Take note of an alarm; the answer is news."""
        self._send(Asked("", ""), "acknowledge", alarm=alarm)

    def close(self) -> None:
        """Hang up; what was asked and not answered is news."""
        if self._control is not None:
            self._control.close()
        self._control, self.connected = None, False
        if any(one.order for one in self._asked.values()):
            self.news.append(LOST)
        self._asked.clear()

    def _send(self, asked: Asked, do: str, **facts: object) -> None:
        if self._control is None:
            self.news.append(AWAY)
            return
        try:
            self._asked[self._control.send(do, **facts, name=self._name)] = asked
        except NoAnswer:
            self.close()
            self._away()

    def _away(self) -> None:
        if not self._said_away:
            self._said_away = True
            self.news.append(AWAY)

    def _answered(self, told: Told) -> None:
        number, result = told.get("answer"), str(told.get("result"))
        asked = self._asked.pop(number, None) if isinstance(number, int) else None
        if "text" in told:
            self.news.append((str(told.get("text_zh", told["text"])), str(told["text"])))
        elif asked is not None and not asked.order:
            self.news.append(NOT_OPEN if result == requests.NOT_OPEN else ACKNOWLEDGED)
        elif asked is not None:
            self.news.append(order_words.answered(told, asked.lane, asked.order, sorted(self.scene.lanes)))
