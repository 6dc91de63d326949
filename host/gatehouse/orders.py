"""Orders of staff: recorded before they leave, sent once and fresh or not at all, their outcome recorded after."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TypeVar

from gatelink import codes
from gatelink.gate_to_house import Completion
from gatelink.house_to_gate import U32, Order

from gatehouse.clock import StationClock
from gatehouse.happenings import Happenings
from gatehouse.ledger import NOBODY, Entry
from gatehouse.line import Line
from gatehouse.scene import Alarm
from gatehouse.staff import Ended, Note, Result

Told = TypeVar("Told")

RECORD_S = 2.0  # a commit takes milliseconds; who orders stands before the lane and does not wait for a disk
# A gate obeys an order for ORDER_FRESH_MS at most, so that after this nothing can come of it any more.
ANSWER_S = 4.0

RESULTS = {
    codes.COMPLETION_DONE: Result.DONE,
    codes.COMPLETION_STALE: Result.STALE,
    codes.COMPLETION_REFUSED: Result.REFUSED,
    codes.COMPLETION_NO_WORD: Result.NO_WORD,
    codes.COMPLETION_NOT_GIVEN: Result.AWAY,
}
# A gate may say these; the others are the house's own.
SAID_BY_GATES = frozenset((codes.COMPLETION_DONE, codes.COMPLETION_STALE, codes.COMPLETION_REFUSED))


@dataclass(eq=False, slots=True)
class Given:
    """One order under way. recorded: True once it is in the ledger. ended: its COMPLETION_ code. state: as in Ended."""

    identity: bytes
    lane: str
    number: int
    what: int
    state: int | None = None
    recorded: "asyncio.Future[bool]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    ended: "asyncio.Future[int]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class StaffOrders:
    """One order at a time for each gate: the link keeps the newest urgent message only. All on the event loop.

    `live`: the lines of gates in session. `give`: takes entries for the ledger. `works`: whether it commits.
    """

    def __init__(
        self,
        live: Mapping[bytes, Line],
        give: Callable[[Entry], None],
        works: Callable[[], bool],
        happenings: Happenings,
        clock: StationClock,
    ) -> None:
        self._live = live
        self._give = give
        self._works = works
        self._happenings = happenings
        self._clock = clock
        # A gate that still answers an order of the process before must not be taken to answer one of this one.
        self._number = secrets.randbelow(U32)
        self._under_way: dict[bytes, Given] = {}
        self._unanswered: dict[bytes, Given] = {}
        self._late: dict[int, Given] = {}
        self._tasks: set[asyncio.Task[Ended]] = set()

    # --- for those who order ------------------------------------------------------------------------------

    async def order(self, lane: str, what: int, note: Note) -> Ended:
        """Give the lane's gate an ORDER_ code; how it ended. It is carried on when whoever asked goes away."""
        task = asyncio.create_task(self._carry_out(lane, what, note))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    def acknowledge(self, alarm: Alarm, who: str) -> None:
        """Somebody of staff has taken note of an alarm. Recorded when the ledger can: it may be the alarm's cause."""
        self._happenings.say(f"alarm {alarm.number} acknowledged by {who}: {alarm.text}")
        now_s = self._clock.unix_s()
        what, note = codes.ORDER_ACKNOWLEDGE, Note(who, alarm.text)
        entry = Entry(NOBODY, alarm.lane, 0, codes.REPORT_ORDERED, 0, alarm.number, what, now_s, now_s, None, note)
        self._give(entry)
        self._happenings.happened("acknowledged", alarm.lane, alarm=alarm.number, who=who)

    async def _carry_out(self, lane: str, what: int, note: Note) -> Ended:
        found = [identity for identity, line in self._live.items() if line.lane == lane and line.is_there()]
        if not found:
            return Ended(Result.AWAY)
        if found[0] in self._under_way:
            return Ended(Result.BUSY)
        if not self._works():
            return Ended(Result.NOT_RECORDED)
        self._number = self._number % U32 + 1
        order = Given(found[0], lane, self._number, what)
        self._under_way[order.identity] = order
        self._unanswered.pop(order.identity, None)
        try:
            return await self._record_and_send(order, note)
        finally:
            del self._under_way[order.identity]

    async def _record_and_send(self, order: Given, note: Note) -> Ended:
        self._give(self._entry(order, codes.REPORT_ORDERED, order.what, note))
        if not await _within(RECORD_S, order.recorded, late=False):
            self._late[order.number] = order
            return Ended(Result.NOT_RECORDED)
        told = {"order": order.number, "what": order.what, **asdict(note)}
        self._happenings.happened("ordered", order.lane, **told)
        line = self._live.get(order.identity)
        outcome = codes.COMPLETION_NOT_GIVEN
        if line is not None and line.order(Order(order.number, order.what)):
            outcome = await _within(ANSWER_S, order.ended, late=codes.COMPLETION_NO_WORD)
        if outcome == codes.COMPLETION_NO_WORD:
            self._unanswered[order.identity] = order
        if outcome not in SAID_BY_GATES:
            self._happenings.happened("order", order.lane, order=order.number, outcome=outcome)
        self._give(self._entry(order, codes.REPORT_COMPLETED, outcome))
        return Ended(RESULTS[outcome], order.state)

    # --- for the house ------------------------------------------------------------------------------------

    def committed(self, entry: Entry) -> None:
        """An entry of ours is in the ledger. An order that nobody waits for any more does not leave."""
        if entry.what != codes.REPORT_ORDERED:
            return
        order = self._under_way.get(entry.identity)
        late = self._late.pop(entry.counter, None)
        if late is not None:
            self._give(self._entry(late, codes.REPORT_COMPLETED, codes.COMPLETION_NOT_GIVEN))
        elif order is not None and order.number == entry.counter and not order.recorded.done():
            order.recorded.set_result(True)

    def not_committed(self) -> None:
        """The ledger fails: what it has not taken does not leave."""
        for order in self._under_way.values():
            if not order.recorded.done():
                order.recorded.set_result(False)

    def completed(self, identity: bytes, lane: str, completion: Completion) -> None:
        """A gate tells how an order ended."""
        number, outcome = completion.order, completion.outcome
        self._happenings.happened("order", lane, order=number, outcome=outcome)
        if outcome not in SAID_BY_GATES:
            return
        order, unanswered = self._under_way.get(identity), self._unanswered.get(identity)
        if order is not None and order.number == number and order.recorded.done() and not order.ended.done():
            order.state = completion.state - 1 if completion.state else None
            order.ended.set_result(outcome)
        elif unanswered is not None and unanswered.number == number:
            del self._unanswered[identity]
            self._give(self._entry(unanswered, codes.REPORT_COMPLETED, outcome))

    def gone(self, identity: bytes) -> None:
        """A gate's session is over, and an order in it with it."""
        order = self._under_way.get(identity)
        if order is not None and not order.ended.done():
            order.ended.set_result(codes.COMPLETION_NO_WORD)

    async def end(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _entry(self, order: Given, what: int, detail: int, note: Note | None = None) -> Entry:
        now_s = self._clock.unix_s()
        return Entry(order.identity, order.lane, 0, what, 0, order.number, detail, now_s, now_s, None, note)


async def _within(wait_s: float, future: "asyncio.Future[Told]", *, late: Told) -> Told:
    """What the future comes to; `late` if it has not within this time."""
    done, _ = await asyncio.wait((future,), timeout=wait_s)
    return future.result() if done else late
