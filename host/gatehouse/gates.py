"""One serial line and the gate behind it: handshakes, taps answered, reports committed, the cursor moved."""

import asyncio
import time
from collections import deque
from functools import singledispatchmethod

from gatelink import codes, events, ticks
from gatelink.errors import LocalError
from gatelink.gate_to_house import Completion, Fault, Heartbeat, Report, Tap
from gatelink.house_end import HouseEnd
from gatelink.house_to_gate import Cursor, Settings, Time
from gatelink.message import Message

from gatehouse import words
from gatehouse.house import House, PortRoster, now_ticks
from gatehouse.ledger import Entry
from gatehouse.ports import Port
from gatehouse.settings import PortSettings


class GateLine:
    """One port and what is behind it. Everything here runs on the event loop."""

    def __init__(self, house: House, settings: PortSettings) -> None:
        self.url = settings.url
        self._house = house
        self._end = HouseEnd(PortRoster(house, self), house.suite, settings.baud, now_ticks())
        self._port = Port(settings.url, settings.baud, self._opened, self._received, self._lost)
        self._bulk: deque[Message] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._lane = ""
        self._identity = b""
        self._there = False

    # --- for the app --------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open the port, now or as soon as it is there."""
        self._port.start(self._house.loop)

    def stop(self) -> None:
        """Close the port; blocks until its threads have ended."""
        if self._timer is not None:
            self._timer.cancel()
        self._port.stop()

    def send_bulk(self, message: Message) -> None:
        """Send when its turn comes; a newer cursor replaces an older one that still waits."""
        if isinstance(message, Cursor):
            self._bulk = deque(waiting for waiting in self._bulk if not isinstance(waiting, Cursor))
        self._bulk.append(message)
        self._pump()

    def tell_time(self) -> None:
        """Send the wall clock, if a gate listens."""
        if self._end.is_up():
            self.send_bulk(Time(int(self._house.wall_clock().timestamp())))

    def alarm(self, text: str) -> None:
        """Say what somebody must look at on this line."""
        self._house.happenings.alarm(f"{self.url}: {text}")

    # --- the port -----------------------------------------------------------------------------------------

    def _opened(self) -> None:
        self._there = True
        self._house.happenings.say(f"{self.url}: port open, waiting for a gate")
        self._end.port_lost(now_ticks())
        self._pump()

    def _received(self, data: bytes) -> None:
        self._end.receive(data, now_ticks())
        self._pump()

    def _lost(self, why: str) -> None:
        self._house.happenings.say(f"{self.url}: {why} (tried again every second)")
        self._there = False
        self._end.port_lost(now_ticks())
        self._pump()

    def _time_passed(self) -> None:
        self._end.receive(b"", now_ticks())
        self._pump()

    def _pump(self) -> None:
        """Handle what came, send what is due, wake up for the next deadline."""
        while (event := self._end.next_event()) is not None:
            self._handle(event)
        while self._bulk and self._end.can_send_bulk():
            self._end.send(self._bulk.popleft(), now_ticks())
        out = self._end.bytes_to_send(now_ticks())
        if out and self._there:
            self._port.send(out)
        self._schedule()

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._end.deadline()
        if deadline is not None:
            wait_ms = max(1, ticks.diff(deadline, now_ticks()))
            self._timer = self._house.loop.call_later(wait_ms / 1000, self._time_passed)

    # --- what the gate says -------------------------------------------------------------------------------

    @singledispatchmethod
    def _handle(self, event: object) -> None:
        raise LocalError(f"{type(event).__name__} has no handler")

    @_handle.register
    def _on_up(self, event: events.Up) -> None:
        house = self._house
        self._lane, self._identity = house.lane_of(event.identity), event.identity
        house.live[event.identity] = self
        house.happenings.say(f"{self._lane}: gate is up on {self.url}")
        house.happenings.happened("up", self._lane, port=self.url)
        lane = house.lane
        self._bulk = deque(
            (
                Time(int(house.wall_clock().timestamp())),
                Settings(1, lane.pulse_ms, lane.open_limit_ms, lane.answer_limit_ms),
                Cursor(house.ledger.cursor(event.identity)),
            )
        )

    @_handle.register
    def _on_down(self, event: events.Down) -> None:
        self._bulk.clear()
        if self._house.live.get(self._identity) is self:
            del self._house.live[self._identity]
        if event.reason != codes.DOWN_REPLACED:
            self._house.happenings.say(f"{self._lane}: gate is gone ({words.DOWNS[event.reason][1]})")
            self._house.happenings.happened("down", self._lane, reason=event.reason)

    @_handle.register
    def _on_keys(self, event: events.KeysAdvanced) -> None:
        self._house.keys.advance(event.identity, event.count, event.chain_key)

    @_handle.register
    def _on_alarm(self, event: events.Alarm) -> None:
        claimed = self._house.lane_of(event.identity)
        self.alarm(f"refused {claimed}: {words.REFUSALS[event.reason][1]}")
        self._house.happenings.happened("refused", claimed, port=self.url, reason=event.reason)

    @_handle.register
    def _on_tap(self, tap: Tap) -> None:
        started = time.perf_counter()
        answer = self._house.answering.answer(self._identity, tap, self._house.wall_clock())
        self._end.send(answer.verdict, now_ticks())
        # The verdict leaves before anything is written or shown.
        self._port.send(self._end.bytes_to_send(now_ticks()))
        verdict = answer.verdict
        self._house.happenings.happened(
            "tap",
            self._lane,
            tap=[tap.boot, tap.counter],
            masked=answer.masked,
            verdict=verdict.verdict,
            reason=verdict.reason,
            house_ms=round((time.perf_counter() - started) * 1000, 3),
        )

    @_handle.register
    def _on_report(self, report: Report) -> None:
        person = self._house.answering.person(self._identity, report.boot, report.counter)
        at_s = report.at_s or int(self._house.wall_clock().timestamp())
        fields = (report.index, report.what, report.boot, report.counter, report.detail, at_s)
        self._house.writer.give(Entry(self._identity, self._lane, *fields, person))

    @_handle.register
    def _on_heartbeat(self, beat: Heartbeat) -> None:
        self._house.happenings.happened("beat", self._lane, state=beat.state, waiting=beat.waiting)

    @_handle.register
    def _on_completion(self, completion: Completion) -> None:
        self._house.happenings.happened("order", self._lane, order=completion.order, outcome=completion.outcome)

    @_handle.register
    def _on_fault(self, fault: Fault) -> None:
        said = words.FAULTS.get(fault.what, ("故障", f"fault {fault.what}"))[1]
        self._house.happenings.alarm(f"{self._lane}: {said} ({fault.detail})")
        self._house.happenings.happened("fault", self._lane, what=fault.what, detail=fault.detail)
