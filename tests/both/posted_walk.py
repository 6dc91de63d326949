"""A gate's conductor, lane, relays and journal under random facts, the power failing in random writes.

The house is the other end of the journal only. It is asked at the end: every opening that the relays have shown has its
entry and exactly one outcome there, under its own tap, and nothing is entered twice.
"""

from gate import facts
from gate import lane_table as t
from gate.conductor import Conductor
from gate.fire import FIRE_MS
from gate.indicators import Indicators
from gate.journal import Journal
from gate.lane import Lane
from gate.turnstile import Turnstile
from gatelink import codes
from gatelink.house_to_gate import Order, Verdict
from gatelink.ticks import PERIOD, add
from journal_history import settle, told
from lane_bench import OUTCOMES
from lane_walk import BEAMS, LOCKED_STATES, OUT_OF_THE_WAY, SIDES, SIMPLE, VALID_MS, Chance, drawn_settings
from ram_flash import PowerCut, RamFlash
from synthetic_card import a_card

REMEDIES = (
    lambda: facts.Ordered(Order(1, codes.ORDER_RESUME)),
    lambda: facts.BeamBlocked(0),
    lambda: facts.ReaderFault(codes.FAULT_READER_BACK, 0),
)
LEDGER_MAX = 400  # entries until the house looks at them and forgets them


class PowerOff(BaseException):
    """No part of the firmware survives to catch it."""


class FailingFlash(RamFlash):
    """Now and then a write does not come about, or the power fails in the middle of it."""

    def __init__(self, blocks, chance):
        super().__init__(blocks, seed=1 + chance.below(1000))
        self.chance = chance
        self.sound = True

    def write(self, block, offset, data):
        luck = 0 if self.sound else self.chance.below(300)
        if luck == 1:
            raise OSError(5)
        if luck == 2:
            data = bytes(len(data))  # it keeps something else
        if luck == 3:
            self.cut_at = self.operations + 1
        super().write(block, offset, data)
        if luck == 4:
            raise OSError(5)  # and yet it lies there

    def erase(self, block):
        if not self.sound and self.chance.below(20) == 0:
            self.cut_at = self.operations + 1
        super().erase(block)

    def _change(self, *change):
        try:
            super()._change(*change)
        except PowerCut:
            raise PowerOff


class Pins:
    """Stands for `hal`. `edge(relays)` is told of every change of the relays."""

    def __init__(self, edge):
        self.edge = edge
        self.relays = 0
        self.alarm = False

    def set_relays(self, released):
        if released != self.relays:
            before, self.relays = self.relays, released
            self.edge(before, released)

    def fire(self):
        return self.alarm

    fire_stands = fire

    def collect(self):
        return None


class Script:
    """Stands for the uplink: hands the next facts out, and keeps the last question."""

    def __init__(self):
        self.found = []
        self.asked = 0
        self.settings_offered = []

    def receive(self, now):
        found, self.found = self.found, []
        return found

    def ask(self, boot, order, now):
        self.asked = order.counter
        order.card.wipe()

    def frames(self):
        return self.asked

    def nothing(self, *_, **__):
        return None

    complete = fault = ended = trace = transmit = idle = deadline = nothing


class PostedWalk:
    """A gate at its post. The seed draws the settings and everything that happens."""

    def __init__(self, seed):
        self.chance = Chance(seed)
        self.settings = drawn_settings(self.chance)
        self.now = PERIOD - 1000000
        self.flash = FailingFlash(3 + self.chance.below(2), self.chance)
        self.ledger = []
        self.ledger_begins = 0
        self.opened = {}  # (boot, counter) of openings that the relays have shown and the house has no outcome of
        self.entered = {}  # of openings that it has, and no outcome yet
        self.away = 0
        self.cuts = self.opens = self.outcomes = self.full = 0
        self.powered = False
        self.by_key = False  # the fact of this step is a key that is turned
        self.power_up()

    # --- the gate -----------------------------------------------------------------------------------------

    def power_up(self):
        """Until it holds: the power may fail in a start too."""
        self.powered = False
        while not self.powered:
            self.flash.cut_at = 0
            self.pins = Pins(self.edge)
            try:
                self.journal = Journal(self.flash, 1)
                self.script = Script()
                self.script.found.append(facts.LinkUp())
                self.lane = Lane(self.journal.boot, self.settings, self.now, self.journal.locked())
                self.powered = True
                self.conductor = Conductor(
                    self.pins,
                    self.lane,
                    [],
                    Turnstile(self.settings, self.now),
                    Indicators(self.now),
                    self.script,
                    self.journal,
                    self.now,
                )
            except PowerOff:
                self.powered = False
                self.cuts += 1
        assert self.lane.state == t.S_LOCKED or not self.journal.locked(), "a lock was lost in a power cut"
        self.flash.sound = False

    def edge(self, before, released):
        """A relay has changed: the record of it lies in the flash already, readable by whoever starts now."""
        if not released & ~before or self.pins.alarm or self.conductor._fire.stands:
            return
        if self.lane.state == t.S_HELD or (self.holding() and not before):
            return
        tap = self.journal.boot, self.lane._counter
        assert self.journal._going_on.counter == tap[1], "a relay without the record of its opening"
        assert tap not in self.opened, "one tap, one opening"
        assert self.by_key or not self.lane._lock_ordered, "only the key opens a locked lane"
        self.opened[tap] = True
        self.opens += 1

    def holding(self):
        return self.journal._going_on.lasting & 1

    # --- one step -----------------------------------------------------------------------------------------

    def step(self):
        """Time, a fact, a pass of the gate, and at times the house."""
        self.now = add(self.now, (0, 1, 7, 60, 400, 2600)[self.chance.below(6)])
        fact = self.next_fact()
        if fact is not None:
            self.script.found.append(fact)
        self.by_key = isinstance(fact, facts.KeyTurned)
        conductor = self.conductor
        try:
            conductor.watch_fire(self.now)
            conductor.read_link(self.now)
            conductor.let_time_pass(self.now)
            conductor.rest(self.now)
        except PowerOff:
            self.cuts += 1
            self.power_up()
        assert self.lane.state in LOCKED_STATES or not self.lane._lock_ordered, "a lock was forgotten"
        self.full += not self.journal.ready()
        if self.away:
            self.away -= 1
        elif self.chance.below(6) == 0:
            self.house_takes()

    def next_fact(self):
        pick = self.chance.below(1000)
        if pick < 4 or (self.pins.alarm and pick < 300):
            self.pins.alarm = not self.pins.alarm
            self.now = add(self.now, FIRE_MS)
            return None
        if pick < 5:
            self.away = self.chance.below(1500)
        if self.lane.state in OUT_OF_THE_WAY and pick < 500:
            return REMEDIES[pick % 3]()
        if pick < 250:
            return facts.CardSeen(a_card(), self.chance.below(50))
        if pick < 530:
            verdict = (codes.ALLOW, codes.ALLOW, codes.ALLOW, codes.DENY, codes.REFER)[self.chance.below(5)]
            tap = max(0, self.script.asked - (self.chance.below(8) == 0))
            return facts.VerdictGiven(Verdict(self.journal.boot, tap, verdict, codes.REASON_GREEN, VALID_MS))
        if pick < 600:
            return facts.Ordered(Order(1, 1 + self.chance.below(4)))
        if pick < 780:
            return BEAMS[self.chance.below(len(BEAMS))](SIDES[self.chance.below(len(SIDES))])
        if pick < 790:
            return facts.BeamBlocked(1)
        if pick < 850:
            return REMEDIES[self.chance.below(3)]()
        return SIMPLE[self.chance.below(len(SIMPLE))]()

    def house_takes(self):
        """It commits what it is told, and looks at it when it has much."""
        journal = self.journal
        journal.passed(self.committed())
        for _ in range(1 + self.chance.below(12)):
            report = journal.next_report()
            if report is None:
                break
            self.commit(report.index, report.what, report.boot, report.counter, report.detail)
            if self.chance.below(8):
                journal.passed(report.index)
        if len(self.ledger) > LEDGER_MAX:
            self.judge(False)

    def committed(self):
        return self.ledger_begins + len(self.ledger)

    def commit(self, index, what, boot, counter, detail):
        """As the gatehouse does it: what it has is not entered again."""
        if index > self.committed():
            assert index == self.committed() + 1, "a gap"
            self.ledger.append((what, boot, counter, detail))

    # --- the end ------------------------------------------------------------------------------------------

    def finish(self):
        """The power goes once more, the flash is sound, and the house takes everything."""
        self.flash.sound = True
        self.flash.cut_at = 0
        self.pins.alarm = False
        journal = Journal(self.flash, 1)
        journal.passed(self.committed())
        settle(journal)
        for index, what, boot, counter, detail in told(journal):
            self.commit(index, what, boot, counter, detail)
        settle(journal)
        for index, what, boot, counter, detail in told(journal):
            self.commit(index, what, boot, counter, detail)
        self.judge(True)
        return self

    def judge(self, final):
        """What the house has committed, against what the relays have shown. final: nothing is under way any more."""
        ends = {}
        for what, boot, counter, _ in self.ledger:
            tap = boot, counter
            if what == codes.REPORT_OPENING:
                assert tap not in self.entered, "an opening twice"
                self.entered[tap] = True
            elif what in OUTCOMES and counter:
                assert tap in self.entered, "an outcome of no opening"
                assert tap not in ends, "two outcomes of one opening"
                ends[tap] = True
        for tap in ends:
            del self.entered[tap]
            self.opened.pop(tap, None)
        if final:
            assert not self.entered, "an opening without outcome"
            assert not self.opened, "a relay has opened, and the ledger does not know"
        self.outcomes += len(ends)
        self.ledger_begins = self.committed()
        self.ledger = []


def walk(seed, events):
    """A walk over so many facts, judged."""
    bench = PostedWalk(seed)
    for _ in range(events):
        bench.step()
    return bench.finish()
