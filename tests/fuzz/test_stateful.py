"""A gate and a house, and between them somebody who holds the cable but no key: any order of anything he can do.

What each program is given was sent by the other, once and in order; and as soon as he lets go, both talk again.
"""

from gatelink import codes
from gatelink.gate_end import GateEnd
from gatelink.gate_to_house import Report, Tap
from gatelink.handshake import ANSWER, HELLO, PROOF, WHO
from gatelink.house_end import HouseEnd
from gatelink.house_to_gate import Cursor, Order, Verdict
from gatelink.keys import GateKeys
from gatelink.message import Message
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from link_pair import BAUD, CHAIN_KEY, IDENTITY, STATIC_KEY
from suites import gate_suite, house_suite

from fuzz.targets.between import TO_GATE, TO_HOUSE, Between, still

NUMBER = b"11010519491231002X"
BACK_MS = 4000
ANSWERED_MS = 1000

ways = st.sampled_from([TO_HOUSE, TO_GATE])
pieces = st.binary(min_size=1, max_size=60)


class World(Between):
    """The cable, with power cuts; checks what is heard against what was said."""

    def __init__(self):
        self.flash = GateKeys(IDENTITY, STATIC_KEY, 0, CHAIN_KEY)
        self.boots = 1
        self.said = {TO_HOUSE: [], TO_GATE: []}
        self.given = {TO_HOUSE: [], TO_GATE: []}
        super().__init__()

    def send(self, to, message):
        """One end's program sends; False if its end does not take it now."""
        end = self.ends[1 - to]
        if not end.is_up() or not (message.URGENT or end.can_send_bulk()):
            return False
        end.send(message, self.now)
        self.said[to].append(message.to_array())
        self.collect()
        return True

    def heard(self, end, event):
        if not isinstance(event, Message) or type(event).__name__ == "Heartbeat":
            return
        to = TO_HOUSE if end is self.house else TO_GATE
        array = event.to_array()
        assert array in self.said[to], "what is heard was said"
        place = self.said[to].index(array)
        before = [self.said[to].index(other) for other in self.given[to] if other[0] == array[0]]
        assert all(place > other for other in before), "once, and in order"
        self.given[to].append(array)

    def store(self):
        if self.stored is not None:
            self.flash.advance(self.stored.count, self.stored.chain_key)
        super().store()

    def cut_power(self):
        """The gate starts anew from its flash."""
        self.boots += 1
        keys = GateKeys(IDENTITY, STATIC_KEY, self.flash.count, bytes(self.flash.chain_key))
        self.gate = GateEnd(keys, still(gate_suite(), 2 * self.boots), BAUD, self.boots, self.now)
        self.stored = None
        self._replaced()

    def kill_house(self):
        """The house starts anew from its roster."""
        self.boots += 1
        self.house = HouseEnd(self.roster, still(house_suite(), 2 * self.boots + 1), BAUD, self.now)
        self._replaced()

    def _replaced(self):
        self.ends = (self.house, self.gate)
        self.keys.clear()
        self.collect()


class HeldCable(RuleBasedStateMachine):
    """Programs that send, time that passes, and whoever holds the cable."""

    def __init__(self):
        super().__init__()
        self.world = World()
        self.number = 0

    def following(self):
        self.number += 1
        return self.number

    # --- the two programs ---------------------------------------------------------------------------------

    @rule()
    def tap(self):
        self.world.send(TO_HOUSE, Tap(1, self.following(), codes.CARD_RESIDENT, NUMBER, 20301231, 0))

    @rule()
    def report(self):
        self.world.send(TO_HOUSE, Report(self.following(), codes.REPORT_PASSED, 1, 1, 0, 0))

    @rule()
    def verdict(self):
        self.world.send(TO_GATE, Verdict(1, self.following(), codes.ALLOW, codes.REASON_GREEN, 1500))

    @rule()
    def order(self):
        self.world.send(TO_GATE, Order(self.following(), codes.ORDER_OPEN_ONCE))

    @rule()
    def cursor(self):
        self.world.send(TO_GATE, Cursor(self.following()))

    @rule()
    def keys_are_durable(self):
        self.world.store()

    @rule(ms=st.sampled_from([1, 10, 30, 70, 250, 1000, 4000]))
    def time_passes(self, ms):
        self.world.pass_time(ms)

    @rule()
    def gate_loses_power(self):
        self.world.cut_power()

    @rule()
    def house_is_killed(self):
        self.world.kill_house()

    # --- whoever holds the cable --------------------------------------------------------------------------

    @rule(to=ways)
    def lets_through(self, to):
        self.world.carry(to)

    @rule(ms=st.integers(0, 1500))
    def is_kind_for_a_while(self, ms):
        self.world.kind(ms)

    @rule(to=ways)
    def drops(self, to):
        self.world.flying[to].clear()

    @rule(to=ways)
    def reverses(self, to):
        self.world.flying[to].reverse()

    @precondition(lambda self: self.world.seen)
    @rule(data=st.data())
    def replays(self, data):
        _, frame = data.draw(st.sampled_from(self.world.seen))
        self.world.receive(data.draw(ways), frame)

    @precondition(lambda self: self.world.seen)
    @rule(data=st.data())
    def changes(self, data):
        to, frame = data.draw(st.sampled_from(self.world.seen))
        changed = bytearray(frame)
        changed[data.draw(st.integers(0, len(frame) - 1))] ^= data.draw(st.integers(1, 255))
        self.world.receive(to, bytes(changed))

    @rule(to=ways, piece=pieces)
    def puts_noise(self, to, piece):
        self.world.receive(to, piece)

    @rule(to=ways, body=pieces)
    def makes_a_frame(self, to, body):
        self.world.inject(to, body)

    @rule(nonce=st.binary(min_size=16, max_size=16), ahead=st.integers(-1, 3))
    def says_hello_in_the_gates_name(self, nonce, ahead):
        count = max(0, self.world.roster.count + ahead)
        self._clear(TO_HOUSE, [HELLO, IDENTITY, nonce, count, [1, 1]])

    @rule(nonce=st.binary(min_size=16, max_size=16))
    def answers_in_the_houses_name(self, nonce):
        self._clear(TO_GATE, [ANSWER, nonce, [1], nonce])

    @rule(proof=st.binary(min_size=16, max_size=16))
    def claims_a_proof(self, proof):
        self._clear(TO_HOUSE, [PROOF, proof])

    @rule()
    def asks_who_is_there(self):
        self._clear(TO_GATE, [WHO])

    def _clear(self, to, array):
        self.world.inject(to, self.world.house._suite.encode(array))

    # --- he lets go ---------------------------------------------------------------------------------------

    def teardown(self):
        """Whatever was done, a traveller who comes now is answered."""
        world = self.world
        assert world.kind(BACK_MS), "both ends talk again"
        assert world.roster.count <= world.flash.count, "the house is never ahead of the gate"
        # A WHO that is being believed at this moment ends the session, and with it one question: it is asked again.
        assert self._is_answered() or self._is_answered(), "a tap arrives, and so does its answer"

    def _is_answered(self):
        asked = Tap(1, self.following(), codes.CARD_RESIDENT, NUMBER, 20301231, 0)
        answer = Verdict(1, asked.counter, codes.ALLOW, codes.REASON_GREEN, 1500)
        return self._arrives(TO_HOUSE, asked) and self._arrives(TO_GATE, answer)

    def _arrives(self, to, message):
        world = self.world
        for _ in range(ANSWERED_MS // 20):
            if message.to_array() in world.given[to]:
                return True
            if message.to_array() not in world.said[to]:
                world.send(to, message)
            world.store()
            world.carry(TO_HOUSE)
            world.carry(TO_GATE)
            world.pass_time(20)
        return False


HeldCable.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_whoever_holds_the_cable_changes_nothing_that_is_heard = HeldCable.TestCase
