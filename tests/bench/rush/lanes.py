"""Gates' ends of the link on pseudo-terminals, driven by one loop: cards laid down, verdicts timed, reports told.

They seal with the house's libraries, which are quicker than the gate's own: this is no test of either.
"""

import os
import random
import selectors
import time
import tty
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from gatehouse.suite import HouseSuite
from gatelink import codes, events, ticks
from gatelink.gate_end import GateEnd
from gatelink.gate_to_house import Report, Tap
from gatelink.house_to_gate import Cursor, Verdict
from gatelink.keys import GateKeys

from tests.bench.rush.kept import excuses, kept_s

Result = TypeVar("Result")

READ_BYTES = 4096
BAUD = 115200
STEP_S = 0.005
ANSWERED_S = 0.9  # the budget, and 100 ms for line, gate's end and the turn of a busy loop
GIVEN_UP_S = 1.5  # as a gate's answer_limit_ms
UP_S = 60.0


def now_ticks() -> int:
    """The monotonic clock as the link counts it."""
    return int(time.monotonic() * 1000) & (ticks.PERIOD - 1)


@dataclass(slots=True)
class Found:
    """Seconds from tap to verdict by the traveller's platform; taps that got none; verdicts to nobody's tap.

    excused: of those later than ANSWERED_S, whose processes were kept from their cores for as long as they were late.
    held_s: the longest turn of the gates' loop. A verdict that came meanwhile was seen so much later at most.
    """

    times_s: Mapping[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    reasons: Mapping[str, dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    asked: int = 0
    unanswered: int = 0
    stray: int = 0
    excused: int = 0
    held_s: float = 0.0


class Lane:
    """One gate. Its tty's other side is the house's."""

    def __init__(self, keys: GateKeys) -> None:
        self.fd, self._house_fd = os.openpty()
        tty.setraw(self._house_fd)
        os.set_blocking(self.fd, False)
        self.url = os.ttyname(self._house_fd)
        self._end = GateEnd(keys, HouseSuite(), BAUD, 1, now_ticks())
        self.up = False
        self.waiting: tuple[int, float, float, str] | None = None  # counter, when, kept by then, whose platform
        self.pids: Sequence[int] = ()
        self.next_s = 0.0
        self._counter = self._index = 0
        self._reports: list[Report] = []
        self.found = Found()

    def turn(self, data: bytes) -> None:
        """Bytes in, events taken, bytes out."""
        self._end.receive(data, now_ticks())
        while (event := self._end.next_event()) is not None:
            if isinstance(event, events.StoreKeys):
                self._end.keys_stored(now_ticks())  # which takes the next ones; there is no flash to put them in
            elif isinstance(event, Cursor):
                self.up = True
            elif isinstance(event, Verdict):
                self._answered(event)
        if self._reports and self._end.can_send_bulk():
            self._end.send(self._reports.pop(0), now_ticks())
        out = self._end.bytes_to_send(now_ticks())
        if out:
            os.write(self.fd, out)

    def lay(self, number: str, platform: str) -> None:
        """A card is laid down."""
        self._counter += 1
        self.found.asked += 1
        if not self._end.is_up():
            self.found.unanswered += 1
            return
        self.waiting = (self._counter, time.monotonic(), kept_s(self.pids), platform)
        self._end.send(Tap(1, self._counter, codes.CARD_RESIDENT, number.encode(), 0, 0), now_ticks())
        self.turn(b"")

    def _answered(self, verdict: Verdict) -> None:
        if self.waiting is None or verdict.counter != self.waiting[0]:
            self.found.stray += 1
            return
        counter, began_s, kept_before_s, platform = self.waiting
        self.waiting = None
        took_s = time.monotonic() - began_s
        self.found.times_s[platform].append(took_s)
        self.found.excused += excuses(kept_s(self.pids) - kept_before_s, took_s, ANSWERED_S)
        self.found.reasons[platform][verdict.reason] += 1
        if verdict.verdict == codes.ALLOW:
            for what in (codes.REPORT_OPENING, codes.REPORT_PASSED):
                self._index += 1
                self._reports.append(Report(self._index, what, 1, counter, 0, int(time.time())))

    def give_up(self, now_s: float) -> None:
        """A tap that got no verdict in time is the gate's own affair from now on."""
        if self.waiting is not None and now_s - self.waiting[1] > GIVEN_UP_S:
            self.waiting = None
            self.found.unanswered += 1

    def is_due(self, now_s: float) -> bool:
        """Whether time has passed that the link must know of."""
        deadline = self._end.deadline()
        return deadline is not None and ticks.diff(now_ticks(), deadline) >= 0 and now_s >= 0

    def close(self) -> None:
        """Pull the plug."""
        os.close(self.fd)
        os.close(self._house_fd)


class Lanes:
    """All of them. `travellers`: number and platform of one after the other, without end."""

    def __init__(self, keys: list[GateKeys], travellers: Iterator[tuple[str, str]], seed: int) -> None:
        self.lanes = [Lane(one) for one in keys]
        self._travellers = travellers
        self._chance = random.Random(seed)
        self._selector = selectors.DefaultSelector()
        for lane in self.lanes:
            self._selector.register(lane.fd, selectors.EVENT_READ, lane)

    def bring_up(self) -> None:
        """Until every lane has its session. TimeoutError."""
        until_s = time.monotonic() + UP_S
        while not all(lane.up for lane in self.lanes):
            if time.monotonic() > until_s:
                raise TimeoutError(f"{sum(not lane.up for lane in self.lanes)} lanes have no session")
            self._step()

    def watch(self, pids: Sequence[int]) -> None:
        """The processes that have a part in an answer."""
        for lane in self.lanes:
            lane.pids = pids

    def rush(self, taps: int, per_minute: float, look: Callable[[], None]) -> Found:
        """So many taps of all lanes together, each lane at its pace. look: called again and again meanwhile."""
        found, gap_s, begun = Found(), 60 / per_minute, 0
        for lane in self.lanes:
            lane.found = found
            lane.next_s = time.monotonic() + self._chance.uniform(0, gap_s)
        while begun < taps or any(lane.waiting for lane in self.lanes):
            found.held_s = max(found.held_s, self._step())
            look()
            now_s = time.monotonic()
            for lane in self.lanes:
                lane.give_up(now_s)
                if begun < taps and lane.waiting is None and now_s >= lane.next_s:
                    lane.next_s += gap_s * self._chance.uniform(0.5, 1.5)
                    lane.lay(*next(self._travellers))
                    begun += 1
        return found

    def idle(self, seconds: float) -> None:
        """Nobody comes for so long; the links stay up."""
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            self._step()

    def meanwhile(self, work: Callable[[], Result]) -> Result:
        """What `work` returns or raises, done in a thread; the links stay up."""
        with ThreadPoolExecutor(1) as thread:
            done = thread.submit(work)
            while not done.done():
                self._step()
        return done.result()

    def _step(self) -> float:
        """How long it took once there was something to do, in seconds."""
        ready = self._selector.select(STEP_S)
        began_s = time.monotonic()
        for key, _ in ready:
            lane: Lane = key.data
            try:
                lane.turn(os.read(lane.fd, READ_BYTES))
            except OSError:  # the other side of the pty is not open yet
                lane.turn(b"")
        now_s = time.monotonic()
        for lane in self.lanes:
            if lane.is_due(now_s):
                lane.turn(b"")
        return time.monotonic() - began_s

    def close(self) -> None:
        """Pull all plugs."""
        self._selector.close()
        for lane in self.lanes:
            lane.close()
