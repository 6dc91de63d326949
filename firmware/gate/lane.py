"""The lane: facts in, orders out, by the table in `lane_table`. It owns no port, clock or task.

What the table cannot see is judged here before it: whose verdict it is and how old, which record became
durable, whether the gatehouse is there. Write-ahead is structural: an Open leaves only when its own opening
record, the very object that was given out, comes back as Recorded.
"""

from gate import facts, orders
from gate import lane_table as t
from gate.opening import Opening, relays
from gate.second_card import SecondCard
from gatelink import codes
from gatelink.ticks import add, diff, sooner

# What does not work, one bit each.
READER = 1
JOURNAL = 2
LANE = 4
BEAM = 8

# Readers of staff cards; whatever other readers there are may read a traveller.
STAFF_CODES = 1 << codes.READER_PN532 | 1 << codes.READER_WIEGAND
# Entered once for each traveller: whoever comes while the one before still sees his answer hears one too.
ANSWERS = (t.S_REFERRED, t.S_PLACE_AGAIN)


class Lane:
    """One lane. `settings` is a chosen.Chosen, whose numbers may change at any time.

    boot: this run's boot count, the first half of every tap id. locked: whether a lock of staff stands from before it.
    `state` is an S_ code of `lane_table`.
    """

    def __init__(self, boot: int, settings: object, now: int, locked: bool = False) -> None:
        self.settings = settings
        self.state = t.S_LOCKED if locked else t.S_IDLE
        self._boot = boot
        self._now = now
        self._shown = t.SIGNALS[self.state]
        self._orders = [orders.Show(self._shown)]
        self._deadline: "int | None" = None
        self._link_up = False
        self._impaired = 0
        self._dead_readers = 0  # a bit for each READER_ code
        self._lock_ordered = locked
        self._counter = 0
        self._tap_at = now
        self._age_ms = 0
        self._reason = 0
        self._card = None
        self._second = SecondCard()
        self._opening = Opening()
        self._awaited: "orders.Record | None" = None
        self._order_now: "int | None" = None
        self._order_taken: "int | None" = None

    # --- for the program around ---------------------------------------------------------------------------

    def handle(self, fact: "facts.Fact", now: int) -> None:
        """Take one fact. Fetch the orders that follow from it before the next one."""
        self._now = now
        self._second.age(now)
        kind = type(fact)
        judge = self.JUDGES.get(kind)
        try:
            event = judge(self, fact) if judge else self.EVENTS.get(kind, t.E_ASTRAY)
            if event is not None:
                self._fire(event)
        finally:
            if self._card is not None:  # not asked about
                self._card.wipe()
                self._card = None

    def shut(self, now: int) -> None:
        """A failure has shut the relays: a hold ends with the next Tick, an opening when its time is up."""
        if self.state == t.S_HELD:
            self._deadline = now

    def next_order(self) -> "orders.Order | None":
        """The oldest order not yet fetched, or None."""
        return self._orders.pop(0) if self._orders else None

    def taken(self) -> bool:
        """Whether the lane is somebody's, from the question about him to the end of his passage."""
        return t.S_ASKING <= self.state <= t.S_PASSING

    def deadline(self) -> "int | None":
        """When `handle` wants a Tick if nothing happens before; None = never."""
        return sooner(self._deadline, self._second.deadline())

    # --- facts to events ----------------------------------------------------------------------------------

    def _judge_card(self, fact: "facts.CardSeen") -> int:
        self._card = fact.card
        self._age_ms = fact.age_ms
        return t.E_CARD if self._link_up else t.E_CARD_HOST_AWAY

    def _judge_unreadable(self, fact: "facts.CardUnreadable") -> int:
        if not self.taken():  # else the reason is the first one's
            self._reason = fact.reason
        return t.E_UNREADABLE if fact.reason == codes.REASON_CARD_UNREADABLE else t.E_CARD_REFUSED

    def _judge_reader(self, fact: "facts.ReaderFault") -> "int | None":
        bit = 1 << fact.reader
        back = fact.what == codes.FAULT_READER_BACK
        self._dead_readers = self._dead_readers & ~bit if back else self._dead_readers | bit
        # A lane in which staff alone could be read is none for travellers, and says so.
        dead, count = self._dead_readers, len(self.settings.readers)
        travellers = count - ("pn532" in self.settings.readers) - ("wiegand" in self.settings.readers)
        if travellers:
            dead, count = dead & ~STAFF_CODES, travellers
        return self._broken(READER) if bin(dead).count("1") >= count else self._works(READER)

    def _judge_verdict(self, fact: "facts.VerdictGiven") -> "int | None":
        verdict = fact.verdict
        if self.state != t.S_ASKING or verdict.boot != self._boot or verdict.counter != self._counter:
            return None
        self._reason = verdict.reason
        if verdict.verdict == codes.DENY:
            return t.E_DENY
        if verdict.verdict != codes.ALLOW:
            return t.E_REFER
        if diff(self._now, self._tap_at) <= min(verdict.valid_ms, self.settings.answer_limit_ms):
            return t.E_ALLOW
        return t.E_STALE_ALLOW

    def _judge_order(self, fact: "facts.Ordered") -> "int | None":
        self._order_now = fact.order.order
        event = self.ORDERS.get(fact.order.what)
        if event is None:
            self._refuse()
        return event

    def _judge_recorded(self, fact: "facts.Recorded") -> "int | None":
        if self._awaited is None or fact.record is not self._awaited:
            return None
        return t.E_RECORDED if fact.record.what == codes.REPORT_OPENING else t.E_HOLD_RECORDED

    def _judge_record_failed(self, fact: "facts.RecordFailed") -> "int | None":
        if self._awaited is not None and fact.record is self._awaited:
            return t.E_RECORD_FAILED
        return self._broken(JOURNAL)

    def _judge_journal(self, _fact: "facts.JournalReady") -> "int | None":
        return self._works(JOURNAL)

    def _judge_link(self, fact: "facts.LinkUp | facts.LinkDown") -> "int | None":
        self._link_up = type(fact) is facts.LinkUp
        return None if self._link_up else t.E_LINK_DOWN

    def _judge_time(self, _fact: "facts.Tick") -> "int | None":
        if self._deadline is None or diff(self._now, self._deadline) < 0:
            return None
        return self._opening.time_up(self.state, bool(self._impaired & BEAM))

    def _judge_passage(self, fact: "facts.Passage") -> "int | None":
        return self._opening.event(fact, self.state, self.settings)

    def _judge_arm(self, _fact: "facts.ArmTurned") -> int:
        return t.E_PASSED if self.settings.feedback == "contact" else t.E_ARM_TURNED

    def _judge_beam(self, fact: "facts.BeamBlocked") -> "int | None":
        return self._broken(BEAM) if fact.sides else self._works(BEAM)

    def _broken(self, part: int) -> int:
        self._impaired |= part
        return t.E_IMPAIRED

    def _works(self, part: int) -> "int | None":
        was = self._impaired
        self._impaired = was & ~part
        return t.E_RESTORED if was and not self._impaired else None

    # --- the machine --------------------------------------------------------------------------------------

    def _fire(self, event: int) -> None:
        at = t.find(self.state, event)
        if t.TABLE[at] == t.MISSING:
            event = t.E_ASTRAY
            at = t.find(self.state, event)
        self._reason = t.REASONS.get(event, self._reason)
        for i in range(at + 1, at + 1 + t.ACTIONS_MAX):
            self._act(t.TABLE[i])
        if t.TABLE[at] != t.STAY:
            self._enter(t.TABLE[at])

    def _act(self, action: int) -> None:
        if action >= t.A_PASSED:
            self._record(t.REPORTS[action - t.A_PASSED], self._counter if action < t.A_NOTE_PASSED else 0, 0)
        elif action:
            self.ACTIONS[action](self)

    def _enter(self, state: int) -> None:
        self.state = state
        if state != t.S_RECORDING:
            self._awaited = None
        self._deadline = self._ends_at(state)
        if state >= t.S_HELD:  # shown to everybody, and nobody's turn comes behind it
            self._second.drop()
        event = self._waits_for(state)
        if event is not None:
            self._fire(event)
        elif t.SIGNALS[state] != self._shown or state in ANSWERS:
            self._shown = t.SIGNALS[state]
            self._orders.append(orders.Show(self._shown, self._reason))

    def _waits_for(self, state: int) -> "int | None":
        """What has waited for the lane to enter this state."""
        if self._lock_ordered and state in (t.S_IDLE, t.S_OUT_OF_SERVICE):
            return t.E_LOCK_STANDS
        if state != t.S_IDLE:
            return None
        if self._impaired:
            return t.E_IMPAIRED
        self._card = self._second.fetch()
        if self._card is not None:
            self._age_ms = 0  # it counts as laid down now that its turn has come
            return t.E_CARD if self._link_up else t.E_CARD_HOST_AWAY
        missed, self._second.missed = self._second.missed, False
        return t.E_CARD_MISSED if missed else None

    def _ends_at(self, state: int) -> "int | None":
        if state == t.S_ASKING:
            return add(self._tap_at, self.settings.answer_limit_ms)
        if state == t.S_OPEN:
            return add(self._now, self.settings.open_limit_ms)
        if state == t.S_HELD:
            hold_s = self.settings.hold_limit_s
            return add(self._now, 1000 * hold_s) if hold_s else None
        lasts = self.LASTS.get(state)
        return None if lasts is None else add(self._now, getattr(self.settings, lasts))

    def _record(self, what: int, counter: int, detail: int) -> "orders.Record":
        order = orders.Record(what, counter, detail)
        self._orders.append(order)
        return order

    # --- actions ------------------------------------------------------------------------------------------

    def _new_tap(self) -> None:
        self._counter += 1

    def _ask(self) -> None:
        self._second.age(self._second.deadline())  # its turn is taken: to be laid down again
        self._tap_at = add(self._now, -self._age_ms)
        self._orders.append(orders.Ask(self._card, self._counter, self._age_ms))
        self._card = None

    def _not_opened(self) -> None:
        self._record(codes.REPORT_NOT_OPENED, self._counter, self._reason)

    def _record_opening(self) -> None:
        self._awaited = self._record(codes.REPORT_OPENING, self._counter, self._reason)

    def _record_hold(self) -> None:
        self._awaited = self._record(codes.REPORT_HELD, 0, 1)

    def _not_recorded(self) -> None:
        if self._awaited.what == codes.REPORT_OPENING:
            self._record(codes.REPORT_NOT_OPENED, self._counter, codes.REASON_JOURNAL_UNAVAILABLE)

    def _drop_record(self) -> None:
        if self._awaited.what == codes.REPORT_OPENING:
            self._act(t.A_UNKNOWN)
        else:
            self._act(t.A_END_HOLD)

    def _take_order(self) -> None:
        self._order_taken = self._order_now

    def _end_order(self, outcome: int) -> None:
        if self._order_taken is not None:
            self._orders.append(orders.Complete(self._order_taken, outcome))
            self._order_taken = None

    def _complete_order(self) -> None:
        self._end_order(codes.COMPLETION_DONE)

    def _fail_order(self) -> None:
        self._end_order(codes.COMPLETION_REFUSED)

    def _done(self) -> None:
        self._orders.append(orders.Complete(self._order_now, codes.COMPLETION_DONE))

    def _refuse(self) -> None:
        self._orders.append(orders.Complete(self._order_now, codes.COMPLETION_REFUSED))

    def _open(self) -> None:
        self._orders.append(self._opening.begin(self.settings))

    def _release(self) -> None:
        self._orders.append(orders.Release(relays(self.settings, self.settings.direction)))

    def _close(self) -> None:
        self._orders.append(orders.Close(orders.RELAYS))

    def _close_other_side(self) -> None:
        if self.settings.relays == 2:
            self._orders.append(self._opening.close_other_side())

    def _arm_turns(self) -> None:
        self._opening.arm_turns()

    def _second_card(self) -> None:
        if self._card is not None and self.settings.second_card == codes.SECOND_CARD_WAITS:
            if self._second.keep(self._card, add(self._now, self.settings.second_card_limit_ms - self._age_ms)):
                self._card = None
        else:
            self._second.missed = True

    def _lock(self) -> None:
        if not self._lock_ordered:
            self._record(codes.REPORT_LOCKED, 0, 1)
        self._lock_ordered = True
        self._done()

    def _resume(self) -> None:
        if self._lock_ordered:
            self._record(codes.REPORT_LOCKED, 0, 0)
        self._lock_ordered = False
        self._impaired &= READER | BEAM  # a person has looked; these say themselves when they work again
        self._done()

    def _fire_on(self) -> None:
        self._record(codes.REPORT_FIRE, 0, 1)
        self._orders.append(orders.Release(orders.RELAYS))

    def _journal_broken(self) -> None:
        self._impaired |= JOURNAL

    def _fault(self) -> None:
        self._impaired |= LANE

    # --- tables -------------------------------------------------------------------------------------------

    JUDGES = {
        facts.CardSeen: _judge_card,
        facts.CardUnreadable: _judge_unreadable,
        facts.ReaderFault: _judge_reader,
        facts.VerdictGiven: _judge_verdict,
        facts.Ordered: _judge_order,
        facts.Recorded: _judge_recorded,
        facts.RecordFailed: _judge_record_failed,
        facts.JournalReady: _judge_journal,
        facts.LinkUp: _judge_link,
        facts.LinkDown: _judge_link,
        facts.Tick: _judge_time,
        facts.Entered: _judge_passage,
        facts.Beyond: _judge_passage,
        facts.Passed: _judge_passage,
        facts.TurnedBack: _judge_passage,
        facts.Followed: _judge_passage,
        facts.ArmTurned: _judge_arm,
        facts.BeamBlocked: _judge_beam,
    }
    EVENTS = {
        facts.FireOn: t.E_FIRE_ON,
        facts.FireOff: t.E_FIRE_OFF,
        facts.KeyTurned: t.E_KEY,
    }
    ORDERS = {
        codes.ORDER_OPEN_ONCE: t.E_ORDER_OPEN,
        codes.ORDER_HOLD_OPEN: t.E_ORDER_HOLD,
        codes.ORDER_LOCK: t.E_ORDER_LOCK,
        codes.ORDER_RESUME: t.E_ORDER_RESUME,
    }
    LASTS = {
        t.S_RECORDING: "record_limit_ms",
        t.S_PASSING: "passage_limit_ms",
        t.S_REFUSED: "refused_ms",
        t.S_REFERRED: "referred_ms",
        t.S_PLACE_AGAIN: "place_again_ms",
    }
    # Indexed by the A_ codes below A_PASSED.
    ACTIONS = (
        None,
        _new_tap,
        _ask,
        _not_opened,
        _record_opening,
        _record_hold,
        _not_recorded,
        _drop_record,
        _take_order,
        _complete_order,
        _fail_order,
        _done,
        _refuse,
        _open,
        _release,
        _close,
        _lock,
        _resume,
        _fire_on,
        _journal_broken,
        _fault,
        _close_other_side,
        _arm_turns,
        _second_card,
    )
