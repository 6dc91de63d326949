"""People and staff use a lane while somebody has its cable in his hands; a witness sees what every pulse was for."""

import contextlib

from gate import lane_table as t
from gate_bench import TO_GATE, TO_HOUSE
from gatelink import codes
from gatelink.gate_to_house import Tap
from gatelink.house_to_gate import Order, Verdict
from gatelink.limits import ORDER_FRESH_MS
from gatelink.ticks import PERIOD, diff
from hostile_frames import Forger
from link_pair import flip
from ram_flash import PowerCut
from tapped_bench import TappedBench, is_sealed

ANSWER_LIMIT_MS = 1500
LONGER_THAN_AN_ACKNOWLEDGEMENT = 32
WAYS = (TO_GATE,), (TO_HOUSE,), (TO_GATE, TO_HOUSE)
VERDICTS = codes.ALLOW, codes.DENY, codes.ALLOW, codes.REFER


class Witness(TappedBench):
    """Sees every pulse and what it was for, and every word that the house gave."""

    def __init__(self, now=1000):
        self.said = {}  # (boot, counter) of each tap -> (verdict, when its card was laid)
        self.ordered = {}  # order -> when it was given
        self.laid_at = 0
        self.opened_for = []
        self.verdict = codes.ALLOW
        super().__init__(now)
        self.answers = False  # `take` answers

    def power_up(self):
        super().power_up()
        self.chip.set_relays = self.set_relays

    def set_relays(self, released):
        if released and not self.chip.relay:
            staff = self.lane._reason == codes.REASON_STAFF
            key = ("order", self.lane._order_now) if staff else (self.journal.boot, self.lane._counter)
            self.opened_for.append((key, self.now))
        type(self.chip).set_relays(self.chip, released)

    def take(self, event):
        super().take(event)
        if isinstance(event, Tap) and self.house.is_up():
            assert (event.boot, event.counter) not in self.said, "a tap that was asked twice"
            self.said[event.boot, event.counter] = self.verdict, self.laid_at
            self.house.send(Verdict(event.boot, event.counter, self.verdict, codes.REASON_GREEN, 1500), self.now)

    def judge(self):
        """Every pulse had its own fresh word."""
        keys = [key for key, _ in self.opened_for]
        assert len(set(keys)) == len(keys), "opened twice for one word"
        for key, opened_at in self.opened_for:
            if key[0] == "order":
                assert diff(opened_at, self.ordered[key[1]]) <= ORDER_FRESH_MS, "opened for an old order"
            else:
                verdict, laid_at = self.said[key]
                assert verdict == codes.ALLOW, "opened for a refusal"
                assert diff(opened_at, laid_at) <= ANSWER_LIMIT_MS, "opened too late"
        assert self.chip.failures == []


class Siege:
    """Each step takes a number from 0 to 999, which says how it is done."""

    def __init__(self, now=1000):
        self.bench = Witness(now)
        self.seen = self.bench.tap.seen

    def live(self, steps):
        """Take the steps, then leave the cable alone until all is well again."""
        for name, number in steps:
            getattr(self, name)(number)
        bench = self.bench
        bench.tap.cut, bench.tap.holding, bench.tap.held = (), (), []
        bench.run_until(lambda: bench.end.is_up() and bench.house.is_up() and bench.journal.waiting() == 0, 40_000)

    # --- people -------------------------------------------------------------------------------------------

    def somebody_comes(self, number):
        bench = self.bench
        for _ in range(100):
            if bench.lane.state == t.S_IDLE:
                break
            bench.run(100)
        bench.verdict, bench.laid_at = VERDICTS[number % 4], bench.now
        bench.lay_card()
        bench.run(5 + number)

    def staff_opens(self, number):
        if self.bench.house.is_up():
            order = len(self.bench.ordered) + 1
            self.bench.ordered[order] = self.bench.now
            self.bench.house.send(Order(order, codes.ORDER_OPEN_ONCE), self.bench.now)
        self.bench.run(20)

    def time_passes(self, number):
        self.bench.run(5 * number)

    # --- mishaps ------------------------------------------------------------------------------------------

    def gate_starts_anew(self, number):
        self.bench.power_up()
        self.bench.run(number)

    def house_starts_anew(self, number):
        self.bench.start_house()
        self.bench.run(number)

    def power_fails_in_the_ratchet(self, number):
        """The gate starts, and loses its power again in an operation on the key partition."""
        flash = self.bench.keys_flash
        flash.operations, flash.cut_at, flash.torn = 0, 1 + number % 3, number % 64

        def fails(_part, failure):
            if isinstance(failure, PowerCut):
                raise failure

        self.bench.power_up()
        self.bench.supervisor._crashed = fails
        with contextlib.suppress(PowerCut):
            self.bench.run(300)
        flash.cut_at = 0
        self.bench.power_up()

    def clock_steps(self, number):
        """Both ends' clocks jump, back or forth."""
        self.bench.now = (self.bench.now + (number - 500) * 40) % PERIOD

    # --- whoever holds the cable --------------------------------------------------------------------------

    def cuts(self, number):
        self.bench.tap.cut = WAYS[number % 3]
        self.bench.run(4 * number)

    def mends(self, number):
        self.bench.tap.cut = ()
        self.bench.run(number)

    def holds(self, number):
        self.bench.tap.holding, self.bench.tap.held_from_bytes = WAYS[number % 3], 0

    def holds_verdicts_and_orders(self, number):
        """Acknowledgements pass, so that the session lives on."""
        self.bench.tap.holding, self.bench.tap.held_from_bytes = (TO_GATE,), LONGER_THAN_AN_ACKNOWLEDGEMENT

    def lets_go(self, number):
        if number % 2:
            self.bench.tap.held.reverse()
        self.bench.tap.let_go()
        self.bench.run(5)

    def replays(self, number):
        if self.seen:
            start = number * len(self.seen) // 1000
            self.bench.replay(self.seen[start : start + number % 12 + 1])

    def replays_the_newest(self, number):
        self.bench.replay(self.seen[-(number % 12) - 1 :])

    def replays_handshakes(self, number):
        """To a house that has perhaps forgotten."""
        clear = [(way, frame) for way, frame in self.seen if not is_sealed(frame)]
        self.bench.replay(clear[-20:])

    def sends_back_where_it_came_from(self, number):
        for way, frame in self.seen[-(number % 5) - 1 :]:
            self.bench.tap.inject(TO_GATE if way == TO_HOUSE else TO_HOUSE, frame)
        self.bench.run(5)

    def replays_with_a_bit_changed(self, number):
        for way, frame in self.seen[-(number % 5) - 1 :]:
            self.bench.tap.inject(way, flip(frame, number % (8 * len(frame))))
        self.bench.run(5)

    def forges(self, number):
        session = self.bench.end._session
        frames = Forger(number + 1, self.bench.roster.count).everything(session.kid if session else b"xx")
        self.bench.tap.inject(WAYS[number % 2][0], frames[number % len(frames)])
        self.bench.run(5)


PEOPLE = "somebody_comes", "staff_opens", "time_passes"
MISHAPS = "gate_starts_anew", "house_starts_anew", "power_fails_in_the_ratchet"
ATTACKS = (
    "cuts",
    "mends",
    "holds",
    "holds_verdicts_and_orders",
    "lets_go",
    "replays",
    "replays_the_newest",
    "replays_handshakes",
    "sends_back_where_it_came_from",
    "replays_with_a_bit_changed",
    "forges",
)
