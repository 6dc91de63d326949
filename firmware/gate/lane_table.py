"""The lane machine: (state, event) -> (next state, actions), and what each state shows and how long it lasts.

Rule: whatever changes the lane's state stands here. A pair that no row names is astray: the lane closes and
goes out of service, except that fire stays fire. Rows are packed into one bytearray; `row` reads it.
"""

from gate import signals
from gatelink import codes

# --- states -----------------------------------------------------------------------------------------------
S_IDLE = 0
S_ASKING = 1  # a tap is out, its verdict awaited
S_RECORDING = 2  # an opening is decided and being made durable; the lane is still shut
S_OPEN = 3  # released, nobody in the passage yet
S_PASSING = 4  # somebody is in the passage
S_REFUSED = 5
S_REFERRED = 6
S_PLACE_AGAIN = 7
S_HELD = 8  # held open by staff
S_LOCKED = 9
S_FIRE = 10
S_OUT_OF_SERVICE = 11

# --- events -----------------------------------------------------------------------------------------------
E_CARD = 0
E_CARD_HOST_AWAY = 1
E_UNREADABLE = 2
E_CARD_REFUSED = 3  # not genuine, or of a kind that no layout is known for
E_ALLOW = 4
E_DENY = 5
E_REFER = 6
E_STALE_ALLOW = 7
E_TIME_UP = 8
E_RECORDED = 9
E_HOLD_RECORDED = 10
E_RECORD_FAILED = 11
E_ENTERED = 12
E_PASSED = 13
E_TURNED_BACK = 14
E_FOLLOWED = 15
E_WRONG_WAY = 16
E_FIRE_ON = 17
E_FIRE_OFF = 18
E_LINK_DOWN = 19
E_KEY = 20
E_ORDER_OPEN = 21
E_ORDER_HOLD = 22
E_ORDER_LOCK = 23
E_ORDER_RESUME = 24
E_IMPAIRED = 25  # the reader, the journal or a beam does not work
E_RESTORED = 26  # all of them work again
E_LOCK_STANDS = 27  # idle again or out of service, but a lock stands
E_ASTRAY = 28  # what must not happen
E_BEYOND = 29  # past the barrier, with nobody behind
E_ARM_TURNED = 30  # the turnstile's own contact
E_BLIND = 31  # the opening has run out, and the beams cannot tell whether somebody came
E_CARD_MISSED = 32  # idle again, but something was presented in vain meanwhile

# --- actions ----------------------------------------------------------------------------------------------
A_NEW_TAP = 1
A_ASK = 2
A_NOT_OPENED = 3  # record that the tap ended without an opening
A_RECORD_OPENING = 4
A_RECORD_HOLD = 5
A_NOT_RECORDED = 6  # the opening could not be recorded: try to record at least that
A_DROP_RECORD = 7  # end an opening or hold that was recorded and never came
A_TAKE_ORDER = 8  # to be completed when its record is durable
A_COMPLETE_ORDER = 9  # the order that was taken
A_FAIL_ORDER = 10  # the order that was taken
A_DONE = 11  # the order that just came
A_REFUSE = 12  # the order that just came
A_OPEN = 13
A_RELEASE = 14
A_CLOSE = 15
A_LOCK = 16
A_RESUME = 17
A_FIRE_ON = 18
A_JOURNAL_BROKEN = 19
A_FAULT = 20
A_CLOSE_OTHER_SIDE = 21  # somebody is in the passage: the other side's relay off
A_ARM_TURNS = 22
A_SECOND_CARD = 23
A_PASSED = 24  # the outcome of an opening is recorded, from here on ...
A_TURNED_BACK = 25
A_NOBODY_CAME = 26
A_FOLLOWED = 27
A_UNKNOWN = 28
A_NOTE_PASSED = 29  # belonging to no opening, from here on
A_NOTE_FOLLOWED = 30
A_NOTE_WRONG_WAY = 31
A_END_HOLD = 32
A_FIRE_OFF = 33

STATES = 12
EVENTS = 33
ACTIONS_MAX = 3
STAY = 0xFE  # the state goes on, its time runs on
MISSING = 0xFF

_STRIDE = 1 + ACTIONS_MAX
TABLE = bytearray((MISSING, 0, 0, 0) * (STATES * EVENTS))


def find(state: int, event: int) -> int:
    """Where the row begins in TABLE: the next state, then the actions up to the first 0."""
    return (state * EVENTS + event) * _STRIDE


def row(state: int, event: int) -> "tuple[int, tuple[int, ...]] | None":
    """(next state or STAY, actions), None for a pair that is astray."""
    at = find(state, event)
    if TABLE[at] == MISSING:
        return None
    return TABLE[at], tuple(action for action in TABLE[at + 1 : at + _STRIDE] if action)


def _in(states: "tuple[int, ...]", event: int, then: int, *actions: int) -> None:
    for state in states:
        at = find(state, event)
        if TABLE[at] != MISSING or len(actions) > ACTIONS_MAX:
            raise ValueError("a pair twice, or too many actions")
        TABLE[at] = then
        for i in range(len(actions)):
            TABLE[at + 1 + i] = actions[i]


def _stay(states: "tuple[int, ...]", *events: int) -> None:
    for event in events:
        _in(states, event, STAY)


# --- rows -------------------------------------------------------------------------------------------------
_RESTING = (S_IDLE, S_REFUSED, S_REFERRED, S_PLACE_AGAIN)  # ready for the next card
_MESSAGES = (S_REFUSED, S_REFERRED, S_PLACE_AGAIN)
_ASKING = (S_ASKING,)
_RECORDING = (S_RECORDING,)
_OPENED = (S_OPEN, S_PASSING)
_HELD = (S_HELD,)
_LOCKED = (S_LOCKED,)
_FIRE = (S_FIRE,)
_BROKEN = (S_OUT_OF_SERVICE,)
_SHUT = _RESTING + _ASKING + _RECORDING + _LOCKED + _BROKEN

# A card. While the lane is busy it is not asked about: one tap, one question. What is shown is the first one's.
_in(_RESTING, E_CARD, S_ASKING, A_NEW_TAP, A_ASK)
_in(_RESTING, E_CARD_HOST_AWAY, S_REFERRED, A_NEW_TAP, A_NOT_OPENED)
_in(_RESTING, E_UNREADABLE, S_PLACE_AGAIN, A_NEW_TAP, A_NOT_OPENED)
_in(_RESTING, E_CARD_REFUSED, S_REFERRED, A_NEW_TAP, A_NOT_OPENED)
for _event in (E_CARD, E_CARD_HOST_AWAY, E_UNREADABLE, E_CARD_REFUSED):
    _in(_ASKING + _RECORDING + _OPENED, _event, STAY, A_SECOND_CARD)
_in((S_IDLE,), E_CARD_MISSED, S_PLACE_AGAIN, A_NEW_TAP, A_NOT_OPENED)
_stay(_HELD + _LOCKED + _FIRE + _BROKEN, E_CARD, E_CARD_HOST_AWAY, E_UNREADABLE, E_CARD_REFUSED)

# Its answer.
_in(_ASKING, E_ALLOW, S_RECORDING, A_RECORD_OPENING)
_in(_ASKING, E_DENY, S_REFUSED, A_NOT_OPENED)
_in(_ASKING, E_REFER, S_REFERRED, A_NOT_OPENED)
_in(_ASKING, E_STALE_ALLOW, S_REFERRED, A_NOT_OPENED)
_in(_ASKING, E_TIME_UP, S_REFERRED, A_NOT_OPENED)
_in(_ASKING, E_LINK_DOWN, S_REFERRED, A_NOT_OPENED)
_stay(_RESTING + _RECORDING + _OPENED + _HELD + _LOCKED + _FIRE + _BROKEN, E_LINK_DOWN)
_in(_MESSAGES, E_TIME_UP, S_IDLE)

# The record before the pulse.
_in(_RECORDING, E_RECORDED, S_OPEN, A_OPEN, A_COMPLETE_ORDER)
_in(_RECORDING, E_HOLD_RECORDED, S_HELD, A_RELEASE, A_COMPLETE_ORDER)
_in(_RECORDING, E_RECORD_FAILED, S_OUT_OF_SERVICE, A_NOT_RECORDED, A_FAIL_ORDER, A_JOURNAL_BROKEN)
_in(_RECORDING, E_TIME_UP, S_OUT_OF_SERVICE, A_DROP_RECORD, A_FAIL_ORDER, A_JOURNAL_BROKEN)

# The passage. Close as soon as somebody is past the barrier: one opening, one person.
_in((S_OPEN,), E_ENTERED, S_PASSING, A_CLOSE_OTHER_SIDE)
_stay((S_OPEN,), E_TURNED_BACK)  # leaned in before the lane opened: may still come
_in((S_OPEN,), E_TIME_UP, S_IDLE, A_CLOSE, A_NOBODY_CAME)
_in((S_OPEN,), E_BLIND, S_IDLE, A_CLOSE, A_UNKNOWN)
_in(_OPENED, E_BEYOND, S_PASSING, A_CLOSE)
_in(_OPENED, E_ARM_TURNED, S_PASSING, A_CLOSE, A_ARM_TURNS)
_stay((S_PASSING,), E_ENTERED)
_in((S_PASSING,), E_TURNED_BACK, S_IDLE, A_CLOSE, A_TURNED_BACK)
_in((S_PASSING,), E_TIME_UP, S_IDLE, A_CLOSE, A_UNKNOWN)
_in(_OPENED, E_PASSED, S_IDLE, A_CLOSE, A_PASSED)
_in(_OPENED, E_FOLLOWED, S_IDLE, A_CLOSE, A_FOLLOWED)

# People in a passage that is shut, or open to all.
_in(_SHUT, E_PASSED, STAY, A_NOTE_FOLLOWED)
_in(_HELD, E_PASSED, STAY, A_NOTE_PASSED)
_in(_SHUT + _HELD, E_FOLLOWED, STAY, A_NOTE_FOLLOWED)
_in(_SHUT + _HELD + _OPENED, E_WRONG_WAY, STAY, A_NOTE_WRONG_WAY)
_stay(_SHUT + _HELD + _FIRE, E_ENTERED, E_TURNED_BACK, E_BEYOND, E_ARM_TURNED)
_stay(_FIRE, E_PASSED, E_FOLLOWED, E_WRONG_WAY)

# Staff.
# The key opens once in a locked lane too: somebody may be shut in, and the gatehouse away.
_in(_RESTING + _LOCKED + _BROKEN, E_KEY, S_RECORDING, A_NEW_TAP, A_RECORD_OPENING)
_stay(_ASKING + _RECORDING + _OPENED + _HELD + _FIRE, E_KEY)
_in(_RESTING + _BROKEN, E_ORDER_OPEN, S_RECORDING, A_NEW_TAP, A_RECORD_OPENING, A_TAKE_ORDER)
_in(_ASKING + _RECORDING + _OPENED + _HELD + _LOCKED + _FIRE, E_ORDER_OPEN, STAY, A_REFUSE)
_in(_RESTING + _BROKEN, E_ORDER_HOLD, S_RECORDING, A_RECORD_HOLD, A_TAKE_ORDER)
_in(_HELD, E_ORDER_HOLD, STAY, A_DONE)
_in(_ASKING + _RECORDING + _OPENED + _LOCKED + _FIRE, E_ORDER_HOLD, STAY, A_REFUSE)
_in(_RESTING + _BROKEN, E_ORDER_LOCK, S_LOCKED, A_LOCK)
_in(_ASKING, E_ORDER_LOCK, S_LOCKED, A_NOT_OPENED, A_LOCK)
_in(_OPENED, E_ORDER_LOCK, STAY, A_CLOSE, A_LOCK)  # locked when the passage has ended
_in(_HELD, E_ORDER_LOCK, S_LOCKED, A_CLOSE, A_END_HOLD, A_LOCK)
_in(_LOCKED, E_ORDER_LOCK, STAY, A_DONE)
_in(_RECORDING + _FIRE, E_ORDER_LOCK, STAY, A_REFUSE)
_in(_RESTING + _ASKING + _RECORDING + _OPENED, E_ORDER_RESUME, STAY, A_RESUME)
_in(_HELD, E_TIME_UP, S_IDLE, A_CLOSE, A_END_HOLD)
_in(_HELD, E_ORDER_RESUME, S_IDLE, A_CLOSE, A_END_HOLD, A_RESUME)
_in(_LOCKED + _BROKEN, E_ORDER_RESUME, S_IDLE, A_RESUME)
_in(_FIRE, E_ORDER_RESUME, STAY, A_REFUSE)
_in((S_IDLE, S_OUT_OF_SERVICE), E_LOCK_STANDS, S_LOCKED)

# Fire: whatever was going on gets its end recorded, and nothing is shut against it.
_in(_ASKING, E_FIRE_ON, S_FIRE, A_NOT_OPENED, A_FIRE_ON)
_in(_RECORDING, E_FIRE_ON, S_FIRE, A_DROP_RECORD, A_FAIL_ORDER, A_FIRE_ON)
_in(_OPENED, E_FIRE_ON, S_FIRE, A_UNKNOWN, A_FIRE_ON)
_in(_HELD, E_FIRE_ON, S_FIRE, A_END_HOLD, A_FIRE_ON)
_in(_RESTING + _LOCKED + _BROKEN, E_FIRE_ON, S_FIRE, A_FIRE_ON)
_stay(_FIRE, E_FIRE_ON)
_in(_FIRE, E_FIRE_OFF, S_IDLE, A_FIRE_OFF, A_CLOSE)
_stay(_SHUT + _OPENED + _HELD, E_FIRE_OFF)

# What does not work.
_in(_RESTING, E_IMPAIRED, S_OUT_OF_SERVICE)
_stay(_ASKING + _RECORDING + _OPENED + _HELD + _LOCKED + _FIRE + _BROKEN, E_IMPAIRED)
_in(_BROKEN, E_RESTORED, S_IDLE)
_stay(_RESTING + _ASKING + _RECORDING + _OPENED + _HELD + _LOCKED + _FIRE, E_RESTORED)

# The safe side.
_in(_RESTING, E_ASTRAY, S_OUT_OF_SERVICE, A_CLOSE, A_FAULT)
_in(_ASKING, E_ASTRAY, S_OUT_OF_SERVICE, A_CLOSE, A_NOT_OPENED, A_FAULT)
_in(_RECORDING, E_ASTRAY, S_OUT_OF_SERVICE, A_DROP_RECORD, A_FAIL_ORDER, A_FAULT)
_in(_OPENED, E_ASTRAY, S_OUT_OF_SERVICE, A_CLOSE, A_UNKNOWN, A_FAULT)
_in(_HELD, E_ASTRAY, S_OUT_OF_SERVICE, A_CLOSE, A_END_HOLD, A_FAULT)
_in(_LOCKED + _BROKEN, E_ASTRAY, STAY, A_CLOSE, A_FAULT)
_stay(_FIRE, E_ASTRAY)

# What each state shows, in the order of the states.
SIGNALS = bytes(
    (
        signals.IDLE,
        signals.CHECKING,
        signals.CHECKING,
        signals.GO,
        signals.GO,
        signals.STOP,
        signals.SEE_STAFF,
        signals.PLACE_AGAIN,
        signals.GO,
        signals.OUT_OF_SERVICE,
        signals.FIRE,
        signals.OUT_OF_SERVICE,
    )
)

# The reason that an event itself gives; the others bring theirs.
REASONS = {
    E_CARD_HOST_AWAY: codes.REASON_HOST_AWAY,
    E_LINK_DOWN: codes.REASON_HOST_AWAY,
    E_STALE_ALLOW: codes.REASON_NO_ANSWER,
    E_TIME_UP: codes.REASON_NO_ANSWER,
    E_KEY: codes.REASON_STAFF,
    E_ORDER_OPEN: codes.REASON_STAFF,
    E_ORDER_LOCK: codes.REASON_STAFF,
    E_FIRE_ON: codes.REASON_FIRE,
    E_ASTRAY: codes.REASON_LANE_FAULT,
    E_CARD_MISSED: codes.REASON_LANE_BUSY,
}
# What the actions from A_PASSED on record, in their order.
REPORTS = bytes(
    (
        codes.REPORT_PASSED,
        codes.REPORT_TURNED_BACK,
        codes.REPORT_NOBODY_CAME,
        codes.REPORT_FOLLOWED,
        codes.REPORT_UNKNOWN,
        codes.REPORT_PASSED,
        codes.REPORT_FOLLOWED,
        codes.REPORT_WRONG_WAY,
        codes.REPORT_HELD,
        codes.REPORT_FIRE,
    )
)
