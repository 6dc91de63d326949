"""A gate's end and a house's, and between them somebody who holds the cable and knows every key.

Nothing is carried unless the script says so, and no random source is asked: what comes out follows from the script.
"""

import hashlib

from gatelink import events
from gatelink.gate_end import GateEnd
from gatelink.house_end import HouseEnd
from gatelink.keys import GateKeys, SessionKeys
from gatelink.limits import COUNTER_LIMIT, GATE_BODY_MAX_BYTES, HOUSE_BODY_MAX_BYTES
from gatelink.sealing import AAD, PROTECTED, nonce
from gatelink.ticks import add, diff
from link_pair import BAUD, CHAIN_KEY, IDENTITY, STATIC_KEY, OneGate, frames
from suites import gate_suite, house_suite

from .held import held
from .told import of

FLYING_MAX = 8  # frames on the cable in one direction; the oldest is lost
BURST_MAX = 8  # frames that an end sends at once
TO_HOUSE = 0
TO_GATE = 1
# An end holds one frame that is not whole yet; its own hello, answer and proof or the other's; keys, two sessions.
GATE_HOLDS_MAX_BYTES = HOUSE_BODY_MAX_BYTES * 2 + 1024
# Besides the frame under way a house keeps three hellos at most: asked, proven, in use.
HOUSE_HOLDS_MAX_BYTES = GATE_BODY_MAX_BYTES * 4 + 1024


def still(suite, salt):
    """The suite with a random source that says the same in each run."""
    drawn = [0]

    def random(size):
        drawn[0] += 1
        return hashlib.sha256(bytes((salt, drawn[0] & 0xFF, drawn[0] >> 8))).digest()[:size]

    suite.random = random
    return suite


class Between:
    """`told`: what happened, for people and for comparing."""

    def __init__(self, now=1000):
        self.now = now
        self.roster = OneGate()
        self.stored = None
        self.gate = GateEnd(GateKeys(IDENTITY, STATIC_KEY, 0, CHAIN_KEY), still(gate_suite(), 1), BAUD, 1, now)
        self.house = HouseEnd(self.roster, still(house_suite(), 2), BAUD, now)
        self.ends = (self.house, self.gate)  # by direction: who receives
        self.flying = ([], [])
        self.seen = []
        self.told = []
        self.keys = {}  # direction -> keys of the newest session that its receiver has made
        self.collect()

    # --- the cable ----------------------------------------------------------------------------------------

    def receive(self, to, data):
        """Bytes arrive at one end, whoever sent them."""
        self.ends[to].receive(data, self.now)
        self.collect()

    def inject(self, to, body):
        """A body in a frame of its own arrives."""
        self.receive(to, b"\0" + self.ends[to]._suite.stuff(body) + b"\0")

    def carry(self, to):
        """Everything that is on its way to one end arrives."""
        flying = list(self.flying[to])
        self.flying[to].clear()
        for frame in flying:
            self.receive(to, frame)

    def pass_time(self, ms):
        """Both look at the clock afterwards."""
        self.now = add(self.now, ms)
        for end in self.ends:
            end.receive(b"", self.now)
        self.collect()

    def store(self):
        """The gate's flash has kept the keys that it was given, if any."""
        if self.stored is not None:
            self.stored = None
            self.gate.keys_stored(self.now)
            self.collect()

    def kind(self, limit_ms):
        """Carry everything at once until both are up; whether that came within `limit_ms`."""
        end = add(self.now, limit_ms)
        while diff(end, self.now) > 0:
            self.store()
            self.carry(TO_HOUSE)
            self.carry(TO_GATE)
            if self.up() and self.gate._session.confirmed:
                return True
            self.pass_time(20)
        return False

    def up(self):
        """Whether both ends are in one session."""
        sessions = [end._session for end in self.ends]
        return None not in sessions and sessions[0].kid == sessions[1].kid

    # --- what is looked at after each step ----------------------------------------------------------------

    def collect(self):
        """Fetch what both ends say, to the program and to the cable."""
        for to, end in ((TO_GATE, self.house), (TO_HOUSE, self.gate)):
            self._fetch(end)
            found = frames(end.bytes_to_send(self.now))
            assert len(found) <= BURST_MAX, "an end answers with a few frames"
            for frame in found:
                self.flying[to].append(frame)
                self.seen.append((to, frame))
            while len(self.flying[to]) > FLYING_MAX:
                self.flying[to].pop(0)
            end.deadline()
        while len(self.seen) > FLYING_MAX:
            self.seen.pop(0)
        self._learn()
        assert held(self.gate) <= GATE_HOLDS_MAX_BYTES, "the gate's end holds no more than it needs"
        assert held(self.house) <= HOUSE_HOLDS_MAX_BYTES, "the house's end holds no more than it needs"

    def _fetch(self, end):
        event = end.next_event()
        while event is not None:
            self.told.append(("H " if end is self.house else "G ") + of(event))
            if isinstance(event, events.StoreKeys):
                assert event.count == self.gate._keys.count + 1, "keys advance one by one"
                self.stored = event
            elif isinstance(event, events.KeysAdvanced):
                assert event.count > self.roster.count, "the house's count never goes back"
                self.roster.count, self.roster.chain_key = event.count, event.chain_key
            self.heard(end, event)
            event = end.next_event()

    def heard(self, end, event):
        """For whoever wants to know."""

    # --- whoever knows the keys ---------------------------------------------------------------------------

    def _learn(self):
        gate, house = self.gate, self.house
        if gate._pending is not None:
            chain_key, hello, answer = bytes(gate._keys.chain_key), gate._hello_body, gate._answer_body
            if gate._next_chain_key == b"":
                self.keys[TO_GATE] = SessionKeys(chain_key, hello, answer)
        if house._proven is not None:
            proven = house._proven
            self.keys[TO_HOUSE] = SessionKeys(proven.chain_key, proven.hello_body, proven.answer_body)

    def sealed(self, to, counter, plain):
        """A body with `plain` under the newest keys of that end, None if it has none."""
        keys = self.keys.get(to)
        if keys is None:
            return None
        suite = self.ends[to]._suite
        key, iv = (keys.gate_key, keys.gate_iv) if to == TO_HOUSE else (keys.house_key, keys.house_iv)
        sealed = suite.cipher(key).seal(nonce(iv, counter), plain, AAD)
        size = 1 if counter < 0x100 else 2 if counter < 0x10000 else 3
        return suite.encode([PROTECTED, {4: keys.kid, 6: counter.to_bytes(size, "big")}, sealed])

    def session(self, to):
        """The session of that end that would take a frame under its newest keys."""
        keys, end = self.keys.get(to), self.ends[to]
        half_done = end._provisional if to == TO_HOUSE else end._pending
        for session in (end._session, half_done):
            if session is not None and keys is not None and session.kid == keys.kid:
                return session
        return None

    def next_counter(self, to):
        """The counter after the newest that this end has taken."""
        session = self.session(to)
        return 1 if session is None else min(session._opener._newest + 1, COUNTER_LIMIT - 1)

    def outcome(self):
        """Everything told, and what both ends counted."""
        found = list(self.told)
        for name, end in (("gate", self.gate), ("house", self.house)):
            counts = end.counters.__dict__
            found.append("%s %d %s" % (name, end._state, " ".join(["%d" % counts[count] for count in sorted(counts)])))
        return "; ".join(found)
