"""Whatever somebody does to the cable, the lane opens for nothing but the house's own word on the tap before it."""

import os

from gate import lane_table as t
from gate_bench import TO_GATE, TO_HOUSE
from gatelink import codes
from gatelink.gate_to_house import Tap
from gatelink.house_to_gate import Order, Verdict
from gatelink.limits import ORDER_FRESH_MS
from gatelink.ticks import diff
from hostile_frames import Forger
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from link_pair import flip
from tapped_bench import TappedBench

ANSWER_LIMIT_MS = 1500
WAYS = st.sampled_from([(TO_GATE,), (TO_HOUSE,), (TO_GATE, TO_HOUSE)])
WHICH = st.integers(0, 1 << 20)


class Witness(TappedBench):
    """Sees every pulse and what it was for, and every word that the house gave."""

    def __init__(self):
        self.said = {}  # (boot, counter) of each tap -> (verdict, when its card was laid)
        self.ordered = {}  # order -> when it was given
        self.laid_at = 0
        self.opened_for = []
        self.verdict = codes.ALLOW
        super().__init__()

    def power_up(self):
        super().power_up()
        self.chip.set_relay = self.set_relay

    def set_relay(self, on):
        if on and not self.chip.relay:
            staff = self.lane._reason == codes.REASON_STAFF
            key = ("order", self.lane._order_now) if staff else (self.journal.boot, self.lane._counter)
            self.opened_for.append((key, self.now))
        type(self.chip).set_relay(self.chip, on)

    def take(self, event):
        super().take(event)
        if isinstance(event, Tap) and self.house.is_up():
            assert (event.boot, event.counter) not in self.said, "a tap that was asked twice"
            self.said[event.boot, event.counter] = self.verdict, self.laid_at
            self.house.send(Verdict(event.boot, event.counter, self.verdict, codes.REASON_GREEN, 1500), self.now)


class Siege(RuleBasedStateMachine):
    """People and staff use a lane while somebody has the cable in his hands."""

    def __init__(self):
        super().__init__()
        self.bench = Witness()
        self.bench.answers = False  # the witness answers
        self.bench.bring_up()
        self.orders = 0

    # --- people -------------------------------------------------------------------------------------------

    @rule(verdict=st.sampled_from([codes.ALLOW, codes.ALLOW, codes.DENY, codes.REFER]), wait_ms=st.integers(1, 4000))
    def somebody_comes(self, verdict, wait_ms):
        self.bench.verdict = verdict
        if self.bench.lane.state == t.S_IDLE:
            self.bench.laid_at = self.bench.now
            self.bench.lay_card()
        self.bench.run(wait_ms)

    @rule()
    def staff_opens(self):
        if self.bench.house.is_up():
            self.orders += 1
            self.bench.ordered[self.orders] = self.bench.now
            self.bench.house.send(Order(self.orders, codes.ORDER_OPEN_ONCE), self.bench.now)
        self.bench.run(20)

    @rule(ms=st.sampled_from([5, 50, 500, 3000, 8000]))
    def time_passes(self, ms):
        self.bench.run(ms)

    @rule()
    def gate_starts_anew(self):
        self.bench.power_up()
        self.bench.run(5)

    @rule()
    def house_starts_anew(self):
        self.bench.start_house()
        self.bench.run(5)

    # --- the other one ------------------------------------------------------------------------------------

    @rule(which=WHICH, count=st.integers(1, 12))
    def replays(self, which, count):
        seen = self.bench.tap.seen
        start = which % max(1, len(seen))
        self.bench.replay(seen[start : start + count])

    @rule(which=WHICH)
    def sends_a_frame_back_where_it_came_from(self, which):
        way, frame = self.bench.tap.seen[which % len(self.bench.tap.seen)]
        self.bench.tap.inject(TO_GATE if way == TO_HOUSE else TO_HOUSE, frame)
        self.bench.run(5)

    @rule(which=WHICH, bit=WHICH)
    def replays_with_a_bit_changed(self, which, bit):
        way, frame = self.bench.tap.seen[which % len(self.bench.tap.seen)]
        self.bench.tap.inject(way, flip(frame, bit % (8 * len(frame))))
        self.bench.run(5)

    @rule(ways=WAYS)
    def cuts(self, ways):
        self.bench.tap.cut = ways

    @rule()
    def mends(self):
        self.bench.tap.cut = ()
        self.bench.run(20)

    @rule(ways=WAYS)
    def holds(self, ways):
        self.bench.tap.holding = ways

    @rule(backwards=st.booleans())
    def lets_go(self, backwards):
        if backwards:
            self.bench.tap.held.reverse()
        self.bench.tap.let_go()
        self.bench.run(5)

    @rule(way=st.sampled_from([TO_GATE, TO_HOUSE]), which=WHICH)
    def forges(self, way, which):
        session = self.bench.end._session
        frames = Forger(which + 1, self.bench.roster.count).everything(session.kid if session else b"xx")
        self.bench.tap.inject(way, frames[which % len(frames)])
        self.bench.run(5)

    # --- what must hold -----------------------------------------------------------------------------------

    @invariant()
    def every_pulse_had_its_own_fresh_word(self):
        keys = [key for key, _ in self.bench.opened_for]
        assert len(set(keys)) == len(keys), "opened twice for one word"
        for key, opened_at in self.bench.opened_for:
            if key[0] == "order":
                assert diff(opened_at, self.bench.ordered[key[1]]) <= ORDER_FRESH_MS, "an old order"
            else:
                verdict, laid_at = self.bench.said[key]
                assert verdict == codes.ALLOW, "opened for a refusal"
                assert diff(opened_at, laid_at) <= ANSWER_LIMIT_MS, "opened too late"
        assert self.bench.chip.failures == []

    def teardown(self):
        """It comes back when the cable is left alone, and nothing that happened is missing."""
        bench = self.bench
        note(f"{len(bench.opened_for)} pulses, {len(bench.tap.seen)} frames")
        bench.tap.cut, bench.tap.holding, bench.tap.held = (), (), []
        bench.run_until(lambda: bench.end.is_up() and bench.house.is_up() and bench.journal.waiting() == 0, 30_000)
        openings = [entry for entry in bench.ledger if entry[0] == codes.REPORT_OPENING]
        assert len(openings) == len(bench.opened_for)


TestSiege = Siege.TestCase
TestSiege.settings = settings(
    max_examples=int(os.environ.get("SIEGES", "20")),
    stateful_step_count=40,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
