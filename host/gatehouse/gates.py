"""One serial line and the gate behind it: handshakes, taps answered, reports committed, the cursor moved."""

import asyncio
import functools
import time
from collections import deque
from collections.abc import Sequence
from functools import singledispatchmethod

from gatelink import codes, events, ticks
from gatelink.errors import LocalError
from gatelink.gate_to_house import About, Completion, Fault, Heartbeat, Report, Tap, Trace
from gatelink.house_end import HouseEnd
from gatelink.house_to_gate import Cursor, Order, Time
from gatelink.message import Message

from gatehouse import alarms, faults, words
from gatehouse.happenings import ALARM_GAP_S
from gatehouse.house import House, PortRoster
from gatehouse.keyfile import KeyFileError
from gatehouse.lookup.merging import Said
from gatehouse.matter import Matter
from gatehouse.ports import LOST_FOR_GOOD, Port
from gatehouse.settings import PortSettings
from gatehouse.status import FAILED
from gatehouse.words import Words, filled

ENROLMENT_LOOK_MS = 1000  # how long a gate that was revoked may still be answered
# Gates that no lane here is waiting for. They knock several times a second until somebody comes: that is no news.
STRANGERS = (codes.REFUSED_UNKNOWN_GATE, codes.REFUSED_REVOKED)
REMINDER_S = 600.0


class GateLine:
    """One port and what is behind it. Everything here runs on the event loop, `close` apart."""

    def __init__(self, house: House, settings: PortSettings, port: type[Port] = Port) -> None:
        """`port`: what opens the port and carries bytes; another one stands for other metal."""
        self.url = settings.url
        self._house = house
        self._end = HouseEnd(PortRoster(house, self), house.suite, settings.baud, house.ticks())
        self._port = port(settings.url, settings.baud, self._opened, self._received, self._lost)
        self._bulk: deque[Message] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._traced: int | None = None  # the part whose trace came last, until the fault behind it
        self.lane = ""
        self._identity = b""
        self._there = False
        self._looked_at = 0
        self._booked: dict[str, int] = {}
        self._asking: asyncio.Task[None] | None = None  # the lookup of this lane's tap; a lane has one at a time

    # --- for the app --------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open the port, now or as soon as it is there."""
        self._port.start(self._house.loop)

    def stop(self) -> None:
        """Take nothing more from the port."""
        self._there = False
        self._drop_tap()
        self._end.port_lost(self._house.ticks())
        if self._timer is not None:
            self._timer.cancel()
        self._port.end()

    def close(self) -> None:
        """After `stop`: wait until the port is closed. Blocks; call it off the loop."""
        self._port.join()

    def send_bulk(self, message: Message) -> None:
        """Send when its turn comes; a newer message replaces an older one of its kind that still waits."""
        self._bulk = deque(waiting for waiting in self._bulk if type(waiting) is not type(message))
        self._bulk.append(message)
        self._pump()

    def order(self, order: Order) -> bool:
        """Send an order now; False without a session or a port, and then it is not kept for later."""
        if not self._there or not self._end.is_up():
            return False
        self._end.send(order, self._house.ticks())
        self._pump()
        return True

    def tell_time(self) -> None:
        """Send the wall clock, if a gate listens."""
        if self._end.is_up():
            self.send_bulk(Time(self._house.clock.unix_s()))

    def tell_signs(self) -> None:
        """Send how signs are to speak now, if a gate listens."""
        if self._end.is_up():
            self.send_bulk(self._house.signs())

    def is_there(self) -> bool:
        """Whether the port is open. A session outlives a port that is away for a moment."""
        return self._there

    def give_up(self) -> None:
        """The gate that was here is elsewhere."""
        self._end.port_lost(self._house.ticks())
        self._pump()
        self._leave()

    def tally(self) -> None:
        """Book what was counted since last time to the gate that is here, or to the port while none has been."""
        counted = dict(vars(self._end.counters))
        round_trip_ms = counted.pop("round_trip_ms")
        delta = {name: count - self._booked.get(name, 0) for name, count in counted.items()}
        self._booked = counted
        self._house.standings.book(
            self.lane or self.url, self.url, delta, round_trip_ms=round_trip_ms, queued=len(self._bulk)
        )

    def alarm(self, said: Words) -> None:
        """Say what somebody must look at on this line."""
        self._house.happenings.alarm(filled(alarms.AT_PORT, port=self.url, said=said))

    # --- the port -----------------------------------------------------------------------------------------

    def _opened(self) -> None:
        self._there = True
        waiting = "" if self._end.is_up() else ", waiting for a gate"
        self._house.happenings.say(f"{self.url}: port open{waiting}")
        self._end.port_opened(self._house.ticks())
        self._pump()

    def _received(self, data: bytes) -> None:
        self._end.receive(data, self._house.ticks())
        self._pump()

    def _lost(self, why: str) -> None:
        self._there = False
        more = "" if why == LOST_FOR_GOOD else "; it is tried again until it is back"
        self._house.happenings.say(f"{self.url}: {why}{more}")
        if why == LOST_FOR_GOOD:
            self._end.port_lost(self._house.ticks())
        self._pump()

    def _time_passed(self) -> None:
        self._end.receive(b"", self._house.ticks())
        self._pump()

    def _pump(self) -> None:
        """Handle what came, send what is due, wake up for the next deadline."""
        try:
            self._end_if_revoked()
            self._handle_all()
            while self._bulk and self._end.can_send_bulk():
                self._end.send(self._bulk.popleft(), self._house.ticks())
            self._write()
        finally:
            # An error in one message must not leave the line without its timer.
            self._schedule()

    def _handle_all(self) -> None:
        while found := self._fetch():
            gone = max((place for place, event in enumerate(found) if isinstance(event, events.Down)), default=-1)
            for place, event in enumerate(found):
                # A tap does not survive its session: its answer would belong to nobody.
                if not isinstance(event, Tap) or place > gone:
                    self._handle(event)

    def _end_if_revoked(self) -> None:
        """Take the session of a gate that is not enrolled any more; a live line comes here each second at least."""
        now = self._house.ticks()
        if not self._identity or ticks.diff(now, self._looked_at) < ENROLMENT_LOOK_MS:
            return
        self._looked_at = now
        if not self._house.is_revoked(self._identity):
            return
        self.alarm(filled(alarms.REVOKED_LIVE, lane=self.lane))
        self._end.port_lost(now, codes.DOWN_REFUSED)
        self._handle_all()
        self._house.happenings.happened("refused", self.url, port=self.url, reason=codes.REFUSED_REVOKED)

    def _leave(self) -> None:
        """The lane is not this port's any more: what is counted from now on is nobody's."""
        self.tally()
        self.lane = ""

    def _fetch(self) -> list[object]:
        found = []
        while (event := self._end.next_event()) is not None:
            found.append(event)
        return found

    def _write(self) -> None:
        out = self._end.bytes_to_send(self._house.ticks())
        if out and self._there:
            self._port.send(out)

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._end.deadline()
        if deadline is not None:
            wait_ms = max(1, ticks.diff(deadline, self._house.ticks()))
            self._timer = self._house.loop.call_later(wait_ms / 1000, self._time_passed)

    # --- what the gate says -------------------------------------------------------------------------------

    @singledispatchmethod
    def _handle(self, event: object) -> None:
        raise LocalError(f"{type(event).__name__} has no handler")

    @_handle.register
    def _on_up(self, event: events.Up) -> None:
        house = self._house
        lane = house.lane_of(event.identity)
        other = house.live.get(event.identity)
        if other is not None and other is not self and not other.is_there():
            other.give_up()  # the cable was moved to this port
        elif other is not None and other is not self:
            # Both proved themselves before either was live. The first one stays.
            other.alarm(filled(alarms.PROVEN_TWICE, lane=lane, port=self.url))
            self.alarm(filled(alarms.REFUSED, claimed=lane, why=words.REFUSALS[codes.REFUSED_LIVE_ELSEWHERE]))
            house.happenings.happened("refused", lane, port=self.url, reason=codes.REFUSED_LIVE_ELSEWHERE)
            self._end.port_lost(self._house.ticks())
            return
        self.tally()
        house.standings.settle(self.url, lane)
        self.lane, self._identity, self._looked_at = lane, event.identity, house.ticks()
        house.live[event.identity] = self
        house.happenings.say(f"{lane}: gate is up on {self.url}")
        house.happenings.happened("up", lane, port=self.url)
        self._bulk = deque(house.welcome(lane))
        house.arrived(event.identity)
        if house.enrolments.has_arrived(event.identity):
            self._bulk.append(Cursor(house.cursor(event.identity)))

    @_handle.register
    def _on_down(self, event: events.Down) -> None:
        self._drop_tap()
        self._bulk.clear()
        self._house.orders.gone(self._identity)
        if self._house.live.get(self._identity) is not self:
            return
        del self._house.live[self._identity]
        self._identity = b""
        if event.reason != codes.DOWN_REPLACED:
            self._house.happenings.say(f"{self.lane}: gate is gone ({words.DOWNS[event.reason][1]})")
            if not self._house.is_served(self.lane):  # by the gate that has taken its place
                self._house.happenings.happened("down", self.lane, reason=event.reason)
        if event.reason == codes.DOWN_REFUSED:
            self._leave()

    @_handle.register
    def _on_keys(self, event: events.KeysAdvanced) -> None:
        if self._identity != event.identity:
            return  # the newcomer of two with one identity
        try:
            self._house.keys.advance(event.identity, event.count, event.chain_key)
        except KeyFileError as failure:
            # The house may lag behind a gate: the next handshake catches up.
            self._house.happenings.alarm(filled(alarms.KEYS_NOT_KEPT, lane=self.lane, why=str(failure)))

    @_handle.register
    def _on_alarm(self, event: events.Alarm) -> None:
        lane = self._house.lane_of(event.identity)
        claimed: Words = (lane, lane)
        strange, about = event.reason in STRANGERS, f"{self.url} refusal {event.reason}"
        if event.reason == codes.REFUSED_REVOKED:
            claimed = filled(alarms.FORMER_GATE, lane=lane)
            about = f"{about} {claimed[1]}"  # there are as many as the key file has
        refused = filled(alarms.REFUSED, claimed=claimed, why=words.REFUSALS[event.reason])
        self._house.happenings.alarm(
            filled(alarms.AT_PORT, port=self.url, said=refused),
            about=about,
            gap_s=REMINDER_S if strange else ALARM_GAP_S,
        )
        # It is nothing that the gate of the lane has done, which may be up on another port.
        place = self.url if strange else lane
        self._house.happenings.happened("refused", place, port=self.url, reason=event.reason)

    @_handle.register
    def _on_here(self, here: events.Here) -> None:
        board, firmware = words.plain(here.board), words.plain(here.firmware)
        self._house.happenings.alarm(
            filled(alarms.AT_PORT, port=self.url, said=filled(alarms.WITHOUT_KEYS, board=board, firmware=firmware)),
            about=f"{self.url} unenrolled",
            gap_s=REMINDER_S,
        )
        self._house.happenings.happened("unenrolled", self.url, board=board, firmware=firmware, system="")

    @_handle.register
    def _on_about(self, about: About) -> None:
        told = {name: words.plain(getattr(about, name)) for name in about.FIELDS}
        self._house.happenings.happened("about", self.lane, **told)

    @_handle.register
    def _on_tap(self, tap: Tap) -> None:
        # The gate has given up the tap before this one.
        self._drop_tap()
        came_s, started_s = time.monotonic(), time.perf_counter()
        matter = self._house.answering.open(self._identity, tap, self._house.clock.now(), self.lane)
        if matter.needs_asking():
            own_s = time.perf_counter() - started_s
            self._asking = self._house.loop.create_task(self._ask(matter, came_s, own_s))
            self._asking.add_done_callback(functools.partial(self._asked, matter))
        else:
            self._conclude(matter, (), came_s, 0.0)

    def _drop_tap(self) -> None:
        """Whatever is found out about the tap that was asked about, it gets no verdict any more."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _asked(self, matter: Matter, task: asyncio.Task[None]) -> None:
        """Also after one that was dropped before its first step."""
        matter.close()
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._house.after_error(self._house.loop, {"exception": failure})

    async def _ask(self, matter: Matter, came_s: float, own_s: float) -> None:
        """Ask about a tap while the line goes on, and answer it if it is still this lane's."""
        house = self._house
        try:
            said = await house.answering.lookup.ask(matter.question, matter.route, came_s)
        except Exception as failure:  # noqa: BLE001  # whatever broke, the traveller gets an answer by what is known
            house.after_error(house.loop, {"exception": failure})
            said = [Said("", FAILED)]
        self._asking = None
        try:
            self._conclude(matter, said, came_s, own_s)
        finally:
            # An error in one answer must not leave the line without its timer.
            self._schedule()

    def _conclude(self, matter: Matter, said: Sequence[Said], came_s: float, own_s: float) -> None:
        """Answer a tap. came_s: when it came. own_s: what this program has spent on it before."""
        started_s = time.perf_counter()
        answer = self._house.answering.conclude(matter, said, self._house.clock.now())
        verdict = answer.verdict
        self._end.send(verdict, self._house.ticks())
        # The verdict leaves before anything is written or shown.
        self._write()
        self._house.happenings.happened(
            "tap",
            self.lane,
            tap=[verdict.boot, verdict.counter],
            masked=answer.masked,
            before=answer.before,
            colour=answer.colour,
            reason=verdict.reason,
            verdict=verdict.verdict,
            rule=answer.rule,
            source=answer.source,
            freshness=answer.freshness,
            others=answer.others,
            silent=answer.silent,
            ms=round((own_s + time.perf_counter() - started_s) * 1000, 3),
            waited_ms=round((time.monotonic() - came_s) * 1000, 3),
        )

    @_handle.register
    def _on_report(self, report: Report) -> None:
        self._house.record(self._identity, self.lane, report)

    @_handle.register
    def _on_heartbeat(self, beat: Heartbeat) -> None:
        self._house.happenings.happened("beat", self.lane, state=beat.state, waiting=beat.waiting)

    @_handle.register
    def _on_completion(self, completion: Completion) -> None:
        self._house.orders.completed(self._identity, self.lane, completion)

    @_handle.register
    def _on_fault(self, fault: Fault) -> None:
        told = words.plain(fault.said)
        said = filled(alarms.FAULT, lane=self.lane, fault=words.fault(fault.what, fault.detail, told))
        cause = faults.cause(self.lane, fault.what, fault.detail)
        traced, self._traced = self._traced, None
        if fault.what in faults.ENDS:
            self._house.happenings.notice(said, cause)
        elif fault.what != codes.FAULT_TASK_CRASHED or fault.detail != traced:
            self._house.happenings.alarm(said, cause=cause)
        self._house.happenings.happened("fault", self.lane, what=fault.what, detail=fault.detail, said=told)

    @_handle.register
    def _on_trace(self, trace: Trace) -> None:
        error, where = words.plain(trace.error), words.plain(trace.where)
        self._traced = trace.part
        part = words.part(trace.part)
        self._house.happenings.alarm(filled(alarms.PART_FAILED, lane=self.lane, part=part, error=error, where=where))
        self._house.happenings.happened("trace", self.lane, part=trace.part, error=error, where=where)
