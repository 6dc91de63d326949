"""One lane on virtual time: gate, cable, gatehouse, people, and the checker that watches all of it."""

from pathlib import Path
from random import Random

from gate.lane_table import S_IDLE
from gatehouse.foreign_number import icao_check_digit
from gatehouse.number_parts import check_digit
from gatehouse.settings import LaneSettings
from gatehouse.status import Colour
from gatelink import codes
from gatelink.ticks import PERIOD
from gatetools.sim.checker import Checker

from .cable import TO_GATE, TO_HOUSE, Cable
from .clockwork import Clockwork
from .gate_post import GatePost
from .house_post import BEGIN_S, LANE, Disk, HousePost

BAUD = 115200
TALK_LIMIT_MS = 60_000
SETTLE_LIMIT_MS = 60_000
ANSWER_LIMIT_MS = 1500
# Beams of a person who walks through: milliseconds after the relay, entry beam broken, exit beam broken.
WALK = ((150, True, False), (250, True, True), (350, False, True), (450, False, False))
RULES = LaneSettings(), LaneSettings(pulse_ms=250, second_card="wait", passage_limit_ms=12_000, refused_ms=2000)
TURN_BACK = ((150, True, False), (400, False, False))


def number(first: str) -> bytes:
    """A synthetic number with its check digit."""
    text = first.encode()
    return text + (b"%d" % icao_check_digit(text) if text[:1].isalpha() else bytes([check_digit(text)]))


# One of each kind of card: (CARD_ code, number). The foreigners come from where nobody lives.
MAY_PASS = (
    (codes.CARD_RESIDENT, number("11010119900101001")),
    (codes.CARD_HMT_PERMIT, number("81000019900101001")),
    (codes.CARD_FOREIGN_2017, number("ATA11009001011")),
    (codes.CARD_FOREIGN_2023, number("91101019900101001")),
)
MAY_NOT = (
    (codes.CARD_RESIDENT, number("11010119900101003")),
    (codes.CARD_HMT_PERMIT, number("82000019900101003")),
    (codes.CARD_FOREIGN_2017, number("BVT11009001013")),
    (codes.CARD_FOREIGN_2023, number("91107419900101003")),
)


class World:
    """Made from a seed: everything that happens in it follows from that."""

    def __init__(self, folder: Path, seed: str) -> None:
        self.random = Random(seed)
        # One world in four sees the clocks of both ends wrap.
        start_ms = PERIOD - self.random.randrange(60_000 if self.random.random() < 0.25 else PERIOD)
        self.clockwork = Clockwork(start_ms)
        self.checker = Checker(BEGIN_S - start_ms / 1000)
        self.pulses = 0
        self.orders = 0
        self.obeyed = 0
        keys = self.random.randbytes(8), self.random.randbytes(32), self.random.randbytes(32)
        self.swipes = 0
        people = {number: Colour.GREEN for _, number in MAY_PASS} | {number: Colour.RED for _, number in MAY_NOT}
        self.disk = Disk(folder, keys, people)
        self.cable = Cable(self.clockwork, BAUD)
        to_house, to_gate = self.cable.directions[TO_HOUSE], self.cable.directions[TO_GATE]
        self.gate = GatePost(
            self.clockwork, self.random, BAUD, keys, lambda data: self.cable.put(TO_HOUSE, data), self._edge
        )
        self.house = HousePost(self.clockwork, self.random, BAUD, self.disk, lambda data: self.cable.put(TO_GATE, data))
        self.gate.power_lost = lambda: self.checker.power_lost(LANE, self.us)
        to_house.taker, to_gate.taker = self.house.receive, self.gate.receive

    def begin(self) -> None:
        """Everything is switched on and comes up."""
        self.house.start()
        self.gate.power_on()
        assert self.settle(), "a world without a fault does not come up"

    def close(self) -> None:
        """Let go of its files."""
        self.disk.close()

    @property
    def us(self) -> int:
        """The moment as the checker counts it."""
        return self.clockwork.ms * 1000

    # --- people -------------------------------------------------------------------------------------------

    def swipe(self, *, may_pass: bool) -> None:
        """A traveller lays a card on the reader; the next one has one of another kind."""
        if self.gate.on:
            self.checker.card_read(LANE, self.us, may_pass=may_pass)
            self.gate.lay_card(*(MAY_PASS if may_pass else MAY_NOT)[self.swipes % len(MAY_PASS)])
            self.swipes += 1

    def order_open(self) -> None:
        """A member of staff opens once: that allows one pulse, like a card."""
        # The process may die when it has given the order: the gate obeys all the same.
        if self.house.alive and self.house.end.is_up():
            self.orders += 1
            self.checker.card_read(LANE, self.us, may_pass=True)
            self.house.order(codes.ORDER_OPEN_ONCE, self.orders)

    def change_rules(self) -> None:
        """The settings of the lane change: both messages of them, there and back."""
        changed = self.house.rules.passage_limit_ms == RULES[0].passage_limit_ms
        self.house.change_rules(RULES[changed])

    def orders_findings(self) -> "list[str]":
        """What is wrong with the orders so far: each opens once at most, and not at all where its outcome says so."""
        outcomes = self.house.outcomes
        done = sum(codes.COMPLETION_DONE in told for told in outcomes.values())
        found = []
        if any(len(told) > 1 or not 1 <= number <= self.orders for number, told in outcomes.items()):
            found.append("an order has two outcomes, or was never given")
        if self.obeyed + len(outcomes) - done > self.orders:
            found.append("an order has opened twice, or against its outcome")
        if done > self.obeyed:
            found.append("an order is told as done that has opened nothing")
        return found

    def rules_agree(self) -> bool:
        """Whether the gate runs its lane as the gatehouse's settings say."""
        chosen = self.gate.lane.settings
        return all(
            getattr(chosen, name) == getattr(message, name)
            for message in self.house.rules.messages()
            for name in message.FIELDS
        )

    def _edge(self, on: bool) -> None:
        self.checker.relay(LANE, self.us, active=on)
        if on:
            self.pulses += 1
            self.obeyed += self.gate.lane._reason == codes.REASON_STAFF
            draw = self.random.random()
            for wait_ms, entry, exit_ in () if draw < 0.05 else TURN_BACK if draw < 0.15 else WALK:
                self.clockwork.after(wait_ms, lambda entry=entry, exit_=exit_: self.gate.beams(entry, exit_))

    # --- the state of things ------------------------------------------------------------------------------

    def talking(self) -> bool:
        """Whether both ends share a session and nothing that one of them said is unheard."""
        if not (self.gate.on and self.house.alive and self.house.plugged and self.cable.whole):
            return False
        ends = self.gate.end._session, self.house.end._session
        if ends[0] is None or ends[1] is None or ends[0].kid != ends[1].kid or not ends[0].confirmed:
            return False
        return not any(end.delivery.outstanding(channel) for end in ends for channel in (0, 1))

    def heard_since(self, moment_ms: int) -> bool:
        """Whether besides each end has heard the other after that moment."""
        quiet_ms = self.clockwork.ms - moment_ms
        return self.talking() and all(
            end._session.quiet_ms(self.clockwork.ticks()) < quiet_ms for end in (self.gate.end, self.house.end)
        )

    def settled(self) -> bool:
        """Whether besides the lane waits for its next traveller and the ledger has everything."""
        return self.talking() and self.gate.journal.waiting() == 0 and self.gate.lane.state == S_IDLE

    def settle(self) -> bool:
        """Let time pass until it is; False if that never comes."""
        return self.clockwork.run_until(self.settled, SETTLE_LIMIT_MS)
