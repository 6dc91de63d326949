"""CBOR: the gate's own codec against the house's, decoding and encoding."""

from suites import gate_suite, house_suite

from .script import Script
from .told import told

GATE, HOUSE = gate_suite(), house_suite()
DECODE_BELOW = 192  # of the first byte; from there on a value is made and encoded


def run(data):
    """Decode the input, or encode a value that it describes."""
    script = Script(data)
    if script.byte() >= DECODE_BELOW:
        return _encoded(script.value())
    body = script.rest()
    gate, house = _done(GATE.decode, body), _done(HOUSE.decode, body)
    assert (gate is None) == (house is None), "one codec takes what the other refuses"
    if gate is None:
        return "refused"
    assert told(gate[0]) == told(house[0]), "both codecs understand the same"
    assert GATE.encode(gate[0]) == HOUSE.encode(house[0]) == body, "there is one form for each value"
    return told(gate[0])


def _encoded(value):
    gate, house = _done(GATE.encode, value), _done(HOUSE.encode, value)
    if gate is None:
        # The house's end never makes what is too large; what has no form at all, neither encodes.
        assert house is None or len(house[0]) > 512, "one codec writes what the other refuses"
        return "no form"
    assert house is not None, "one codec writes what the other refuses"
    assert gate == house, "both codecs write the same"
    assert told(GATE.decode(gate[0])) == told(value), "what was written is read"
    return told(value)


def _done(call, argument):
    """The result in a tuple of one, None if it is refused."""
    try:
        return (call(argument),)
    except ValueError:
        return None
