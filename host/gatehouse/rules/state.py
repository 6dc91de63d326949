"""The safe core: what a card and a status amount to, before any rule is looked at. Two of these states are good.

No file changes the order here or what counts as good; rules choose between `deny` and `refer`, and narrow what is good.
"""

import enum
from dataclasses import dataclass

from gatelink import codes

from gatehouse.clock import LOST_S, Moment
from gatehouse.rules.presented import UNLIMITED, Presented
from gatehouse.staff_card import Trust
from gatehouse.status import SILENCES, Heard, LabResult, LabTest, Outcome, Silent, Status

IDENTITY_CARDS = frozenset(
    (codes.CARD_RESIDENT, codes.CARD_HMT_PERMIT, codes.CARD_FOREIGN_2017, codes.CARD_FOREIGN_2023)
)
KINDS = IDENTITY_CARDS | {codes.CARD_CODE}


class State(enum.StrEnum):
    """The values are the words of the rule file."""

    CARD_KIND_UNSUPPORTED = "card_kind_unsupported"
    NUMBER_INVALID = "number_invalid"
    CARD_UNPROVEN = "card_unproven"  # of a kind that anybody can copy, and the settings do not take it
    CARD_EXPIRED = "card_expired"
    CARD_NOT_YET_VALID = "card_not_yet_valid"
    LISTS_UNREADABLE = "lists_unreadable"
    EXPIRED = "expired"  # by the source's own word
    NOT_FOUND = "not_found"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    UNMAPPED = "unmapped"  # or not of the form that it should have
    NOT_ASKED = "not_asked"
    RED = "red"
    TEST_POSITIVE = "test_positive"
    FROM_FUTURE = "from_future"  # status, answer or test
    TOO_OLD = "too_old"
    ANSWER_TOO_OLD = "answer_too_old"
    YELLOW = "yellow"
    FLAGGED = "flagged"  # green, with a flag that is not named harmless
    CLOCK_WRONG = "clock_wrong"
    STAFF_CARD = "staff_card"  # the register holds it as green, of whatever age, and the settings take that
    GREEN = "green"


REASON_OF = {
    State.CARD_KIND_UNSUPPORTED: codes.REASON_CARD_KIND_UNSUPPORTED,
    State.NUMBER_INVALID: codes.REASON_NUMBER_INVALID,
    State.CARD_UNPROVEN: codes.REASON_CARD_UNPROVEN,
    State.CARD_EXPIRED: codes.REASON_CARD_EXPIRED,
    State.CARD_NOT_YET_VALID: codes.REASON_CARD_NOT_YET_VALID,
    State.LISTS_UNREADABLE: codes.REASON_LOOKUP_FAILED,
    State.EXPIRED: codes.REASON_STATUS_EXPIRED,
    State.NOT_FOUND: codes.REASON_NOT_FOUND,
    State.FAILED: codes.REASON_LOOKUP_FAILED,
    State.TIMED_OUT: codes.REASON_LOOKUP_TIMED_OUT,
    State.UNMAPPED: codes.REASON_STATUS_UNMAPPED,
    State.NOT_ASKED: codes.REASON_NOT_ASKED,
    State.RED: codes.REASON_RED,
    State.TEST_POSITIVE: codes.REASON_TEST_POSITIVE,
    State.FROM_FUTURE: codes.REASON_STATUS_FROM_FUTURE,
    State.TOO_OLD: codes.REASON_STATUS_EXPIRED,
    State.ANSWER_TOO_OLD: codes.REASON_ANSWER_TOO_OLD,
    State.YELLOW: codes.REASON_YELLOW,
    State.FLAGGED: codes.REASON_FLAGGED,
    State.CLOCK_WRONG: codes.REASON_CLOCK_WRONG,
    State.STAFF_CARD: codes.REASON_STAFF_CARD,
    State.GREEN: codes.REASON_GREEN,
}

# In which a rule may allow what it names.
GOOD = frozenset((State.STAFF_CARD, State.GREEN))
# In which a rule may let a valid card in although no green is known. What speaks against its holder is not among them.
BY_CARD = frozenset(
    (
        State.GREEN,
        State.EXPIRED,
        State.NOT_FOUND,
        State.FAILED,
        State.TIMED_OUT,
        State.NOT_ASKED,
        State.TOO_OLD,
        State.ANSWER_TOO_OLD,
    )
)

WITHOUT_COLOUR = {
    Outcome.EXPIRED: State.EXPIRED,
    Outcome.NOT_FOUND: State.NOT_FOUND,
    Outcome.FAILED: State.FAILED,
    Outcome.TIMED_OUT: State.TIMED_OUT,
    Outcome.NOT_ASKED: State.NOT_ASKED,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What the station holds a status to. answer_max_age_s: of an answer whose time is told.

    harmless_flags: those that leave a green a green.
    """

    status_max_age_s: int
    clock_tolerance_s: int
    answer_max_age_s: int
    harmless_flags: frozenset[str] = frozenset()


def state_of(card: Presented, status: Status, limits: Limits, now: Moment) -> State:
    """What the card and the status amount to at this moment."""
    return state_of_card(card, now) or _of_status(card, status, limits, now)


def state_of_card(card: Presented, now: Moment) -> State | None:
    """The state where the card alone decides, None where its holder's status does."""
    if card.kind not in KINDS and card.trust is None:
        return State.CARD_KIND_UNSUPPORTED
    if card.number_ok is not True:
        return State.NUMBER_INVALID
    if card.trust is Trust.REFER:
        return State.CARD_UNPROVEN
    if card.valid_until != UNLIMITED and card.valid_until < now.today:
        return State.CARD_EXPIRED
    # A clock that may be wrong counts against the card at both ends: by the latest day above, by the earliest here.
    if card.valid_from > now.earliest_day:
        return State.CARD_NOT_YET_VALID
    return State.LISTS_UNREADABLE if card.lists is None else None


def _of_status(card: Presented, status: Status, limits: Limits, now: Moment) -> State:
    without_colour = WITHOUT_COLOUR.get(status.outcome)
    if without_colour is not None:
        return without_colour
    # A red or a positive that is old or from the future is still no reason to let somebody through: it comes before
    # the times.
    if status.outcome is Outcome.RED:
        return State.RED
    result = getattr(status.test, "result", None)
    if result is LabResult.POSITIVE:
        return State.TEST_POSITIVE
    if status.outcome not in {Outcome.GREEN, Outcome.YELLOW} or result is LabResult.UNMAPPED:
        return State.UNMAPPED
    if not is_well_formed(status) or not status.source:
        return State.UNMAPPED
    if max(times_of(status)) > now.wall_s + limits.clock_tolerance_s:
        return State.FROM_FUTURE
    if card.trust is Trust.STAFF and status.outcome is Outcome.GREEN and not status.flags - limits.harmless_flags:
        return State.STAFF_CARD if clock_is_right(limits, now) else State.CLOCK_WRONG
    if now.latest_s - status.updated_s > limits.status_max_age_s:
        return State.TOO_OLD
    if not _is_usable(status, limits, now):
        return State.ANSWER_TOO_OLD
    if status.outcome is Outcome.YELLOW:
        return State.YELLOW
    if status.flags - limits.harmless_flags:
        return State.FLAGGED
    return State.GREEN if clock_is_right(limits, now) else State.CLOCK_WRONG


def clock_is_right(limits: Limits, now: Moment) -> bool:
    """Whether the station's clock is not known to have lost the time, or to have been set back."""
    return now.wall_s >= LOST_S and now.latest_s - now.wall_s <= limits.clock_tolerance_s


def _is_usable(status: Status, limits: Limits, now: Moment) -> bool:
    """Whether the answer may still be used, by its source's word and by the station's."""
    if status.usable_until_s is not None and now.latest_s > status.usable_until_s:
        return False
    return not status.fetched_s or now.latest_s - status.fetched_s <= limits.answer_max_age_s


def is_well_formed(status: Status) -> bool:
    """Whether every value has the type that it should have, and no time is before 1970 or no number at all."""
    optional: list[object] = [status.doses, status.usable_until_s]
    if status.test is not None:
        if type(status.test) is not LabTest or not isinstance(status.test.result, LabResult):
            return False
        optional += [status.test.sampled_s, status.test.tested_s, status.test.reported_s]
    if not isinstance(status.flags, frozenset) or not isinstance(status.source, str):
        return False
    if not isinstance(status.silent, tuple) or not all(_is_silent(one) for one in status.silent):
        return False
    # Who is named as silent was not heard.
    if not isinstance(status.heard, Heard) or (status.heard is Heard.ALL) != (not status.silent):
        return False
    counted = [status.updated_s, status.fetched_s, *(value for value in optional if value is not None)]
    return all(type(value) is int and value >= 0 for value in counted)


def _is_silent(one: object) -> bool:
    return type(one) is Silent and isinstance(one.source, str) and one.outcome in SILENCES


def times_of(status: Status) -> list[int]:
    """Every time at which something is said to have happened."""
    test = status.test
    told = () if test is None else (test.sampled_s, test.tested_s, test.reported_s)
    return [status.updated_s, status.fetched_s, *(at_s for at_s in told if at_s is not None)]
