"""The gate's side of the link in use: drives a GateEnd over the serial port, keeps keys and reports moving.

Facts for the lane come out of `step`; the lane's questions and completions go in by `ask` and `complete`.
"""

from gate import facts
from gatelink import codes, events
from gatelink.gate_end import GateEnd
from gatelink.gate_to_house import About, Completion, Fault, Tap, Trace
from gatelink.house_to_gate import Cursor, LaneRules, Order, Settings, Signs, Time, Verdict
from gatelink.limits import TEXT_MAX_BYTES, TRACE_MAX_BYTES
from gatelink.ticks import add, diff, sooner

# A report that was acknowledged and that no cursor has passed is given again after this: the house may have been
# restarted between the two.
REPORT_AGAIN_MS = 5000
# The house begins a session with its cursor, which may show that this journal has lost its count. A report that left
# before it would be entered twice.
CURSOR_WAIT_MS = 2000
BULK_MAX = 16


class Uplink:
    """`port` reads and writes bytes; `slots` keeps keys; `journal` holds the reports."""

    def __init__(
        self, port: object, end: GateEnd, slots: object, journal: object, now: int, about: "About | None" = None
    ) -> None:
        """`about`: what the house is told in each new session."""
        self._about = about
        self.about_due = False
        self._port = port
        self._end = end
        self._slots = slots
        self._journal = journal
        self._asked = bytearray()  # the number of the last tap
        self._asked_counter = 0
        self._keys_to_store: "events.StoreKeys | None" = None
        self._bulk: "list[object]" = []
        self._standing: "dict[int, Fault]" = {}  # what is broken, by what can end it
        self._given = 0
        self._given_at = now
        self._cursor_awaited: "int | None" = None  # until when
        self._now = now
        self._second_at = now
        self.settings_offered: "list[Settings | LaneRules]" = []  # at most one of each
        self.signs_told: "Signs | None" = None  # the newest

    def up(self) -> bool:
        """Whether there is a session with the gatehouse."""
        return self._end.is_up()

    def frames(self) -> int:
        """How many frames have come and gone since the start."""
        counters = self._end.counters
        return counters.frames_in + counters.frames_out

    # --- outgoing -----------------------------------------------------------------------------------------

    def ask(self, boot: int, order: object, now: int) -> None:
        """Send the question of an orders.Ask and wipe its card."""
        card = order.card
        if self._end.is_up():
            age_ms = min(order.age_ms, 0xFFFF)
            self._forget_number()
            self._asked = bytearray(card.number)
            self._asked_counter = order.counter
            tap = Tap(boot, order.counter, card.kind, self._asked, card.valid_until, age_ms, card.valid_from)
            self._end.send(tap, now)
        card.wipe()

    def _forget_number(self) -> None:
        """Overwrite the number of the last tap. Its frame is not repeated any more: it was answered, or is void."""
        self._asked[:] = bytes(len(self._asked))

    def complete(self, order_id: int, outcome: int, state: int = -1) -> None:
        """Tell how a staff order ended, and what the lane does then; -1: nobody asked it."""
        self._later(Completion(order_id, outcome, state + 1))

    def fault(self, what: int, detail: int, said: str = "", stands: bool = True) -> None:
        """Tell what needs a person, and again in each new session until it is over: `stands` False for what passes.

        said: why settings were refused, as much of it as a Fault takes.
        """
        message = Fault(what, detail, said.encode()[:TRACE_MAX_BYTES])
        if stands:
            # One for each reader, and one for two codes each: journal (5, 6), settings (8), beams (9, 10).
            key = -(detail >> 8) if what <= codes.FAULT_READER_UNLICENSED else what + (what & 1)
            if what in (codes.FAULT_READER_BACK, codes.FAULT_BEAM_FREE):
                self.ended(key)
            else:
                self._standing[key] = message
        self._later(message)

    def ended(self, key: int) -> None:
        """A fault is over: not to be told again. key: the even code of its two, minus the code of its reader."""
        self._standing.pop(key, None)

    def trace(self, part: int, error: bytes, where: bytes) -> None:
        """Tell where a part of the program failed, of its calls as many as a Trace takes whole, the innermost last."""
        while len(where) > TRACE_MAX_BYTES and b" " in where:
            where = where[where.find(b" ") + 1 :]
        self._later(Trace(part, error[:TEXT_MAX_BYTES], where[-TRACE_MAX_BYTES:]))

    def _tell_standing(self) -> None:
        for message in self._standing.values():
            if message not in self._bulk:
                self._later(message)

    def _later(self, message: object) -> None:
        # While the house is away only the newest are kept: faults and orders are not records.
        if len(self._bulk) >= BULK_MAX:
            self._bulk.pop(0)
        self._bulk.append(message)

    # --- each pass ----------------------------------------------------------------------------------------

    def receive(self, now: int) -> "list[facts.Fact]":
        """Take what has arrived; facts for the lane."""
        self._keep_time(now)
        # One read a pass: whoever floods the cable must not keep the other parts waiting. More is there at once.
        self._end.receive(bytes(self._port.read()), now)
        found = []
        event = self._end.next_event()
        while event is not None:
            fact = self._take(event)
            if fact is not None:
                found.append(fact)
            event = self._end.next_event()
        return found

    def _take(self, event: object) -> "facts.Fact | None":
        if isinstance(event, Verdict):
            if event.counter == self._asked_counter:
                self._forget_number()
            return facts.VerdictGiven(event)
        if isinstance(event, Order):
            return facts.Ordered(event)
        if isinstance(event, events.Up):
            self._given = 0
            self._cursor_awaited = add(self._now, CURSOR_WAIT_MS)
            self.about_due = self._about is not None
            self._tell_standing()
            return facts.LinkUp()
        if isinstance(event, events.Down):
            self._forget_number()
            return facts.LinkDown()
        if isinstance(event, Cursor):
            self._cursor_awaited = None
            self._journal.passed(event.index)
        elif isinstance(event, Time):
            self._journal.at_s = event.unix_s
            self._second_at = self._now
        elif isinstance(event, (Settings, LaneRules)):
            self.settings_offered = [one for one in self.settings_offered if type(one) is not type(event)] + [event]
        elif isinstance(event, Signs):
            self.signs_told = event
        elif isinstance(event, events.StaleOrder):
            self.complete(event.order, codes.COMPLETION_STALE)
        elif isinstance(event, events.StoreKeys):
            self._keys_to_store = event
        return None

    def _keep_time(self, now: int) -> None:
        """The wall clock goes on between two Time messages; it serves records only."""
        self._now = now
        passed_s = diff(now, self._second_at) // 1000
        if passed_s > 0:
            self._second_at = add(self._second_at, 1000 * passed_s)
            if self._journal.at_s:
                self._journal.at_s = min(self._journal.at_s + passed_s, 0xFFFFFFFF)

    def idle(self, now: int) -> None:
        """What needs the flash: called only with no tap outstanding, no reader frame under way and no pulse running."""
        if self._keys_to_store is not None:
            self._slots.store(self._keys_to_store.count, self._keys_to_store.chain_key)
            self._keys_to_store = None
            self._end.keys_stored(now)

    def transmit(self, state: int, now: int) -> None:
        """Send what is due."""
        self._end.set_heartbeat(state, self._journal.waiting())
        if self._end.can_send_bulk():
            message = self._next_bulk(now)
            if message is not None:
                self._end.send(message, now)
        data = self._end.bytes_to_send(now)
        if data:
            self._port.write(data)

    def _next_bulk(self, now: int) -> "object | None":
        if self.about_due:
            self.about_due = False
            return self._about
        return self._bulk.pop(0) if self._bulk else self._report(now)

    def _report(self, now: int) -> "object | None":
        if self._cursor_awaited is not None:
            if diff(now, self._cursor_awaited) < 0:
                return None
            self._cursor_awaited = None
        report = self._journal.next_report()
        if report is None:
            return None
        if report.index == self._given and diff(now, add(self._given_at, REPORT_AGAIN_MS)) < 0:
            return None
        self._given = report.index
        self._given_at = now
        return report

    def deadline(self) -> "int | None":
        """When `receive` and `transmit` want to be called if nothing arrives."""
        due = sooner(self._end.deadline(), self._cursor_awaited)
        if self._given > self._journal.cursor and self._end.can_send_bulk():
            due = sooner(due, add(self._given_at, REPORT_AGAIN_MS))
        return due
