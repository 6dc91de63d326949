"""Delivery: both ends in a session, and somebody who has its keys: whatever he writes gets past the tag."""

from gatelink.errors import LocalError
from gatelink.gate_to_house import Completion, Fault, Report, Tap
from gatelink.house_to_gate import Cursor, Order, Settings, Time, Verdict
from gatelink.limits import COUNTER_LIMIT

from .between import TO_GATE, Between
from .handshake import _again, _carry, _changed, _lose, _noise, _wait
from .script import Script

STEPS_MAX = 40
UP_MS = 2000
FROM_GATE = (Tap, Report, Completion, Fault)
FROM_HOUSE = (Verdict, Order, Cursor, Time, Settings)


def run(data):
    """Each step: a byte that chooses it, then what it needs."""
    script = Script(data)
    cable = Between()
    assert cable.kind(UP_MS), "a session comes up"
    cable.told.clear()
    newest = {}
    for _ in range(STEPS_MAX):
        if not script.more():
            break
        STEPS[script.byte() % len(STEPS)](cable, script)
        for end in cable.ends:
            session = end._session
            if session is None:
                continue
            for channel, number in enumerate(session.delivery.seen):
                place = (session.kid, end is cable.gate, channel)
                assert number >= newest.get(place, 0), "what was taken stays taken"
                newest[place] = number
    return cable.outcome()


def _counter(cable, to, script):
    """Mostly the next one; else one that leaps, lags or was there before."""
    choice = script.byte()
    following = cable.next_counter(to)
    return (
        following if choice < 224 else max(1, min(COUNTER_LIMIT - 1, following + (choice - 240) * (1 << choice % 21)))
    )


def _put(cable, to, script, plain):
    body = cable.sealed(to, _counter(cable, to, script), plain)
    if body is not None:
        cable.inject(to, body)


def _array(cable, script):
    """A head, and a message with values of any kind."""
    to = script.byte() & 1
    try:
        plain = cable.ends[to]._suite.encode([script.uint() for _ in range(3)] + script.array())
    except ValueError:
        return
    _put(cable, to, script, plain)


def _message(cable, script):
    """A message as the protocol allows it, under any number and with any acknowledgement."""
    to = script.byte() & 1
    message = _made((FROM_HOUSE if to == TO_GATE else FROM_GATE)[script.byte() % 4], script)
    head = [script.uint() for _ in range(4)]
    _put(cable, to, script, cable.ends[to]._suite.encode(head + message.to_array()))


def _plain(cable, script):
    """Any plaintext."""
    to = script.byte() & 1
    _put(cable, to, script, script.some()[:150])


def _head(cable, script):
    """An acknowledgement or a NAK."""
    to = script.byte() & 1
    head = [script.uint() for _ in range(3)]
    _put(cable, to, script, cable.ends[to]._suite.encode(head + [0, 0] if script.byte() & 1 else head))


def _made(cls, script):
    values = []
    for limit in cls.LIMITS:
        values.append(script.some()[:-limit] if limit < 0 else script.uint() % (limit + 1))
    return cls(*values)


def _gate_sends(cable, script):
    _send(cable, cable.gate, _made(FROM_GATE[script.byte() % len(FROM_GATE)], script))


def _house_sends(cable, script):
    _send(cable, cable.house, _made(FROM_HOUSE[script.byte() % len(FROM_HOUSE)], script))


def _send(cable, end, message):
    may = end.is_up() and (message.URGENT or end.can_send_bulk())
    try:
        end.send(message, cable.now)
    except LocalError:
        assert not may, "an end takes what it said it would"
    else:
        assert may, "an end refuses what it said it would"
    cable.collect()


def _store(cable, script):
    cable.store()


STEPS = (
    _carry,
    _carry,
    _carry,
    _lose,
    _wait,
    _noise,
    _again,
    _changed,
    _array,
    _array,
    _message,
    _message,
    _plain,
    _head,
    _head,
    _gate_sends,
    _house_sends,
    _store,
)
