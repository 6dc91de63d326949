"""Frames of gatelink 1, byte for byte. If a test in this file fails, DO NOT CHANGE THE TEST or its vectors:

the code has changed what it says on the wire, and gates in the field would no longer be understood. A later
protocol version gets a vector file of its own; this one may go when no gate speaks version 1 any more.
"""

import json

from gatelink import codes, framing
from gatelink.gate_to_house import About, Completion, Fault, Report, Tap, Trace
from gatelink.handshake import here
from gatelink.house_to_gate import Cursor, LaneRules, Order, Settings, Signs, Time, Verdict
from link_pair import Pair
from suites import gate_suite, house_suite

VECTORS = __file__.rsplit("/", 2)[0] + "/vectors/gatelink_1.json"

FROM_GATE = (
    ("tap", Tap(1, 7, codes.CARD_RESIDENT, b"11010519491231002X", 20301231, 3)),
    ("report", Report(41, codes.REPORT_PASSED, 1, 7, 0, 1790000000)),
    ("completion", Completion(5, codes.COMPLETION_DONE)),
    ("fault", Fault(codes.FAULT_READER_SILENT, 3)),
)
FROM_HOUSE = (
    ("verdict", Verdict(1, 7, codes.ALLOW, codes.REASON_GREEN, 1500)),
    ("order", Order(5, codes.ORDER_OPEN_ONCE)),
    ("cursor", Cursor(41)),
    ("time", Time(1790000000)),
    ("settings", Settings(2, 300, 5000, 1500)),
)


# Numbers on a channel count on: what came later is recorded later.
FROM_GATE_LATER = (("about", About(b"0.1.0", b"devkit", b"micropython 1.28.0")),)
FROM_HOUSE_LATER = (
    ("lanerules", LaneRules(1, 0, 8000, 10000, 2500, 4000, 2500, 1000, 30, 0)),
    ("signs", Signs(24, codes.LANGUAGE_BOTH)),
)


# Each of these is the first message of a session of its own.
FROM_GATE_FIRST = (("trace", Trace(0, b"ValueError", b"supervisor.py:22 conductor.py:87 sam_v.py:210")),)


class Constant:
    """A suite whose random source always returns the same: frames become reproducible."""

    def __init__(self, suite, byte):
        self._suite = suite
        self._byte = byte
        self.encode = suite.encode
        self.decode = suite.decode
        self.stuff = suite.stuff
        self.unstuff = suite.unstuff
        self.cipher = suite.cipher

    def random(self, size):
        return bytes([self._byte]) * size


class ConstantPair(Pair):
    """A pair without any randomness."""

    def power_up_gate(self):
        super().power_up_gate()
        self.gate._suite = Constant(gate_suite(), 0x11)
        self.gate._new_hello()
        self.gate._clear_out.pop(0)

    def start_house(self):
        super().start_house()
        self.house._suite = Constant(house_suite(), 0x22)


def recorded():
    """name -> hex of the frame, from a session without randomness."""
    pair = ConstantPair().bring_up()
    found = {"who": pair.sent["h>g"][0].hex(), "hello": pair.sent["g>h"][0].hex()}
    for frame in pair.sent["g>h"] + pair.sent["h>g"]:
        first = gate_suite().decode(gate_suite().unstuff(frame[1:-1]))[0]
        if first == 2:
            found.setdefault("answer", frame.hex())
        elif first == 3:
            found.setdefault("proof", frame.hex())
        elif isinstance(first, bytes):
            found.setdefault("ready" if frame in pair.sent["h>g"] else "up", frame.hex())
    pair.run(100)
    for name, message in FROM_GATE:
        pair.gate.send(message, pair.now)
        found[name] = pair.gate.bytes_to_send(pair.now).hex()
        pair.house.receive(bytes.fromhex(found[name]), pair.now)
        pair.run(100)
    for name, message in FROM_HOUSE:
        pair.house.send(message, pair.now)
        found[name] = pair.house.bytes_to_send(pair.now).hex()
        pair.gate.receive(bytes.fromhex(found[name]), pair.now)
        pair.run(100)
    for name, message in FROM_GATE_LATER:
        pair.gate.send(message, pair.now)
        found[name] = pair.gate.bytes_to_send(pair.now).hex()
        pair.house.receive(bytes.fromhex(found[name]), pair.now)
        pair.run(100)
    for name, message in FROM_HOUSE_LATER:
        pair.house.send(message, pair.now)
        found[name] = pair.house.bytes_to_send(pair.now).hex()
        pair.gate.receive(bytes.fromhex(found[name]), pair.now)
        pair.run(100)
    for name, message in FROM_GATE_FIRST:
        pair = ConstantPair().bring_up()
        pair.run(100)
        pair.gate.send(message, pair.now)
        found[name] = pair.gate.bytes_to_send(pair.now).hex()
    found["here"] = framing.frame(gate_suite(), here(gate_suite(), b"devkit", b"0.1.0")).hex()
    return found


def test_every_kind_of_frame_is_what_it_was():
    with open(VECTORS) as file:
        golden = json.load(file)
    now = recorded()
    assert sorted(now) == sorted(golden["frames"])
    for name, expected in golden["frames"].items():
        assert now[name] == expected, name
