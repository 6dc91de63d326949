"""The decision, pure: card, status, rules and time give a verdict. Only a fresh green can be allowed."""

from dataclasses import dataclass

from gatelink import codes

from gatehouse.clock import Moment
from gatehouse.staff_card import Trust
from gatehouse.status import Outcome, Status

UNLIMITED = 0
KINDS = frozenset(
    (
        codes.CARD_RESIDENT,
        codes.CARD_HMT_PERMIT,
        codes.CARD_FOREIGN_2017,
        codes.CARD_FOREIGN_2023,
        codes.CARD_CODE,
    )
)


@dataclass(frozen=True, slots=True)
class Presented:
    """The card or code in front of the lane. number_ok: its number passed the check of its kind; of a code: it is one.

    valid_until, valid_from: YYYYMMDD, the last and the first day on which it is good; 0 = unlimited, not said.
    """

    kind: int
    number_ok: bool
    valid_until: int
    valid_from: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator has set. `yellow` and `red` are codes.DENY or codes.REFER: no rule can allow them.

    `uid`, `wiegand`: what cards of these kinds may do.
    """

    status_max_age_s: int
    clock_tolerance_s: int
    yellow: int
    red: int
    uid: Trust = Trust.REFER
    wiegand: Trust = Trust.REFER

    def __post_init__(self) -> None:
        if not {self.yellow, self.red} <= {codes.DENY, codes.REFER}:
            raise ValueError("yellow and red lead to deny or refer")

    def trust(self, kind: int) -> Trust | None:
        """What a card of this kind may do; None for an identity card, or what is no card."""
        return {codes.CARD_UID: self.uid, codes.CARD_WIEGAND: self.wiegand}.get(kind)


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict and its reason, both gatelink codes."""

    verdict: int
    reason: int


WITHOUT_COLOUR = {
    Outcome.EXPIRED: codes.REASON_STATUS_EXPIRED,
    Outcome.NOT_FOUND: codes.REASON_NOT_FOUND,
    Outcome.FAILED: codes.REASON_LOOKUP_FAILED,
    Outcome.TIMED_OUT: codes.REASON_LOOKUP_TIMED_OUT,
    Outcome.UNMAPPED: codes.REASON_STATUS_UNMAPPED,
}


def decide(card: Presented, status: Status, rules: Rules, now: Moment) -> Decision:
    """The verdict on a card whose holder has `status`."""
    return _by_card(card, rules, now) or _by_status(rules.trust(card.kind), status, rules, now)


def _by_card(card: Presented, rules: Rules, now: Moment) -> Decision | None:
    """The verdict where the card alone is enough for one."""
    trust = rules.trust(card.kind)
    if card.kind not in KINDS and trust is None:
        return Decision(codes.REFER, codes.REASON_CARD_KIND_UNSUPPORTED)
    if not card.number_ok:
        return Decision(codes.REFER, codes.REASON_NUMBER_INVALID)
    if trust is Trust.REFER:
        return Decision(codes.REFER, codes.REASON_CARD_UNPROVEN)
    if card.valid_until != UNLIMITED and card.valid_until < now.today:
        return Decision(codes.REFER, codes.REASON_CARD_EXPIRED)
    # A clock that may be wrong counts against the card at both ends: by the latest day above, by the earliest here.
    if card.valid_from > now.earliest_day:
        return Decision(codes.REFER, codes.REASON_CARD_NOT_YET_VALID)
    return None


def _by_status(trust: Trust | None, status: Status, rules: Rules, now: Moment) -> Decision:
    without_colour = WITHOUT_COLOUR.get(status.outcome)
    if without_colour is not None:
        return Decision(codes.REFER, without_colour)
    # A red that is old or from the future is still no reason to let somebody through: it comes before the times.
    if status.outcome is Outcome.RED:
        return Decision(rules.red, codes.REASON_RED)
    if status.updated_s > now.wall_s + rules.clock_tolerance_s:
        return Decision(codes.REFER, codes.REASON_STATUS_FROM_FUTURE)
    if trust is Trust.STAFF and status.outcome is Outcome.GREEN and status.source:
        return Decision(codes.ALLOW, codes.REASON_STAFF_CARD)
    if now.latest_s - status.updated_s > rules.status_max_age_s:
        return Decision(codes.REFER, codes.REASON_STATUS_EXPIRED)
    if status.outcome is Outcome.YELLOW:
        return Decision(rules.yellow, codes.REASON_YELLOW)
    if status.outcome is Outcome.GREEN and status.source:
        return Decision(codes.ALLOW, codes.REASON_GREEN)
    return Decision(codes.REFER, codes.REASON_STATUS_UNMAPPED)
