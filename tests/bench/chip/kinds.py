"""Each kind of message between a gate's uplink and a house, ready to be measured."""

from far_end import KEY, NOW, SUITE, FarEnd
from gate.card import Card
from gate.journal import Journal
from gate.orders import Ask
from gate.uplink import Uplink
from gatelink import house_to_gate
from gatelink.gate_end import GateEnd
from gatelink.gate_to_house import About
from gatelink.keys import GateKeys
from ram_flash import RamFlash

BAUD = 115200
IDENTITY = b"GATE-A1."
NUMBER = b"11010519491231002X"
ABOUT = About(b"0.1.0", b"devkit", b"micropython 1.28.0")
HANDSHAKE = 5  # the first so many kinds follow from each other


class Wire:
    """The port: what was written, and what is to be read."""

    def __init__(self):
        self.to_gate = b""
        self.to_house = b""

    def read(self):
        data, self.to_gate = self.to_gate, b""
        return data

    def write(self, data):
        self.to_house = data


class Slots:
    """Keys that nobody keeps."""

    def store(self, count, chain_key):
        return None


class Bench:
    """The link side of a gate with a house behind it. Each kind: `make` it ready, then do what is measured."""

    def __init__(self):
        self.now = NOW
        self.counter = 0
        self.wire = Wire()
        self.house = FarEnd()
        self.journal = Journal(RamFlash(4), 1)
        self.join()
        self.settle()

    # --- handshake ----------------------------------------------------------------------------------------

    def start(self):
        keys = GateKeys(IDENTITY, KEY, 0, KEY)
        self.end = GateEnd(keys, SUITE, BAUD, 1, self.now)
        self.uplink = Uplink(self.wire, self.end, Slots(), self.journal, self.now, ABOUT)

    def join(self):
        self.start()
        self.send()
        self.prepare_answer()
        self.receive()
        self.send()
        self.prepare_ready()
        self.receive()
        self.store()
        self.send()

    def hello(self):
        self.start()
        self.send()

    def prepare_answer(self):
        self.wire.to_gate = self.house.answer(self.wire.to_house)

    def prepare_ready(self):
        self.wire.to_gate = self.house.ready()

    def store(self):
        self.uplink.idle(self.now)

    # --- messages -----------------------------------------------------------------------------------------

    def settle(self):
        """Until neither end owes the other anything."""
        for _ in range(3):
            self.house.take(self.wire.to_house, self.now)
            self.wire.to_house = b""
            self.send()
            self.journal.passed(self.journal.waiting() + self.journal.cursor)
            self.wire.to_gate = self.house.say(self.now)
            self.receive()
        while self.journal.tidy():
            pass

    def send(self):
        self.uplink.transmit(0, self.now)

    def receive(self):
        return self.uplink.receive(self.now)

    def from_house(self, message):
        self.house.session.delivery.send(message, self.now)
        self.wire.to_gate = self.house.say(self.now)

    def prepare_tap(self):
        self.counter += 1
        self.order = Ask(Card(1, bytearray(NUMBER), 20301231), self.counter, 2)

    def tap(self):
        self.uplink.ask(1, self.order, self.now)
        self.send()

    def prepare_report(self):
        self.journal.append(2, self.counter, 1)

    def prepare_heartbeat(self):
        self.now += 1000

    def heartbeat(self):
        self.receive()
        self.send()

    def completion(self):
        self.uplink.complete(5, 1)
        self.send()

    def fault(self):
        self.uplink.fault(1, 3)
        self.send()

    def trace(self):
        self.uplink.trace(0, b"ValueError", b"supervisor.py:22 conductor.py:87 sam_v.py:210")
        self.send()

    def prepare_about(self):
        self.uplink.about_due = True

    def prepare_verdict(self):
        self.from_house(house_to_gate.Verdict(1, self.counter, 1, 1, 1500))

    def prepare_order(self):
        self.from_house(house_to_gate.Order(5, 1))

    def prepare_cursor(self):
        self.from_house(house_to_gate.Cursor(41))

    def prepare_time(self):
        self.from_house(house_to_gate.Time(1790000000))

    def prepare_settings(self):
        self.from_house(house_to_gate.Settings(2, 300, 5000, 1500))

    def prepare_lanerules(self):
        self.from_house(house_to_gate.LaneRules(1, 0, 8000, 10000, 2500, 4000, 2500, 1000, 30, 0))

    def prepare_signs(self):
        self.from_house(house_to_gate.Signs(24, 3))

    def prepare_nothing(self):
        self.wire.to_gate = self.house.say(self.now)

    def acknowledge(self):
        self.send()

    def prepare_acknowledge(self):
        self.prepare_verdict()
        self.receive()


def nothing():
    return None


def kinds(bench):
    """(name, how it is made ready, what is measured), handshake first."""
    return (
        ("hello", nothing, bench.hello),
        ("answer", bench.prepare_answer, bench.receive),
        ("proof", nothing, bench.send),
        ("ready", bench.prepare_ready, bench.receive),
        ("up", bench.store, bench.send),
        ("tap", bench.prepare_tap, bench.tap),
        ("report", bench.prepare_report, bench.send),
        ("heartbeat", bench.prepare_heartbeat, bench.heartbeat),
        ("completion", nothing, bench.completion),
        ("fault", nothing, bench.fault),
        ("about", bench.prepare_about, bench.send),
        ("trace", nothing, bench.trace),
        ("acknowledgement>", bench.prepare_acknowledge, bench.acknowledge),
        ("verdict", bench.prepare_verdict, bench.receive),
        ("order", bench.prepare_order, bench.receive),
        ("cursor", bench.prepare_cursor, bench.receive),
        ("time", bench.prepare_time, bench.receive),
        ("settings", bench.prepare_settings, bench.receive),
        ("lanerules", bench.prepare_lanerules, bench.receive),
        ("acknowledgement<", bench.prepare_nothing, bench.receive),
    )
