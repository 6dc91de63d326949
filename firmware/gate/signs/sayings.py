"""Which saying goes with which reason: one table, for voice, display, documents and the script to record.

The number of a saying is the number of its recording. The first ones are a signal's own, under its code: what to do,
for everybody. The others say what to do first as well, and then why, where that may be heard by whoever stands
beside: of a colour, a status or a number nothing is ever said.
"""

from gate import signals
from gatelink import codes

EXPIRED = 8
NOT_YET_VALID = 9
OTHER_KIND = 10
ONE_AT_A_TIME = 11
NO_ANSWER = 12
CODE = 13
SAYINGS = 14

# signal, saying: two bytes for each REASON_ code.
TABLE = bytearray(2 * codes.REASON_ANSWER_TOO_OLD + 2)


def _set(signal: int, saying: int, *reasons: int) -> None:
    for reason in reasons:
        TABLE[2 * reason] = signal
        TABLE[2 * reason + 1] = saying


_set(signals.GO, signals.GO, codes.REASON_GREEN, codes.REASON_STAFF, codes.REASON_STAFF_CARD, codes.REASON_BY_CARD)
_set(signals.STOP, signals.STOP, codes.REASON_RED)
_set(
    signals.SEE_STAFF,
    signals.SEE_STAFF,
    codes.REASON_YELLOW,
    codes.REASON_STATUS_EXPIRED,
    codes.REASON_NOT_FOUND,
    codes.REASON_NUMBER_INVALID,
    codes.REASON_STATUS_FROM_FUTURE,
    codes.REASON_STATUS_UNMAPPED,
    codes.REASON_CARD_REJECTED,
    codes.REASON_CARD_UNPROVEN,
    codes.REASON_TEST_POSITIVE,
    codes.REASON_TEST_NOT_IN_ORDER,
    codes.REASON_LISTED,
    codes.REASON_BY_RULE,
    codes.REASON_CLOCK_WRONG,
    codes.REASON_FLAGGED,
    codes.REASON_ANSWER_TOO_OLD,
)
_set(
    signals.SEE_STAFF,
    NO_ANSWER,
    codes.REASON_LOOKUP_FAILED,
    codes.REASON_LOOKUP_TIMED_OUT,
    codes.REASON_LEDGER_UNAVAILABLE,
    codes.REASON_HOST_AWAY,
    codes.REASON_NO_ANSWER,
    codes.REASON_NOT_ASKED,
)
_set(signals.SEE_STAFF, EXPIRED, codes.REASON_CARD_EXPIRED)
_set(signals.SEE_STAFF, NOT_YET_VALID, codes.REASON_CARD_NOT_YET_VALID)
_set(signals.SEE_STAFF, OTHER_KIND, codes.REASON_CARD_KIND_UNSUPPORTED)
_set(signals.SEE_STAFF, CODE, codes.REASON_CODE_TOO_LONG)
_set(signals.PLACE_AGAIN, signals.PLACE_AGAIN, codes.REASON_CARD_UNREADABLE)
_set(signals.PLACE_AGAIN, ONE_AT_A_TIME, codes.REASON_LANE_BUSY)
_set(signals.OUT_OF_SERVICE, signals.OUT_OF_SERVICE, codes.REASON_JOURNAL_UNAVAILABLE, codes.REASON_LANE_FAULT)
_set(signals.FIRE, signals.FIRE, codes.REASON_FIRE)


def saying(signal: int, reason: int) -> int:
    """The saying for a signal that is shown for a reason; the signal's own where the reason's belongs to another."""
    at = 2 * reason
    return TABLE[at + 1] if at < len(TABLE) and TABLE[at] == signal else signal
