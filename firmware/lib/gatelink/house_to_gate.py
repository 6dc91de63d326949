"""Messages from the gatehouse to a gate, one class each."""

from gatelink.codes import LANGUAGE_BOTH
from gatelink.message import UINT, Message

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
    FIELDS = (
        ("boot", UINT, U32),
        ("counter", UINT, U32),
        ("verdict", UINT, U8),
        ("reason", UINT, U8),
        ("valid_ms", UINT, U16),
    )
    boot: int
    counter: int
    verdict: int
    reason: int
    valid_ms: int


class Order(Message):
    """A member of staff orders the lane: an ORDER_ code. Obeyed while fresh, answered by a Completion."""

    KIND = 17
    URGENT = True
    FIELDS = (("order", UINT, U32), ("what", UINT, U8))
    order: int
    what: int


class Cursor(Message):
    """Every report up to and including `index` is committed in the ledger; 0 = none yet."""

    KIND = 18
    FIELDS = (("index", UINT, U32),)
    index: int


class Time(Message):
    """The wall clock, for records only: no decision on the gate depends on it."""

    KIND = 19
    FIELDS = (("unix_s", UINT, U32),)
    unix_s: int


class Settings(Message):
    """The lane's settings as one whole: taken or refused together."""

    KIND = 20
    FIELDS = (
        ("revision", UINT, U32),
        ("pulse_ms", UINT, U16),
        ("open_limit_ms", UINT, U16),
        ("answer_limit_ms", UINT, U16),
    )
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
        ("direction", UINT, U8),
        ("second_card", UINT, U8),
        ("second_card_limit_ms", UINT, U16),
        ("passage_limit_ms", UINT, U16),
        ("refused_ms", UINT, U16),
        ("referred_ms", UINT, U16),
        ("place_again_ms", UINT, U16),
        ("record_limit_ms", UINT, U16),
        ("blocked_limit_s", UINT, U16),
        ("hold_limit_s", UINT, U16),
    )
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
    FIELDS = (("volume", UINT, VOLUME_MAX), ("language", UINT, LANGUAGE_BOTH))
    volume: int
    language: int


KINDS: "dict[int, type[Message]]" = {
    cls.KIND: cls for cls in (Verdict, Order, Cursor, Time, Settings, LaneRules, Signs)
}
