"""Handshake: both ends in every state, between them somebody who drops, delays, repeats and makes messages.

What he makes himself is proven by the right key if the script says so. The wire becomes kind at last: then both ends
must find each other, unless he has taken the gate's place for good.
"""

from gatelink.handshake import ANSWER, HELLO, PROOF, proof
from gatelink.keys import hmac_sha256
from gatelink.limits import CATCH_UP_STEPS, COUNTER_LIMIT, PROOF_BYTES
from link_pair import IDENTITY, STATIC_KEY

from .between import TO_GATE, TO_HOUSE, Between
from .script import Script

STEPS_MAX = 40
BACK_MS = 20000
VERSIONS = ([1, 1], [0, 0], [2, 9], [0, 9], [1], [], [1, 1, 1], [1, 2])


def run(data):
    """Each step: a byte that chooses it, then what it needs."""
    script = Script(data)
    cable = Between()
    for _ in range(STEPS_MAX):
        if not script.more():
            break
        STEPS[script.byte() % len(STEPS)](cable, script)
    back = cable.kind(BACK_MS)
    # Whoever has the keys can go ahead in the gate's name: then the true one is an old copy, and refused.
    assert back or cable.roster.count > cable.gate._keys.count, "both ends find each other when they are let"
    return cable.outcome()


def _carry(cable, script):
    cable.carry(script.byte() & 1)


def _lose(cable, script):
    cable.flying[script.byte() & 1].clear()


def _wait(cable, script):
    choice = script.byte()
    cable.pass_time(choice if choice < 128 else (choice - 127) * 40)


def _noise(cable, script):
    cable.receive(script.byte() & 1, script.some())


def _value(cable, script):
    to = script.byte() & 1
    try:
        body = cable.ends[to]._suite.encode(script.value())
    except ValueError:
        return
    cable.inject(to, body)


def _clear(cable, script):
    to = script.byte() & 1
    try:
        body = cable.ends[to]._suite.encode([script.byte() % 6] + script.array()[:6])
    except ValueError:
        return
    cable.inject(to, body)


def _again(cable, script):
    if cable.seen:
        to, frame = cable.seen[script.byte() % len(cable.seen)]
        cable.receive(to, frame)


def _turned_round(cable, script):
    if cable.seen:
        to, frame = cable.seen[script.byte() % len(cable.seen)]
        cable.receive(1 - to, frame)


def _changed(cable, script):
    if cable.seen:
        to, frame = cable.seen[script.byte() % len(cable.seen)]
        place = script.number(2)
        changed = bytearray(frame)
        changed[place // 8 % len(changed)] ^= 1 << place % 8
        cable.receive(to, bytes(changed))


def _hello(cable, script):
    ahead = script.byte()
    count = cable.roster.count + ahead % 16 - 2
    if ahead > 200:
        count = (cable.roster.count + CATCH_UP_STEPS + ahead - 203, 0xFFFFFFFF, 1 << 32)[ahead % 3]
    identity = IDENTITY if script.byte() & 3 else script.take(8)
    versions = VERSIONS[script.byte() % len(VERSIONS)]
    cable.inject(TO_HOUSE, cable.gate._suite.encode([HELLO, identity, script.take(16), count, versions]))


def _answer(cable, script):
    suite = cable.house._suite
    unproven = [ANSWER, bytes(15) + bytes((script.byte(),)), VERSIONS[script.byte() % len(VERSIONS)]]
    signed = b"gatelink1 house" + cable.gate._hello_body + suite.encode(unproven)
    made = hmac_sha256(STATIC_KEY, signed)[: script.byte() % 8 + PROOF_BYTES - 3]
    cable.inject(TO_GATE, suite.encode(unproven + [made]))


def _proof(cable, script):
    candidate = cable.house._candidate
    made = script.some()
    if candidate is not None and script.byte() & 3:
        made = proof(STATIC_KEY, candidate.hello_body, candidate.answer_body)
    cable.inject(TO_HOUSE, cable.gate._suite.encode([PROOF, made]))


def _sealed(cable, script):
    to = script.byte() & 1
    counter = min(cable.next_counter(to) + script.byte() // 8, COUNTER_LIMIT - 1)
    way = script.byte()
    try:
        plain = script.some() if way & 1 else cable.ends[to]._suite.encode([0, 0, 0] if way & 2 else script.array())
    except ValueError:
        return
    body = cable.sealed(to, counter, plain[:150])
    if body is not None:
        cable.inject(to, body)


def _store(cable, script):
    cable.store()


def _who(cable, script):
    cable.inject(TO_GATE, b"\x81\x04")


def _port(cable, script):
    if script.byte() & 1:
        cable.house.port_lost(cable.now)
    else:
        cable.house.port_opened(cable.now)
    cable.collect()


STEPS = (
    _carry,
    _carry,
    _carry,
    _lose,
    _wait,
    _noise,
    _value,
    _clear,
    _again,
    _turned_round,
    _changed,
    _hello,
    _answer,
    _proof,
    _sealed,
    _store,
    _who,
    _port,
)
