"""The card reader at a lane: the SAM_V model behind a tty, at the module's own speed."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from gatetools.sim.cards import Card
from gatetools.sim.port import open_port
from gatetools.sim.sam_v import SamV
from gatetools.sim.wire import Wire


class Reader:
    """Runs on the event loop that made it. `on_read(card, us)`: the last byte of a whole read left for the gate.

    The time is taken just before that byte is handed over, so a latency measured from it is never too short.
    """

    def __init__(self, module: SamV, path: Path | None, on_read: Callable[[Card, int], None]) -> None:
        """`path`: a tty, or the name that a fresh pty gets; None = a pty without another name."""
        self.module = module
        self.reading = asyncio.Event()  # set while a card is being read over the air
        self.empty = asyncio.Event()  # set while the gate knows that no card lies there
        self._on_read = on_read
        self._port = open_port(path, module.baud)
        self.path = self._port.path
        self._requests = Wire(module.baud)
        self._replies = Wire(module.baud)
        self._given = 0
        self._left = 0
        self._card_ends: deque[tuple[int, Card]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._port.fd, self._readable)

    def place(self, card: Card) -> None:
        """A card is laid on the reader."""
        self.module.place(card)
        self._turn()

    def remove(self) -> None:
        """The card is taken away."""
        self.module.remove()
        self._turn()

    def close(self) -> None:
        """The module is unplugged."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._port.fd)
        self._port.close()

    def _at_another_rate(self) -> bool:
        return self._port.baud() not in (None, self.module.baud)

    def power_cycle(self) -> None:
        """The module loses its power for a moment."""
        self.module.power_cycle(time.monotonic_ns() // 1000)
        self._requests.set_baud(self.module.baud)
        self._replies.set_baud(self.module.baud)
        self._turn()

    def _readable(self) -> None:
        data = self._port.read()
        if self._at_another_rate():
            data = bytes(len(data))  # bits that are sampled at another rate are no bytes of anything
        self._requests.put(data, time.monotonic_ns())
        self._turn()

    def _turn(self) -> None:
        now_ns = time.monotonic_ns()
        speed = self.module.baud
        unheard = self._at_another_rate()
        for reply in self.module.feed(self._requests.take(now_ns), now_ns // 1000):
            self._replies.put(bytes(len(reply.data)) if unheard else reply.data, now_ns)
            self._given += len(reply.data)
            if reply.card is not None and not unheard:
                self._card_ends.append((self._given, reply.card))
        if self.module.baud != speed:
            # The reply to the change still goes out at the old speed.
            self._requests.set_baud(self.module.baud)
            self._replies.set_baud(self.module.baud)
        (self.reading.set if self.module.reading is not None else self.reading.clear)()
        (self.empty.set if self.module.told_empty else self.empty.clear)()
        data = self._replies.take(now_ns)
        if data:
            self._left += len(data)
            at_us = time.monotonic_ns() // 1000
            self._port.write(data)
            while self._card_ends and self._card_ends[0][0] <= self._left:
                self._on_read(self._card_ends.popleft()[1], at_us)
        self._schedule()

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        read_us = self.module.deadline_us()
        due = (self._requests.next_ns(), self._replies.next_ns(), None if read_us is None else read_us * 1000)
        times_ns = [at for at in due if at is not None]
        if times_ns:
            wait_s = max(0, min(times_ns) - time.monotonic_ns()) / 1e9
            self._timer = self._loop.call_later(wait_s, self._turn)
