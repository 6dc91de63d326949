"""The decision, pure: a card, a status, the rules and the time give a verdict. Only a fresh green can be allowed."""

from dataclasses import dataclass

from gatelink import codes

from gatehouse.status import Outcome, Status

UNLIMITED = 0


@dataclass(frozen=True, slots=True)
class Presented:
    """The card in front of the lane. number_ok: its number passed the check. valid_until: YYYYMMDD, 0 = unlimited."""

    kind: int
    number_ok: bool
    valid_until: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator has set."""

    status_max_age_s: int
    clock_tolerance_s: int
    yellow: int  # codes.DENY or codes.REFER
    red: int


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
}


def refuse_card(card: Presented, today: int) -> Decision | None:
    """Why the card itself cannot be asked about, or None. `today`: YYYYMMDD at the lane."""
    if card.kind != codes.CARD_RESIDENT:
        return Decision(codes.REFER, codes.REASON_CARD_KIND_UNSUPPORTED)
    if not card.number_ok:
        return Decision(codes.REFER, codes.REASON_NUMBER_INVALID)
    if card.valid_until != UNLIMITED and card.valid_until < today:
        return Decision(codes.REFER, codes.REASON_CARD_EXPIRED)
    return None


def decide(status: Status, rules: Rules, now_s: int) -> Decision:
    """The verdict on a status at Unix time `now_s`. Only a fresh green is allowed."""
    without_colour = WITHOUT_COLOUR.get(status.outcome)
    if without_colour is not None:
        return Decision(codes.REFER, without_colour)
    # A red that is old or from the future is still no reason to let somebody through: colours first.
    if status.outcome is Outcome.RED:
        return Decision(rules.red, codes.REASON_RED)
    if status.updated_s > now_s + rules.clock_tolerance_s:
        return Decision(codes.REFER, codes.REASON_STATUS_FROM_FUTURE)
    if now_s - status.updated_s > rules.status_max_age_s:
        return Decision(codes.REFER, codes.REASON_STATUS_EXPIRED)
    if status.outcome is Outcome.YELLOW:
        return Decision(rules.yellow, codes.REASON_YELLOW)
    if status.outcome is Outcome.GREEN and status.source:
        return Decision(codes.ALLOW, codes.REASON_GREEN)
    return Decision(codes.REFER, codes.REASON_STATUS_UNMAPPED)
