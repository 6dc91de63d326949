"""One health platform: a question gets a status within its budget, whatever the platform does."""

import asyncio
import logging
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from gatehouse.person import wipe
from gatehouse.platforms.account import Account
from gatehouse.platforms.breaker import Breaker, Leave, State
from gatehouse.platforms.conversation import Conversation
from gatehouse.platforms.counts import Counts
from gatehouse.platforms.memory import Memory
from gatehouse.platforms.platform_error import Busy, PlatformError, Unreachable
from gatehouse.platforms.rate import Rate
from gatehouse.platforms.steps import Watcher, unwatched
from gatehouse.platforms.transport import NETWORK
from gatehouse.question import Question
from gatehouse.status import FAILED, NOT_ASKED, TIMED_OUT, Outcome, Status

NUMBER = re.compile(rb"[0-9A-Z]{8,20}")  # of any card; other characters never reach a request
LEAN_LIFE_S = 60.0  # of an answer from which something was left out under load
# The pause where a platform that is busy names none: the first one, twice as long each time that it still is, the last.
BUSY_FIRST_S, BUSY_LAST_S = 0.1, 5.0
# The parts of a budget that a question may wait for its turn, and after which its silence says nothing of the platform.
HELD_MAX, HELD_MUCH = 0.5, 0.25
OWN_LATE_S = 0.1  # a turn of the loop that was held up for so long
BUSY_MAX = 10  # the last pause is reached before
COLOURS = frozenset((Outcome.GREEN, Outcome.YELLOW, Outcome.RED))

# Given each answer: kind of card, number, status.
Told = Callable[[int, bytearray, Status], None]

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Flight:
    """A question on its way, and how many wait for it. sent: the platform has been asked, at sent_s by the monotonic
    clock; held: after a wait of our own, which left the platform less time. slow: somebody gave up.

    judged: what it says of the platform has been counted. end: what ends it once nobody waits for it any more.
    """

    task: asyncio.Task[Status] = field(init=False)
    leave: Leave
    held: bool = False
    waiting: int = 0
    sent: bool = False
    sent_s: float = 0.0
    slow: bool = False
    judged: bool = False
    end: asyncio.TimerHandle | None = None


class Platform:
    """Asks one platform. `wall()`: Unix time. `monotonic()`: seconds. `watch`: is told each step, without values.

    `late_s`: how much longer than anybody waits an answer may take and still be remembered. `told`: is given each
    whole answer, late ones too: kind of card, number (wiped afterwards), status.

    Belongs to one event loop; close() ends it.
    """

    def __init__(
        self,
        account: Account,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        watch: Watcher = unwatched,
        late_s: float = 0.0,
        told: Told = lambda *_: None,
    ) -> None:
        self._account, self._dialect = account, account.dialect
        limits = self._dialect.limits
        self._wall = wall
        self._monotonic = monotonic
        self._late_s = late_s
        self._told = told
        self._conversation = Conversation(account, wall, monotonic, watch)
        self._breaker = Breaker(limits.failures, limits.rest_s, monotonic)
        self._rate = Rate(limits.requests_per_s, limits.burst, monotonic)
        self._memory = Memory(monotonic)
        self._busy = 0  # how often in a row
        self._failed_s = self._busied_s = -math.inf  # when an answer last counted as a failure, and as busy
        self._counted: PlatformError | None = None  # the failure that counted last
        self._flights: dict[bytes, Flight] = {}
        self._tasks: set[asyncio.Task[Status]] = set()
        self.counts = Counts()
        self.trouble: PlatformError | None = None  # the last one, None after an answer

    @property
    def name(self) -> str:
        """As the station calls it, which is the source of its statuses."""
        return self._account.name

    @property
    def title(self) -> str:
        """Its name for people."""
        return self._dialect.title

    @property
    def state(self) -> State:
        """The breaker's."""
        return self._breaker.state

    @property
    def in_flight(self) -> int:
        """How many questions wait for the platform."""
        return len(self._tasks)

    def knows(self, kind: int) -> bool:
        """Whether it knows cards of a kind (a CARD_ code)."""
        return self._dialect.of_kind(kind) is not None

    async def ask(self, question: Question, budget_s: float) -> Status:
        """The status of whom the question is about, at most `budget_s` from now. Never raises but for a cancellation.

        The number is copied while a request needs it, and the copy is wiped.
        """
        self.counts.asked += 1
        word = self._dialect.of_kind(question.kind)
        if word is None or not NUMBER.fullmatch(question.number):
            return self._without(NOT_ASKED)
        who = self._memory.who(question.kind, question.number)
        remembered = self._memory.recall(who)
        if remembered is not None:
            self.counts.remembered += 1
            return remembered
        flight = self._flights.get(who)
        if flight is not None:
            self.counts.shared += 1
        else:
            flight = self._start(who, word, question, budget_s)
        return self._without(NOT_ASKED) if flight is None else await self._await(who, flight, budget_s)

    async def close(self) -> None:
        """End what is under way, close the connections, forget all answers."""
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._conversation.close()
        self._memory.forget()

    def _start(self, who: bytes, word: str, question: Question, budget_s: float) -> Flight | None:
        """A question on its way, None if nobody may be asked now."""
        leave = self._breaker.leave()
        if leave is None:
            return None
        wait_s = self._rate.take(budget_s * HELD_MAX, len(self._dialect.request))
        if wait_s is None:
            self._breaker.given_up(leave)
            return None
        copy = Question(question.kind, bytearray(question.number))
        flight = self._flights[who] = Flight(leave, held=wait_s > budget_s * HELD_MUCH)
        task = flight.task = asyncio.get_running_loop().create_task(self._fly(flight, who, word, copy, wait_s))
        self._tasks.add(task)

        def landed(_: asyncio.Task[Status]) -> None:
            # Also of a task that was cancelled before its first step.
            wipe(copy.number)
            if flight.end is not None:
                flight.end.cancel()
            self._tasks.discard(task)
            if self._flights.get(who) is flight:
                del self._flights[who]
            self._judge(flight)

        task.add_done_callback(landed)
        return flight

    async def _await(self, who: bytes, flight: Flight, budget_s: float) -> Status:
        flight.waiting += 1
        loop = asyncio.get_running_loop()
        end_s = loop.time() + max(0.0, budget_s)
        try:
            done, _ = await asyncio.wait({flight.task}, timeout=max(0.0, budget_s))
            if done and not flight.task.cancelled():
                return flight.task.result()
            # Where this program itself was late, the answer may lie there unread: that is not the platform's fault.
            flight.slow = flight.slow or (not flight.held and loop.time() < end_s + OWN_LATE_S)
            return self._without(TIMED_OUT)
        finally:
            flight.waiting -= 1
            if flight.waiting == 0 and not flight.task.done():
                self._abandon(flight)
                # Who asks from now on begins anew.
                if self._flights.get(who) is flight:
                    del self._flights[who]

    def _abandon(self, flight: Flight) -> None:
        """Nobody waits for it: it ends, or, where it has been sent, may still come in a while and be remembered."""
        if not (flight.sent and self._late_s):
            flight.task.cancel()
            self._judge(flight)
            return

        def end() -> None:
            flight.slow = True
            flight.task.cancel()

        flight.end = asyncio.get_running_loop().call_later(self._late_s, end)
        # One that was given up before its time may still show what the platform is worth.
        if flight.slow:
            self._judge(flight)

    async def _fly(self, flight: Flight, who: bytes, word: str, question: Question, wait_s: float) -> Status:
        if wait_s:
            await asyncio.sleep(wait_s)
        flight.sent, flight.sent_s = True, self._monotonic()
        self.counts.sent += 1
        lean = len(self._tasks) > self._dialect.limits.extra_below
        try:
            status, complete = await self._conversation.ask(word, question.number, lean=lean)
        except PlatformError as failure:
            return self._failed(failure, flight)
        except Exception as failure:  # noqa: BLE001  # a fault of ours: staff decide
            # Its kind is told, not its text, which may hold what was sent.
            log.error(  # noqa: TRY400
                "%s: a question failed in this program: %s", self.name, type(failure).__name__
            )
            return self._failed(None, flight)
        if status.source:
            status = replace(status, source=self.name)
        self.counts.answer(self._monotonic() - flight.sent_s, late=flight.waiting == 0)
        if not flight.judged:  # a late answer says nothing better of the platform than that it was late
            self._take_state(self._breaker.succeeded, flight.leave)
            self.trouble = None
            self._busy = 0
        if complete:
            self._told(question.kind, question.number, status)
            self._memory.keep(who, status, self._life_s(status, lean=lean))
        return status

    def _failed(self, failure: PlatformError | None, flight: Flight) -> Status:
        leave = flight.leave
        self.counts.failure(failure)
        if flight.judged:
            return self._without(FAILED)
        if failure is not None:
            self.trouble = failure.with_traceback(None)
        if isinstance(failure, Busy):
            # Those that were under way together are told so together: that is one time.
            if flight.sent_s >= self._busied_s:
                self._busied_s = self._monotonic()
                own_s = min(BUSY_LAST_S, BUSY_FIRST_S * 2**self._busy)
                self._busy = min(self._busy + 1, BUSY_MAX)
                self._rate.pause(own_s if failure.wait_s is None else failure.wait_s)
            self._breaker.given_up(leave)
        elif flight.sent_s < self._failed_s or (failure is not None and failure is self._counted):
            # It was under way when another one failed: a token that is lost, say, is one trouble of all of them. And a
            # renewal that failed is told to everybody until the next one: nobody has asked the platform since.
            self._breaker.given_up(leave)
        else:
            self._failed_s, self._counted = self._monotonic(), failure
            self._take_state(self._breaker.failed, leave)
        return self._without(FAILED)

    def _judge(self, flight: Flight) -> None:
        """What a question that nobody waits for any more says of the platform; nothing if it was answered."""
        if flight.judged or (flight.task.done() and not flight.task.cancelled()):
            return
        flight.judged = True
        if flight.sent and flight.slow:
            self.trouble = Unreachable("No answer came within the time that a traveller can be kept waiting.", NETWORK)
            self._take_state(self._breaker.failed, flight.leave)
        else:
            self._breaker.given_up(flight.leave)

    def _take_state(self, change: Callable[[Leave], None], leave: Leave) -> None:
        former = self._breaker.state
        change(leave)
        if self._breaker.state is not former:
            why = f": {self.trouble.said}" if self.trouble is not None and self._breaker.state is State.OPEN else ""
            log.warning("%s: breaker is %s%s", self.name, self._breaker.state.value, why)

    def _life_s(self, status: Status, *, lean: bool) -> float:
        life = self._dialect.life
        if status.outcome is Outcome.NOT_FOUND:
            return life.not_found_s
        if status.outcome not in COLOURS:
            return 0
        ends = [float(life.answer_s)]
        if status.usable_until_s is not None:
            ends.append(status.usable_until_s - self._wall())
        return min([*ends, LEAN_LIFE_S] if lean else ends)

    def _without(self, status: Status) -> Status:
        """A status without a colour, with whom to ask."""
        counts = {Outcome.FAILED: "failed", Outcome.TIMED_OUT: "timed_out", Outcome.NOT_ASKED: "not_asked"}
        name = counts[status.outcome]
        setattr(self.counts, name, getattr(self.counts, name) + 1)
        return replace(status, contact=self._dialect.contact, fetched_s=int(self._wall()))
