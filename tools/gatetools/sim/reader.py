"""A reader at a lane: the model of a module behind a tty, at the module's own speed."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from gatetools.sim.port import open_port
from gatetools.sim.wire import Wire

Laid = TypeVar("Laid")  # what can be laid on it
Read_co = TypeVar("Read_co", covariant=True)


class Told(Protocol[Read_co]):
    """Bytes that a module sends. `card`: whose number they carry, None for all else."""

    @property
    def data(self) -> bytes: ...
    @property
    def card(self) -> Read_co | None: ...


class Module(Protocol[Laid]):
    """A module's model, pure: see `sam_v.SamV`, `pn532.Pn532`."""

    baud: int
    fault: str | None  # what is wrong with it, a word of its own
    reading: Laid | None
    told_empty: bool

    def place(self, card: Laid) -> None: ...
    def remove(self) -> None: ...
    def feed(self, data: bytes, now_us: int) -> Sequence[Told[Laid]]: ...
    def deadline_us(self) -> int | None: ...
    def power_cycle(self, now_us: int) -> None: ...


class Reader(Generic[Laid]):
    """Runs on the event loop that made it. `on_read(card, us)`: the last byte of a whole read left for the gate.

    The time is taken just before that byte is handed over, so a latency measured from it is never too short.
    """

    def __init__(
        self,
        module: Module[Laid],
        path: Path | None,
        on_read: Callable[[Laid, int], None],
        instead: Callable[[bytes], None] | None = None,
    ) -> None:
        """`path`: a tty, or the name that a fresh pty gets; None = a pty without another name.

        `instead`: who else hangs on the gate's transmit line; the module then hears nothing of it.
        """
        self.module = module
        self.reading = asyncio.Event()  # set while a card is being read over the air
        self.empty = asyncio.Event()  # set while the gate knows that no card lies there
        self._plugged = True
        self._on_read = on_read
        self._instead = instead
        self._port = open_port(path, module.baud)
        self.path = self._port.path
        self._requests = Wire(module.baud)
        self._replies = Wire(module.baud)
        self._given = 0
        self._left = 0
        self._card_ends: deque[tuple[int, Laid]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._port.fd, self._readable)

    def place(self, card: Laid) -> None:
        """A card is laid on the reader."""
        self.module.place(card)
        self._turn()

    def remove(self) -> None:
        """The card is taken away."""
        self.module.remove()
        self._turn()

    @property
    def plugged(self) -> bool:
        """Whether its plug is in; without it the module has no power."""
        return self._plugged

    @plugged.setter
    def plugged(self, plugged: bool) -> None:
        back, self._plugged = plugged and not self._plugged, plugged
        self._replies.drop()
        self._card_ends.clear()
        self._left = self._given
        if back:
            self.power_cycle()

    def close(self) -> None:
        """The module is gone, and its tty with it."""
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
        if self._instead is not None:
            self._instead(data)
            return
        if not self._plugged:
            return
        if self._at_another_rate():
            data = bytes(len(data))  # bits that are sampled at another rate are no bytes of anything
        self._requests.put(data, time.monotonic_ns())
        self._turn()

    def _turn(self) -> None:
        now_ns = time.monotonic_ns()
        if not self._plugged:
            return
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
