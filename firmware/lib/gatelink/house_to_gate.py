"""Messages from the gatehouse to a gate, one class each."""

from gatelink.codes import LANGUAGE_BOTH
from gatelink.message import Message

U8 = 0xFF
U16 = 0xFFFF
U32 = 0xFFFFFFFF
VOLUME_MAX = 30  # what serial MP3 modules know


class Verdict(Message):
    """The answer to tap (boot, counter): ALLOW, DENY or REFER, and a REASON_ code.

    valid_ms: how old the tap may be, on the gate's own clock, for an ALLOW to open.
    """

    KIND = 16
    URGENT = True
    FIELDS = ("boot", "counter", "verdict", "reason", "valid_ms")
    LIMITS = (U32, U32, U8, U8, U16)
    boot: int
    counter: int
    verdict: int
    reason: int
    valid_ms: int


class Order(Message):
    """A member of staff orders the lane: an ORDER_ code. Obeyed while fresh, answered by a Completion."""

    KIND = 17
    URGENT = True
    FIELDS = ("order", "what")
    LIMITS = (U32, U8)
    order: int
    what: int


class Cursor(Message):
    """Every report up to and including `index` is committed in the ledger; 0 = none yet."""

    KIND = 18
    FIELDS = ("index",)
    LIMITS = (U32,)
    index: int


class Time(Message):
    """The wall clock, for records only: no decision on the gate depends on it."""

    KIND = 19
    FIELDS = ("unix_s",)
    LIMITS = (U32,)
    unix_s: int


class Settings(Message):
    """The lane's settings as one whole: taken or refused together."""

    KIND = 20
    FIELDS = ("revision", "pulse_ms", "open_limit_ms", "answer_limit_ms")
    LIMITS = (U32, U16, U16, U16)
    revision: int
    pulse_ms: int
    open_limit_ms: int
    answer_limit_ms: int


class LaneRules(Message):
    """How the lane is run, as one whole beside Settings: taken or refused together.

    direction: a DIRECTION_ code. second_card: a SECOND_CARD_ code. The rest is how long a state or a card may last;
    hold_limit_s: 0 = until staff resume.
    """

    KIND = 21
    FIELDS = (
        "direction",
        "second_card",
        "second_card_limit_ms",
        "passage_limit_ms",
        "refused_ms",
        "referred_ms",
        "place_again_ms",
        "record_limit_ms",
        "blocked_limit_s",
        "hold_limit_s",
    )
    LIMITS = (U8, U8, U16, U16, U16, U16, U16, U16, U16, U16)
    direction: int
    second_card: int
    second_card_limit_ms: int
    passage_limit_ms: int
    refused_ms: int
    referred_ms: int
    place_again_ms: int
    record_limit_ms: int
    blocked_limit_s: int
    hold_limit_s: int


class Signs(Message):
    """How signs that speak or write are to do it now: the volume, 0 to 30, and a LANGUAGE_ code, 0 = both."""

    KIND = 22
    FIELDS = ("volume", "language")
    LIMITS = (VOLUME_MAX, LANGUAGE_BOTH)
    volume: int
    language: int


KINDS: "dict[int, type[Message]]" = {
    cls.KIND: cls for cls in (Verdict, Order, Cursor, Time, Settings, LaneRules, Signs)
}
