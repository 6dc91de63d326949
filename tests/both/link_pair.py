"""Two ends of the link, a wire between them and a clock that only moves when told: no port, no sleep.

The wire delivers each byte at its time for the baud rate. `tamper(direction, frame, index)` may change, drop
(return b"") or multiply the bytes of any frame; direction is "g>h" or "h>g", index counts frames of that direction.
"""

from gatelink import codes, events
from gatelink.errors import Refused
from gatelink.gate_end import GateEnd
from gatelink.gate_to_house import Tap
from gatelink.house_end import HouseEnd
from gatelink.house_to_gate import Verdict
from gatelink.keys import GateKeys, HouseKeys
from gatelink.roster import Roster
from gatelink.ticks import add, diff
from suites import gate_suite, house_suite

IDENTITY = b"GATE-A1."
STATIC_KEY = bytes(range(32))
CHAIN_KEY = bytes(range(32, 64))
BAUD = 115200
TAP = (1, 7, codes.CARD_RESIDENT, b"11010519491231002X", 20301231, 3)


class OneGate(Roster):
    """A roster that knows one gate and keeps what the house is told to keep."""

    def __init__(self, static_key=STATIC_KEY, count=0, chain_key=CHAIN_KEY, identity=IDENTITY):
        self.identity = identity
        self.static_key = static_key
        self.count = count
        self.chain_key = chain_key
        self.refusal = None

    def keys_of(self, identity):
        if identity != self.identity:
            raise Refused(1)
        if self.refusal is not None:
            raise Refused(self.refusal)
        return HouseKeys(self.static_key, self.count, self.chain_key)


class Pair:
    """A gate and a house on one line. `gate_events` and `house_events` collect what both were told."""

    def __init__(self, tamper=None, now=1000, roster=None, gate_keys=None, baud=BAUD, store=True):
        self.now = now
        self.baud = baud
        self.tamper = tamper
        self.store = store
        self.roster = roster or OneGate()
        # What lies in the gate's flash survives a power cut; the end itself does not.
        self.flash = gate_keys or GateKeys(IDENTITY, STATIC_KEY, 0, CHAIN_KEY)
        self.boots = 0
        self.gate_events = []
        self.house_events = []
        self.sent = {"g>h": [], "h>g": []}
        self.stored = []
        self._flying = []
        self._line_free = {"g>h": now, "h>g": now}
        self.power_up_gate()
        self.start_house()

    # --- the world ----------------------------------------------------------------------------------------

    def power_up_gate(self):
        """The gate (re)starts from what its flash holds."""
        self.boots += 1
        kept = GateKeys(self.flash.identity, self.flash.static_key, self.flash.count, bytes(self.flash.chain_key))
        self.gate = GateEnd(kept, gate_suite(), self.baud, self.boots, self.now)

    def start_house(self):
        """The house process (re)starts from what its roster holds."""
        self.house = HouseEnd(self.roster, house_suite(), self.baud, self.now)

    def cut_line(self):
        """Lose everything on the wire."""
        self._flying = []

    # --- time ---------------------------------------------------------------------------------------------

    def run(self, ms):
        """Let `ms` pass."""
        end = add(self.now, ms)
        self._turn()
        while True:
            moment = self._next_moment()
            if moment is None or diff(moment, end) > 0:
                self.now = end
                return
            if diff(moment, self.now) > 0:
                self.now = moment
            self._turn()

    def run_until(self, condition, limit_ms=10000):
        """Let time pass, a millisecond at a time, until `condition()`; the milliseconds it took, or None."""
        for passed in range(limit_ms):
            if condition():
                return passed
            self.run(1)
        return None

    def _next_moment(self):
        moments = [item[0] for item in self._flying]
        for end in (self.gate, self.house):
            if end.deadline() is not None:
                moments.append(end.deadline())
        if not moments:
            return None
        soonest = moments[0]
        for moment in moments:
            if diff(moment, soonest) < 0:
                soonest = moment
        # A deadline in the past is handled in the next turn; time itself never stands still.
        return soonest if diff(soonest, self.now) > 0 else add(self.now, 1)

    def _turn(self):
        arrived = [item for item in self._flying if diff(item[0], self.now) <= 0]
        self._flying = [item for item in self._flying if diff(item[0], self.now) > 0]
        for _, direction, data in arrived:
            (self.house if direction == "g>h" else self.gate).receive(data, self.now)
        for end in (self.gate, self.house):
            end.receive(b"", self.now)
        self._fetch_events()
        self._put("g>h", self.gate.bytes_to_send(self.now))
        self._put("h>g", self.house.bytes_to_send(self.now))

    def _fetch_events(self):
        while True:
            event = self.gate.next_event()
            if event is None:
                break
            self.gate_events.append(event)
            if isinstance(event, events.StoreKeys) and self.store:
                self.flash.advance(event.count, event.chain_key)
                self.stored.append(event.count)
                self.gate.keys_stored(self.now)
        while True:
            event = self.house.next_event()
            if event is None:
                break
            self.house_events.append(event)
            if isinstance(event, events.KeysAdvanced):
                self.roster.count = event.count
                self.roster.chain_key = event.chain_key

    def _put(self, direction, data):
        for one in frames(data):
            index = len(self.sent[direction])
            self.sent[direction].append(one)
            changed = self.tamper(direction, one, index) if self.tamper else one
            self.put_on_wire(direction, changed)

    def put_on_wire(self, direction, data):
        """Anybody with the cable in his hand may do this."""
        if not data:
            return
        start = self._line_free[direction]
        if diff(self.now, start) > 0:
            start = self.now
        wire_ms = (len(data) * 10 * 1000 + self.baud - 1) // self.baud
        self._line_free[direction] = add(start, wire_ms)
        self._flying.append((add(start, wire_ms), direction, data))

    # --- questions ----------------------------------------------------------------------------------------

    def up(self):
        """Whether both ends trust a session."""
        return self.gate.is_up() and self.house.is_up()

    def bring_up(self):
        """Run until both ends trust a session."""
        assert self.run_until(self.up) is not None, "no session within ten seconds"
        return self

    def at_gate(self, cls):
        """The gate's events of one class."""
        return [event for event in self.gate_events if isinstance(event, cls)]

    def at_house(self, cls):
        """The house's events of one class."""
        return [event for event in self.house_events if isinstance(event, cls)]


def frames(data):
    """Cut the bytes of `bytes_to_send` into frames, delimiters kept."""
    found = []
    for piece in data.split(b"\0"):
        if piece:
            found.append(b"\0" + piece + b"\0")
    return found


def flip(frame, bit):
    """The frame with one bit changed."""
    changed = bytearray(frame)
    changed[bit // 8] ^= 1 << (bit % 8)
    return bytes(changed)


def answer_taps(pair):
    """Make the house answer every tap it is shown, as the program around it would."""
    answered = 0
    fetch = pair._fetch_events

    def fetch_and_answer():
        nonlocal answered
        fetch()
        for tap in pair.at_house(Tap)[answered:]:
            answered += 1
            pair.house.send(Verdict(tap.boot, tap.counter, codes.ALLOW, codes.REASON_GREEN, 1500), pair.now)

    pair._fetch_events = fetch_and_answer
