"""Sealing: bodies from whoever has the keys and from whoever has none, into an opener of each side."""

from gatelink.errors import DamagedFrame
from gatelink.limits import WINDOW_FRAMES
from gatelink.sealing import AAD, Opener, Sealer, envelope, nonce
from suites import gate_suite, house_suite

from .held import held
from .script import Script
from .told import told

KEY = bytes(range(16))
IV = bytes(range(100, 113))
KID = b"id"
SUITES = (gate_suite(), house_suite())
CIPHER = SUITES[0].cipher(KEY)
WAYS = 6


def run(data):
    """Each body: a byte that says how it is made, then what it is made of."""
    script = Script(data)
    openers = [Opener(suite, KEY, IV) for suite in SUITES]
    sealers = [Sealer(suite, KEY, IV, KID) for suite in SUITES]
    taken = []
    results = []
    while script.more():
        body = _body(script, sealers)
        found = [_opened(suite, opener, body) for suite, opener in zip(SUITES, openers)]
        assert found[0] == found[1], "both sides open the same"
        results.append(found[0][0])
        if found[0][1]:
            counter = found[0][1]
            assert counter not in taken, "a counter is taken once"
            assert not taken or max(taken) - counter < WINDOW_FRAMES, "nor if it lags too far"
            taken.append(counter)
        assert [held(opener) for opener in openers] == [len(IV)] * 2, "an opener keeps nothing of what it opens"
    return " ".join(results)


def _body(script, sealers):
    way = script.byte() % WAYS
    if way == 0:
        return script.some()
    if way == 1:
        return SUITES[0].encode([script.some()[:9], {4: script.take(2), 6: script.take(2)}, script.some()])
    if way == 2:
        value = script.array()[:8]
        bodies = []
        for sealer in sealers:
            try:
                bodies.append(sealer.seal(value))
            except ValueError:
                bodies.append(b"")
        assert bodies[0] == bodies[1], "both sides seal the same"
        if script.byte() & 1 and bodies[0]:
            return _flipped(bodies[0], script.number(2))
        return bodies[0]
    # Whoever has the key: any counter, any plaintext.
    counter = script.uint() & 0xFFFFFF
    sealed = CIPHER.seal(nonce(IV, counter), script.some(), AAD)
    size = script.byte() % 3 + 1 if way == 3 else 1 if counter < 0x100 else 2 if counter < 0x10000 else 3
    partial = counter.to_bytes(4, "big")[4 - size :]
    return SUITES[0].encode([b"\xa1\x01\x0a", {4: KID, 6: partial}, sealed])


def _flipped(body, place):
    changed = bytearray(body)
    changed[place // 8 % len(changed)] ^= 1 << place % 8
    return bytes(changed)


def _opened(suite, opener, body):
    """(what came of it, the counter if it opened)."""
    try:
        kid, counter, sealed = envelope(suite.decode(body))
    except ValueError:
        return "no-cbor", 0
    except DamagedFrame:
        return "no-envelope", 0
    try:
        value = opener.open(counter, sealed)
    except DamagedFrame as failure:
        opens = str(failure) != "does not open"
        return ("void" if opens else "forged"), counter if opens else 0
    if value is None:
        return "replay", 0
    return "%s:%d:%s" % (kid.decode("ascii") if kid == KID else "other", counter, told(value)), counter
