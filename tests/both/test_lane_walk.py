"""A hundred thousand random facts: what a lane must never do, it does not do in any order of events."""

from gate import facts, orders
from gate import lane_table as t
from gate.lane import LANE
from gatelink import codes
from gatelink.house_to_gate import Order, Verdict
from gatelink.ticks import PERIOD, add, diff
from lane_bench import BOOT, OUTCOMES, LaneBench, a_card

EVENTS = 25000  # for each seed
SEEDS = (1, 2, 3, 4)
SIMPLE = (
    facts.Entered,
    facts.Entered,
    facts.Passed,
    facts.Passed,
    facts.TurnedBack,
    facts.Followed,
    facts.WrongWay,
    facts.KeyTurned,
    facts.CardUnreadable,
    facts.JournalReady,
    facts.LinkUp,
    facts.LinkUp,
    facts.LinkDown,
)


class Chance:
    """The same numbers on both interpreters (Park and Miller's generator)."""

    def __init__(self, seed):
        self._state = seed

    def below(self, limit):
        """A number from 0 to limit - 1."""
        self._state = self._state * 48271 % 0x7FFFFFFF
        return self._state % limit


class Walk(LaneBench):
    """A bench that judges each order as it comes."""

    def __init__(self, seed):
        self.chance = Chance(seed)
        self.allowed = set()  # taps that a fitting verdict allowed, and staff's
        self.durable = None  # the record whose Recorded is being handled
        self.openings = {}  # counter -> "recorded", "open", "ended"
        self.ended_taps = set()
        self.fire = False
        self.held = False
        self.link = False
        self.orders_given = 0
        self.opened_at = 0
        self.opens = 0
        LaneBench.__init__(self, now=PERIOD - 1000000)
        self.link = True

    def execute(self, order):
        if isinstance(order, orders.Ask):
            assert self.link and order.counter not in self.asked
            order.card.wipe()
            self.asked.append(order.counter)
            del self.asked[:-4]
        elif isinstance(order, orders.Open):
            self.judge_open(order)
            LaneBench.execute(self, order)
            self.opened.clear()
        elif isinstance(order, orders.Release):
            if self.durable is not None and self.durable.what == codes.REPORT_HELD:
                self.held = True
            assert self.fire or self.held
            LaneBench.execute(self, order)
        elif isinstance(order, orders.Close):
            assert not self.fire
            self.held = False
            LaneBench.execute(self, order)
        else:
            LaneBench.execute(self, order)

    def judge_open(self, order):
        """Only in answer to its own record, only when allowed, only once, never on top of another."""
        record = self.durable
        assert record is not None and record.what == codes.REPORT_OPENING
        assert record.counter in self.allowed and self.openings[record.counter] == "recorded"
        assert "open" not in self.openings.values()
        assert order.pulse_ms <= self.settings.open_limit_ms
        assert not (self.fire or self.held or self.relay_is_on())
        self.openings[record.counter] = "open"
        self.opened_at = self.now
        self.opens += 1

    def record(self, order):
        """A journal that answers at once, late, twice, or not well."""
        self.judge_record(order)
        luck = self.chance.below(80)
        if luck == 0:
            self.unanswered.append(order)
        elif luck == 1:
            self.lane.handle(facts.RecordFailed(order), self.now)
        else:
            self.answer(order)
            if luck == 2:
                self.answer(order)

    def answer(self, order):
        before, self.durable = self.durable, order
        self.lane.handle(facts.Recorded(order), self.now)
        self.carry_out()
        self.durable = before

    def judge_record(self, order):
        what, counter = order.what, order.counter
        if what == codes.REPORT_OPENING:
            assert counter not in self.openings and counter not in self.ended_taps
            if order.detail == codes.REASON_STAFF:
                self.allowed.add(counter)
            self.openings[counter] = "recorded"
            self.ended_taps.add(counter)
        elif what == codes.REPORT_NOT_OPENED:
            assert self.openings.pop(counter, "recorded") == "recorded"
            if order.detail != codes.REASON_JOURNAL_UNAVAILABLE:
                assert counter not in self.ended_taps
            self.ended_taps.add(counter)
        elif what in OUTCOMES and counter:
            assert self.openings.pop(counter) in ("recorded", "open")

    def relay_is_on(self):
        if self.relay and self.relay_until is not None and diff(self.now, self.relay_until) >= 0:
            self.relay = False
        return self.relay

    def next_fact(self):
        """A random fact, the likely ones more often, and what brings the lane back into service."""
        pick = self.chance.below(100)
        if self.fire and pick < 20:
            self.fire = False
            return facts.FireOff()
        if self.lane.state in (t.S_LOCKED, t.S_HELD, t.S_OUT_OF_SERVICE) and pick < 45:
            self.orders_given += pick < 15
            if pick < 15:
                return facts.Ordered(Order(self.orders_given, codes.ORDER_RESUME))
            return facts.JournalReady() if pick < 30 else facts.ReaderFault(codes.FAULT_READER_BACK, 0)
        if pick < 22:
            return facts.CardSeen(a_card(), self.chance.below(50))
        if pick < 52:
            return self.next_verdict()
        if pick < 60:
            self.orders_given += 1
            return facts.Ordered(Order(self.orders_given, self.chance.below(6)))
        if pick < 61:
            self.fire = not self.fire
            return facts.FireOn() if self.fire else facts.FireOff()
        if pick < 64:
            what = (codes.FAULT_READER_SILENT, codes.FAULT_READER_BACK, codes.FAULT_READER_BACK)[self.chance.below(3)]
            return facts.ReaderFault(what, 0)
        if pick < 68 and self.unanswered:
            late = self.unanswered.pop(self.chance.below(len(self.unanswered)))
            self.durable = late
            return facts.Recorded(late) if self.chance.below(2) else facts.RecordFailed(late)
        if pick < 90:
            return SIMPLE[self.chance.below(len(SIMPLE))]()
        return facts.Tick()

    def next_verdict(self):
        newest = self.asked[-1] if self.asked else 0
        counter = newest if self.chance.below(5) else self.chance.below(newest + 2)
        boot = BOOT if self.chance.below(10) else BOOT - 1
        verdict = (codes.ALLOW, codes.ALLOW, codes.ALLOW, codes.DENY, codes.REFER, 9)[self.chance.below(6)]
        if verdict == codes.ALLOW and boot == BOOT and counter == newest:
            self.allowed.add(counter)
        return facts.VerdictGiven(Verdict(boot, counter, verdict, codes.REASON_GREEN, 1500))

    def step(self):
        """Time, then a fact, then what must hold always."""
        gap_ms = (0, 1, 7, 60, 400, 2600)[self.chance.below(6)]
        self.wait(gap_ms)
        fact = self.next_fact()
        if isinstance(fact, (facts.LinkUp, facts.LinkDown)):
            self.link = isinstance(fact, facts.LinkUp)
        if isinstance(fact, facts.FireOff):
            assert self.relay_is_on()
        self.tell(fact)
        self.durable = None
        self.judge_state()

    def judge_state(self):
        assert not self.lane._impaired & LANE, "a fact went astray"
        if self.fire:
            assert self.lane.state == t.S_FIRE and self.relay_is_on()
        elif self.held:
            assert self.lane.state == t.S_HELD
        elif self.relay_is_on():
            assert diff(self.now, self.opened_at) < self.settings.open_limit_ms
            assert self.lane.state in (t.S_OPEN, t.S_PASSING)
        if self.lane.state not in (t.S_RECORDING, t.S_OPEN, t.S_PASSING):
            assert not self.openings, "an opening was left without outcome"
        if self.lane.state != t.S_RECORDING:
            assert len(self.completed) == self.orders_given
        assert len(self.openings) <= 1 and len(self.unanswered) < 4000
        if self.lane.state == t.S_IDLE:
            self.forget()

    def forget(self):
        """Keep the walk's own memory small."""
        self.given.clear()
        self.records.clear()
        newest = self.asked[-1] if self.asked else 0
        self.allowed = {counter for counter in self.allowed if counter >= newest}
        self.ended_taps = {counter for counter in self.ended_taps if counter + 4 > newest}
        self.completed, self.orders_given = [], 0
        del self.unanswered[:-8]


def walk(seed):
    """How many openings and wraps of the clock a walk has seen."""
    bench = Walk(seed)
    wraps = 0
    for _ in range(EVENTS):
        before = bench.now
        bench.step()
        if bench.now < before:
            wraps += 1
    return bench.opens, wraps


def test_no_order_of_facts_breaks_a_promise():
    """No Open without its own record, one outcome each, one tap one opening, no relay past its limit, fire wins."""
    for seed in SEEDS:
        opens, wraps = walk(seed)
        print("seed", seed, "opened", opens, "times")
        assert opens > EVENTS // 50
        assert wraps >= 1


def test_ticks_are_added_modulo_their_period():
    """The walk starts just before the wrap."""
    assert add(PERIOD - 1, 1) == 0
