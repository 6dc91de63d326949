"""The sign at a lane: the model of a voice module or of a text display behind a tty, at the speed of its line."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gatetools.sayings import LANGUAGES, SAYINGS, text
from gatetools.sim.port import open_port
from gatetools.sim.text_display import TextDisplay
from gatetools.sim.voice import Voice
from gatetools.sim.wire import Wire

BAUD = 9600
KINDS = ("voice", "display")
# What is said or shown to somebody who has no answer yet.
WAIT = 1
NO_ANSWERS = ("ready", "wait")


@dataclass(frozen=True, slots=True)
class Told:
    """What people are told. `saying`: its number; `language`: one of sayings.LANGUAGES. `volume`: None of a display.

    `answers`: it answers a traveller.
    """

    saying: int
    language: str
    words: str
    volume: int | None
    answers: bool


class Sign:
    """Runs on the event loop that made it; only listens. `voice` or `display` is the model, the other one None.

    `on_told(told)`: something else is said or shown. `plugged`: whether it hears the gate; may be set at any time.
    """

    def __init__(self, kind: str, path: Path | None, on_told: Callable[[Told], None]) -> None:
        """`kind`: one of KINDS. `path`: the name that a fresh pty gets; None = it hears what `hear` is given."""
        self.voice = Voice(time.monotonic_ns() // 1000) if kind == "voice" else None
        self.display = TextDisplay() if kind == "display" else None
        self.plugged = True
        self._on_told = on_told
        self._told = 0
        self._port = None if path is None else open_port(path, BAUD)
        self._wire = Wire(BAUD)
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        if self._port is not None:
            port = self._port
            self._loop.add_reader(port.fd, lambda: self.hear(port.read()))

    def now(self) -> str:
        """What is said or shown at this moment, "" for nothing."""
        if self.voice is not None:
            return self.voice.heard(time.monotonic_ns() // 1000)
        return " ".join(self.display.texts) if self.display is not None else ""

    def close(self) -> None:
        """It is unplugged."""
        if self._timer is not None:
            self._timer.cancel()
        if self._port is not None:
            self._loop.remove_reader(self._port.fd)
            self._port.close()

    def hear(self, data: bytes) -> None:
        """Take bytes from the gate, which come over its line at the speed of that."""
        self._wire.put(data, time.monotonic_ns())
        self._turn()

    def _turn(self) -> None:
        now_ns = time.monotonic_ns()
        data = self._wire.take(now_ns)
        if data:
            self._feed(data, now_ns // 1000)
        due_ns = self._wire.next_ns()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due_ns is not None:
            self._timer = self._loop.call_later(max(0, due_ns - time.monotonic_ns()) / 1e9, self._turn)

    def _feed(self, data: bytes, now_us: int) -> None:
        if not self.plugged:
            return
        if self.voice is not None:
            self.voice.feed(data, now_us)
        elif self.display is not None:
            self.display.feed(data)
        for told in list(self._all())[self._told :]:
            self._told += 1
            self._on_told(told)

    def _all(self) -> Iterator[Told]:
        if self.voice is not None:
            for said in self.voice.said:
                what = said.recording
                yield Told(what.saying, what.language, what.text, said.volume, what.saying != WAIT)
        elif self.display is not None:
            for word, *texts in self.display.shown:
                yield Told(*meant(texts), " ".join(texts), None, word not in NO_ANSWERS)


def meant(texts: list[str]) -> tuple[int, str]:
    """(saying, language) of what a display shows, (-1, "") if it is none of the gate's."""
    for saying in range(SAYINGS):
        both = [text(saying, language) for language in LANGUAGES[:2]]
        if texts == both:
            return saying, LANGUAGES[2]
        if len(texts) == 1 and texts[0] in both:
            return saying, LANGUAGES[both.index(texts[0])]
    return -1, ""
