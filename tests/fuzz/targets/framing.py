"""Framing: bytes of a line, in pieces, into bodies; both implementations of COBS against each other."""

from gatelink.framing import Deframer, frame
from gatelink.limits import GATE_BODY_MAX_BYTES, HOUSE_BODY_MAX_BYTES
from suites import gate_suite, house_suite

from .held import held
from .script import Script
from .told import hexed

SUITES = (gate_suite(), house_suite())


def run(data):
    """First byte: which body limit; second: size of the pieces. The rest is what arrives."""
    script = Script(data)
    limit = (GATE_BODY_MAX_BYTES, HOUSE_BODY_MAX_BYTES)[script.byte() & 1]
    piece = script.byte() + 1
    line = script.rest()
    found = [_fed(suite, limit, piece, line) for suite in SUITES]
    found.append(_fed(SUITES[0], limit, max(1, len(line)), line))
    assert found[0] == found[1], "both codings of COBS agree"
    assert found[0] == found[2], "how a line is cut into pieces changes nothing"
    if line:
        _carried(line)
    return " ".join(["-" if body is None else hexed(body) + "." for body in found[0]])


def _fed(suite, limit, piece, line):
    deframer = Deframer(suite, limit)
    found = []
    for start in range(0, len(line), piece):
        found += deframer.feed(line[start : start + piece])
        assert held(deframer) <= limit + limit // 254 + 1, "holds at most a frame"
    for body in found:
        assert body is None or 0 < len(body) <= limit, "no body is longer than allowed"
    return found


def _carried(body):
    """Whatever is put into a frame comes out of it."""
    stuffed = [frame(suite, body) for suite in SUITES]
    assert stuffed[0] == stuffed[1], "both codings of COBS agree"
    assert Deframer(SUITES[0], len(body)).feed(stuffed[0]) == [body]
