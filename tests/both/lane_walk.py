"""A lane under random facts, each of its orders judged as it comes: what it must never do, whatever happens when."""

from gate import facts, orders, signals
from gate import lane_table as t
from gate.lane import LANE
from gatelink import codes
from gatelink.house_to_gate import Order, Verdict
from gatelink.ticks import PERIOD, add, diff
from lane_bench import BOOT, ENTRY, EXIT, OUTCOMES, LaneBench, Settings
from synthetic_card import a_card

SIDES = (ENTRY, ENTRY, ENTRY, EXIT)
BEAMS = (facts.Entered, facts.Entered, facts.Beyond, facts.Passed, facts.Passed, facts.TurnedBack, facts.Followed)
SIMPLE = (
    facts.ArmTurned,
    facts.KeyTurned,
    facts.KeyTurned,
    facts.CardUnreadable,
    facts.JournalReady,
    lambda: facts.BeamBlocked(0),
    facts.LinkUp,
    facts.LinkUp,
    facts.LinkDown,
)
OUT_OF_THE_WAY = (t.S_LOCKED, t.S_HELD, t.S_OUT_OF_SERVICE)
SOMEBODYS = (t.S_RECORDING, t.S_OPEN, t.S_PASSING)
TAKEN = (t.S_ASKING,) + SOMEBODYS
ANSWERED = (t.S_REFUSED, t.S_REFERRED, t.S_PLACE_AGAIN)  # while these are shown too a second card waits
LOCKED_STATES = (t.S_LOCKED, t.S_FIRE) + SOMEBODYS
VALID_MS = 1200


class Chance:
    """The same numbers on both interpreters (Park and Miller's generator)."""

    def __init__(self, seed):
        self._state = seed

    def below(self, limit):
        """A number from 0 to limit - 1."""
        self._state = self._state * 48271 % 0x7FFFFFFF
        return self._state % limit


def drawn_settings(chance):
    """How a lane is wired and run, of all kinds that there are."""
    pick = chance.below
    return Settings(
        relays=1 + pick(2),
        direction=1 + pick(3),
        second_card=pick(2),
        second_card_limit_ms=(1000, 8000)[pick(2)],
        control=("pulse", "level")[pick(2)],
        feedback=("beams", "contact", "both")[pick(3)],
        reader_side=("entry", "exit", "either")[pick(3)],
        hold_limit_s=(0, 5)[pick(2)],
    )


class Walk(LaneBench):
    """A bench that judges each order as it comes. The seed draws the lane's settings too."""

    def __init__(self, seed):
        self.chance = Chance(seed)
        chosen = drawn_settings(self.chance)
        self.laid = []  # cards that are neither asked about nor wiped
        self.owed = []  # cards, None for what could not be read, of those who came second and got no sign yet
        self.tapped_at = {}
        self.by_staff = False  # the fact being handled is a member of staff's
        self.by_key = False  # ... who turned the key
        self.locked = False  # staff have locked it, and not resumed it
        self.newest_opened = 0
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
        LaneBench.__init__(self, now=PERIOD - 1000000, chosen=chosen)
        self.link = True

    def execute(self, order):
        if isinstance(order, orders.Ask):
            assert self.link and order.counter not in self.asked
            self.tapped_at[order.counter] = add(self.now, -order.age_ms)
            self.owed = [card for card in self.owed if card is not order.card]
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
            if isinstance(order, orders.Show) and order.signal not in (signals.IDLE, signals.CHECKING, signals.STOP):
                self.judge_signs(order.signal)

    def judge_signs(self, signal):
        """Whom this signal is for, of those who came second: with the house away each is sent to staff."""
        taken = signal in (signals.GO, signals.SEE_STAFF) and self.lane.state != t.S_HELD
        if not taken or (signal == signals.SEE_STAFF and not self.link):
            self.owed = []

    def judge_open(self, order):
        """Only in answer to its own record, only when allowed, only once, never on top of another."""
        record = self.durable
        assert record is not None and record.what == codes.REPORT_OPENING
        assert record.counter in self.allowed and self.openings[record.counter] == "recorded"
        assert "open" not in self.openings.values()
        assert record.counter > self.newest_opened, "one tap, one opening"
        self.newest_opened = record.counter
        assert order.width_ms <= self.settings.open_limit_ms
        assert order.relays and not order.relays & ~(self.settings.direction if self.settings.relays == 2 else 1)
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
                assert self.by_staff
                self.allowed.add(counter)
            assert self.by_key or not self.locked, "only the key opens a locked lane"
            self.openings[counter] = "recorded"
            self.ended_taps.add(counter)
        elif what == codes.REPORT_NOT_OPENED:
            assert self.openings.pop(counter, "recorded") == "recorded"
            if order.detail != codes.REASON_JOURNAL_UNAVAILABLE:
                assert counter not in self.ended_taps
            self.ended_taps.add(counter)
        elif what == codes.REPORT_LOCKED:
            assert self.locked != bool(order.detail)
            self.locked = bool(order.detail)
        elif what in OUTCOMES and counter:
            assert self.openings.pop(counter) in ("recorded", "open")

    def relay_is_on(self):
        if self.relay and self.relay_until is not None and diff(self.now, self.relay_until) >= 0:
            self.relays = 0
        return self.relay

    def next_fact(self):
        """A random fact, the likely ones more often, and what brings the lane back into service."""
        pick = self.chance.below(100)
        if self.fire and pick < 20:
            self.fire = False
            return facts.FireOff()
        if self.lane.state in OUT_OF_THE_WAY and pick < 55:
            return self.next_remedy(pick)
        if pick < 22:
            self.laid.append(a_card())
            return facts.CardSeen(self.laid[-1], self.chance.below(50))
        if pick < 52:
            return self.next_verdict()
        if pick < 60:
            self.orders_given += 1
            return facts.Ordered(Order(self.orders_given, self.chance.below(6)))
        if pick < 61:
            self.fire = not self.fire
            return facts.FireOn() if self.fire else facts.FireOff()
        return self.next_incident(pick)

    def next_remedy(self, pick):
        if pick < 15:
            self.orders_given += 1
            return facts.Ordered(Order(self.orders_given, codes.ORDER_RESUME))
        if pick >= 45:
            return facts.BeamBlocked(0)
        return facts.JournalReady() if pick < 30 else facts.ReaderFault(codes.FAULT_READER_BACK, 0)

    def next_incident(self, pick):
        if pick < 64:
            what = (codes.FAULT_READER_SILENT, codes.FAULT_READER_BACK, codes.FAULT_READER_BACK)[self.chance.below(3)]
            return facts.ReaderFault(what, 0)
        if pick < 68 and self.unanswered:
            late = self.unanswered.pop(self.chance.below(len(self.unanswered)))
            self.durable = late
            return facts.Recorded(late) if self.chance.below(2) else facts.RecordFailed(late)
        if pick < 80:
            return BEAMS[self.chance.below(len(BEAMS))](SIDES[self.chance.below(len(SIDES))])
        if pick < 81:
            return facts.BeamBlocked(1 + self.chance.below(3))
        if pick < 93:
            return SIMPLE[self.chance.below(len(SIMPLE))]()
        return facts.Tick()

    def next_verdict(self):
        newest = self.asked[-1] if self.asked else 0
        counter = newest if self.chance.below(5) else self.chance.below(newest + 2)
        boot = BOOT if self.chance.below(10) else BOOT - 1
        verdict = (codes.ALLOW, codes.ALLOW, codes.ALLOW, codes.DENY, codes.REFER, 9)[self.chance.below(6)]
        if verdict == codes.ALLOW and boot == BOOT and counter == newest and counter:
            if diff(self.now, self.tapped_at[counter]) <= VALID_MS:
                self.allowed.add(counter)
        return facts.VerdictGiven(Verdict(boot, counter, verdict, codes.REASON_GREEN, VALID_MS))

    def step(self):
        """Time, then a fact, then what must hold always."""
        gap_ms = (0, 1, 7, 60, 400, 2600)[self.chance.below(6)]
        self.wait(gap_ms)
        fact = self.next_fact()
        if isinstance(fact, (facts.LinkUp, facts.LinkDown)):
            self.link = isinstance(fact, facts.LinkUp)
        if isinstance(fact, facts.FireOff):
            assert self.relay_is_on()
        second = self.lane.state in TAKEN and isinstance(fact, (facts.CardSeen, facts.CardUnreadable))
        ordered = isinstance(fact, facts.Ordered) and fact.order.what == codes.ORDER_OPEN_ONCE
        self.by_key = isinstance(fact, facts.KeyTurned)
        self.by_staff = ordered or self.by_key
        if second:
            self.owed.append(getattr(fact, "card", None))
        self.tell(fact)
        self.by_staff = self.by_key = False
        self.durable = None
        self.judge_state()

    def judge_state(self):
        assert not self.lane._impaired & LANE, "a fact went astray"
        self.laid = [card for card in self.laid if any(card.number)]
        assert not self.laid or (len(self.laid) == 1 and self.lane.state in TAKEN + ANSWERED), "a card was kept"
        assert not self.owed or self.lane.state in TAKEN + ANSWERED, "somebody presented something and got no sign"
        assert self.shown == t.SIGNALS[self.lane.state]
        if self.relay_is_on():
            assert self.shown in (signals.GO, signals.FIRE)
        if self.locked:
            assert self.lane.state in LOCKED_STATES, "a locked lane is locked again when a passage has ended"
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
        self.tapped_at = {counter: at for counter, at in self.tapped_at.items() if counter >= newest}
        self.ended_taps = {counter for counter in self.ended_taps if counter + 4 > newest}
        self.completed, self.orders_given = [], 0
        del self.unanswered[:-8]


def walk(seed, events):
    """How many openings and wraps of the clock a walk over so many facts has seen."""
    bench = Walk(seed)
    wraps = 0
    for _ in range(events):
        before = bench.now
        bench.step()
        if bench.now < before:
            wraps += 1
    return bench.opens, wraps
