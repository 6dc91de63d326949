"""A whole gate on the bench: real conductor, lane, uplink, journal and key slots; chip, reader and wire are fakes.

The wire to a real house end is instant, and the clock moves only when told.
"""

from boards import lane_a
from gate.chosen import Chosen
from gate.conductor import Conductor
from gate.facts import CardSeen
from gate.indicators import Indicators
from gate.journal import Journal
from gate.keyslots import BLOCKS, KeySlots
from gate.lane import Lane
from gate.lane_table import S_IDLE
from gate.settings import Settings
from gate.supervisor import Supervisor
from gate.turnstile import Turnstile
from gate.uplink import Uplink
from gatelink import codes, events
from gatelink.gate_end import GateEnd
from gatelink.gate_to_house import About, Fault, Report, Tap
from gatelink.house_end import HouseEnd
from gatelink.house_to_gate import Cursor, Order, Verdict
from gatelink.ticks import add, diff
from link_pair import CHAIN_KEY, IDENTITY, STATIC_KEY, OneGate
from ram_flash import RamFlash
from suites import gate_suite, house_suite
from synthetic_card import a_card

BAUD = 115200
ABOUT = About(b"0.1.0", b"lane_a", b"micropython 1.28.0")
TO_HOUSE = "g>h"
TO_GATE = "h>g"


class LaneSettings(Chosen):
    """Settings of a board with everything. `stored`: how often they changed."""

    def __init__(self, values=None, stored=0):
        super().__init__(Settings(values or {}, lane_a).values())
        self.stored = stored

    def change(self, values):
        values_now = {name: value for name, value in self.values().items() if name != "stored"}
        Settings(dict(values_now, **values), lane_a)
        for name in values:
            setattr(self, name, values[name])
        self.stored += 1


class Chip:
    """Stands for `hal`. `log`: what happened at the outside, in order."""

    def __init__(self, log):
        self.log = log
        self.relay = False
        self.signs = None
        self.relays = 0
        self.levels = [False, False, False, False]  # entry beam, exit beam, key, arm
        self.alarm = False
        self.collected = 0
        self.failures = []
        self.cannot_trace = False

    def set_relays(self, released):
        on = released != 0
        if on != self.relay:
            self.log.append("relay on" if on else "relay off")
        self.relay = on
        self.relays = released

    def set_signs(self, *signs):
        self.signs = signs

    def inputs(self):
        return tuple(self.levels)

    def collect(self):
        self.collected += 1

    def fire(self):
        return self.alarm

    def fire_stands(self):
        return self.alarm

    def tell_console(self, failure):
        self.failures.append(type(failure))

    def trace(self, failure):
        if self.cannot_trace:
            raise MemoryError
        return type(failure).__name__.encode(), b"conductor.py:87 sam_v.py:210"


class LoggedFlash(RamFlash):
    """Tells the log of every write and erase."""

    def __init__(self, blocks, log, name):
        super().__init__(blocks)
        self.log = log
        self.name = name
        self.fails = False

    def write(self, block, offset, data):
        self.log.append(self.name + " write")
        if self.fails:
            raise OSError(5)
        super().write(block, offset, data)

    def erase(self, block):
        self.log.append(self.name + " erase")
        super().erase(block)


class Reader:
    """Gives the facts that a test puts in."""

    CODE = codes.READER_SAM_V
    baud = 0
    fails = None
    begun = 0

    def __init__(self, now=0):
        self.found = []
        self.is_busy = False
        self.begun += 1

    def feed(self, data, now):
        if self.fails is not None:
            raise self.fails
        found, self.found = self.found, []
        return found

    def bytes_to_send(self, now):
        return b""

    def deadline(self):
        return None

    def busy(self):
        return self.is_busy


class NoPort:
    """A port that nothing is connected to. It notes that it was wiped, its reset line and to which rate it was set."""

    wiped = 0
    baud = 0
    resets = None

    def read(self):
        return b""

    def write(self, data):
        return None

    def set_baud(self, baud):
        self.baud = baud

    def reset(self, active):
        self.resets = active

    def wipe(self):
        self.wiped += 1


class Wire:
    """The gate's port; the other end is a house."""

    def __init__(self, log):
        self.log = log
        self.to_gate = b""
        self.to_house = b""

    def read(self):
        data, self.to_gate = self.to_gate, b""
        return data

    def write(self, data):
        self.log.append("sent")
        self.to_house += data


class Dog:
    """A watchdog that counts."""

    fed = 0

    def feed(self):
        self.fed += 1


class GateBench:
    """`house_takes`: whether the house commits reports. `heard`: its messages. `log`: see Chip and LoggedFlash."""

    def __init__(self, now=1000, identity=IDENTITY, static_key=STATIC_KEY):
        self.now = now
        self.signs = None
        self.log = []
        self.heard = []
        self.ledger = []
        self.house_takes = True
        self.house_there = True
        self.roster = OneGate(static_key, identity=identity)
        self.keys_flash = LoggedFlash(BLOCKS, self.log, "keys")
        self.journal_flash = LoggedFlash(4, self.log, "journal")
        slots = KeySlots(self.keys_flash)
        slots.enrol(identity, static_key, CHAIN_KEY)
        self.start_house()
        self.power_up()

    def start_house(self):
        """The house's process (re)starts from what its roster holds."""
        self.house = HouseEnd(self.roster, house_suite(), BAUD, self.now)

    def power_up(self):
        """A new start on the same flash."""
        slots = KeySlots(self.keys_flash)
        keys = slots.load()
        self.journal = Journal(self.journal_flash, 1)
        self.settings = LaneSettings()
        self.wire = Wire(self.log)
        self.end = GateEnd(keys, gate_suite(), BAUD, self.journal.boot, self.now)
        self.uplink = Uplink(self.wire, self.end, slots, self.journal, self.now, ABOUT)
        self.lane = Lane(self.journal.boot, self.settings, self.now, self.journal.locked())
        self.chip = Chip(self.log)
        self.reader = Reader()
        self.reader_port = NoPort()
        turnstile, indicators = Turnstile(self.settings, self.now), Indicators(self.now)
        self.conductor = Conductor(
            self.chip,
            self.lane,
            self.readers(),
            turnstile,
            indicators,
            self.uplink,
            self.journal,
            self.now,
            self.signs,
        )
        self.dog = Dog()
        self.supervisor = Supervisor(self.conductor.parts, self.dog, self.conductor.crashed)

    def readers(self):
        """Drivers with their ports."""
        return [(self.reader, self.reader_port)]

    # --- time ---------------------------------------------------------------------------------------------

    def turn(self):
        """One pass of the gate, and the house's answer on the wire."""
        self.supervisor.turn(self.now)
        if self.house_there:
            self.serve()

    def serve(self):
        """The house takes what the gate has sent."""
        data, self.wire.to_house = self.wire.to_house, b""
        self.house.receive(self.carried(TO_HOUSE, data), self.now)
        event = self.house.next_event()
        while event is not None:
            self.take(event)
            event = self.house.next_event()
        self.flush_house()

    def flush_house(self):
        """What the house has to say goes onto the wire."""
        self.wire.to_gate += self.carried(TO_GATE, self.house.bytes_to_send(self.now))

    def carried(self, direction, data):
        """What arrives of `data`: all of it, unless somebody holds the cable."""
        return data

    def take(self, event):
        self.heard.append(event)
        if isinstance(event, events.KeysAdvanced):
            self.roster.count, self.roster.chain_key = event.count, event.chain_key
        elif isinstance(event, events.Up):
            self.house.send(Cursor(len(self.ledger)), self.now)
        elif isinstance(event, Report) and self.house_takes:
            if event.index > len(self.ledger):
                self.ledger.append((event.what, event.counter, event.detail))
            if self.house.can_send_bulk():
                self.house.send(Cursor(len(self.ledger)), self.now)

    def run(self, ms, step_ms=5):
        """Let time pass."""
        end = add(self.now, ms)
        while diff(end, self.now) > 0:
            self.turn()
            self.now = add(self.now, min(step_ms, diff(end, self.now)))
        self.turn()

    def run_until(self, condition, limit_ms=20000):
        """Let time pass until `condition()`; AssertionError when it does not come."""
        for _ in range(limit_ms // 5):
            if condition():
                return
            self.run(5)
        raise AssertionError("it did not happen")

    def bring_up(self):
        """Until the session stands and everything that waited is in the ledger."""
        self.run_until(lambda: self.end.is_up() and self.house.is_up() and self.journal.waiting() == 0)
        return self

    # --- people -------------------------------------------------------------------------------------------

    def lay_card(self):
        """A card is read in the next pass; the card itself, to see that it is wiped."""
        card = a_card()
        self.reader.found.append(CardSeen(card, 2))
        return card

    def taps(self):
        """Taps that the house has heard."""
        return [event for event in self.heard if isinstance(event, Tap)]

    def answer(self, verdict=codes.ALLOW, valid_ms=1500):
        """The house answers the last tap; its bytes are on the wire."""
        tap = self.taps()[-1]
        self.house.send(Verdict(tap.boot, tap.counter, verdict, codes.REASON_GREEN, valid_ms), self.now)
        self.flush_house()

    def order(self, what, number=5):
        """Staff order something; its bytes are on the wire."""
        self.house.send(Order(number, what), self.now)
        self.flush_house()

    def visit(self):
        """One traveller from card to the lane's rest, let in and gone through; what happened is in the ledger."""
        self.lay_card()
        self.turn()
        self.answer()
        for beams in ((True, False), (True, True), (False, True), (False, False)):
            self.chip.levels[:2] = beams
            self.run(25)
        self.run_until(lambda: self.lane.state == S_IDLE and not self.chip.relay and self.journal.waiting() == 0)


def opened(bench):
    """A bench on which one traveller was just let in."""
    bench.lay_card()
    bench.turn()
    bench.answer()
    bench.log.clear()
    bench.turn()
    return bench


def faults(bench):
    """What the gate has told of its own failures, in order."""
    return [event.what for event in bench.heard if isinstance(event, Fault)]
