"""Messages from a gate to the gatehouse, one class each."""

from gatelink.limits import PRESENTED_MAX_BYTES, TEXT_MAX_BYTES, TRACE_MAX_BYTES
from gatelink.message import Message

U8 = 0xFF
U16 = 0xFFFF
U32 = 0xFFFFFFFF


class Tap(Message):
    """Something was presented: one tap, one question. (boot, counter) is the tap id.

    card: a CARD_ code. number: a card's number in ASCII, or the bytes of a code. valid_from, valid_until: YYYYMMDD,
    0 = not said, unlimited. age_ms: from the card's last byte to the sending of this message.
    """

    KIND = 1
    URGENT = True
    FIELDS = ("boot", "counter", "card", "number", "valid_until", "age_ms", "valid_from")
    LIMITS = (U32, U32, U8, -PRESENTED_MAX_BYTES, 99991231, U16, 99991231)
    OPTIONAL = 1
    boot: int
    counter: int
    card: int
    number: bytes
    valid_until: int
    age_ms: int
    valid_from: int


class Report(Message):
    """What happened at the lane: entry `index` of the gate's journal, repeated until a Cursor has passed it.

    what: a REPORT_ code. (boot, counter): the tap it belongs to, 0 if none; REPORT_COUNTED says what counter is there.
    at_s: Unix time as far as the gate knew it, 0 if not.
    """

    KIND = 2
    FIELDS = ("index", "what", "boot", "counter", "detail", "at_s")
    LIMITS = (U32, U8, U32, U32, U16, U32)
    index: int
    what: int
    boot: int
    counter: int
    detail: int
    at_s: int


class Heartbeat(Message):
    """Each second, never repeated. state: the lane's state. waiting: reports that no Cursor has passed yet."""

    KIND = 3
    URGENT = True
    FIELDS = ("number", "state", "waiting")
    LIMITS = (U32, U8, U16)
    number: int
    state: int
    waiting: int


class Completion(Message):
    """How order `order` ended: a COMPLETION_DONE, COMPLETION_STALE or COMPLETION_REFUSED code.

    state: what the lane was doing when it had ended, a Heartbeat's state plus 1; 0 = not said.
    """

    KIND = 4
    FIELDS = ("order", "outcome", "state")
    LIMITS = (U32, U8, U8)
    OPTIONAL = 1
    order: int
    outcome: int
    state: int


class Fault(Message):
    """Something on the gate needs a person: a FAULT_ code and a number that narrows it down, 0 if none.

    said: of refused settings, what is wrong and what is allowed, in ASCII.
    """

    KIND = 5
    FIELDS = ("what", "detail", "said")
    LIMITS = (U8, U16, -TRACE_MAX_BYTES)
    OPTIONAL = 1
    what: int
    detail: int
    said: bytes


class About(Message):
    """What this gate is, told once in each session: its firmware, its board, and the interpreter, in ASCII."""

    KIND = 6
    FIELDS = ("firmware", "board", "system")
    LIMITS = (-TEXT_MAX_BYTES, -TEXT_MAX_BYTES, -TEXT_MAX_BYTES)
    firmware: bytes
    board: bytes
    system: bytes


class Trace(Message):
    """Where part `part` of the gate's program failed, once for each time after it had worked; nobody is in it.

    error: the class of the error in ASCII. where: "file:line" of each call, the innermost last, as many as fit.
    """

    KIND = 7
    FIELDS = ("part", "error", "where")
    LIMITS = (U8, -TEXT_MAX_BYTES, -TRACE_MAX_BYTES)
    part: int
    error: bytes
    where: bytes


KINDS: "dict[int, type[Message]]" = {cls.KIND: cls for cls in (Tap, Report, Heartbeat, Completion, Fault, About, Trace)}
