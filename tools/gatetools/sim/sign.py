"""The sign at a lane: the model of a voice module or of a text display behind a tty, at the speed of its line."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from gatetools.sim.port import open_port
from gatetools.sim.text_display import TextDisplay
from gatetools.sim.voice import Voice
from gatetools.sim.wire import Wire

BAUD = 9600
KINDS = ("voice", "display")
# What is said or shown to somebody who has no answer yet.
WAIT = 1
NO_ANSWERS = ("ready", "wait")


class Sign:
    """Runs on the event loop that made it; only listens. `voice` or `display` is the model, the other one None.

    `on_said(words)`: a traveller is answered.
    """

    def __init__(self, kind: str, path: Path | None, on_said: Callable[[str], None]) -> None:
        """`kind`: one of KINDS. `path`: the name that a fresh pty gets; None = it hears what `hear` is given."""
        self.voice = Voice(time.monotonic_ns() // 1000) if kind == "voice" else None
        self.display = TextDisplay() if kind == "display" else None
        self._on_said = on_said
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
        if self.voice is not None:
            self.voice.feed(data, now_us)
            told = [said.recording.text for said in self.voice.said if said.recording.saying != WAIT]
        elif self.display is not None:
            self.display.feed(data)
            told = [" ".join(shown[1:]) for shown in self.display.shown if shown[0] not in NO_ANSWERS]
        for words in told[self._told :]:
            self._on_said(words)
        self._told = len(told)
