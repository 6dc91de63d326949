"""Whoever was let in: from which side they may come, through which relays, and what of it counts as theirs."""

from gate import facts, orders
from gate import lane_table as t
from gatelink import codes

EVENTS = {
    facts.Entered: t.E_ENTERED,
    facts.Beyond: t.E_BEYOND,
    facts.Passed: t.E_PASSED,
    facts.TurnedBack: t.E_TURNED_BACK,
    facts.Followed: t.E_FOLLOWED,
}


class Opening:
    """The opening under way, or the last one. `settings` is always the lane's own of that moment."""

    def __init__(self) -> None:
        self._sides = codes.DIRECTION_BOTH
        self._arm_turned = False

    def begin(self, settings: object) -> "orders.Open":
        """A new one. In a two-way lane the reader's side tells the direction, or else whoever enters first."""
        self._arm_turned = False
        self._sides = settings.direction & settings.reader_sides() or settings.direction
        width_ms = settings.open_limit_ms
        if settings.control == "pulse":
            width_ms = min(settings.pulse_ms, width_ms)
        return orders.Open(width_ms, relays(settings, self._sides))

    def event(self, fact: "facts.Passage", state: int, settings: object) -> "int | None":
        """What a fact of the beams means in a state of the lane."""
        kind = type(fact)
        under_way = state in (t.S_OPEN, t.S_PASSING)
        if not fact.side & (self._sides if under_way else settings.direction):
            return t.E_WRONG_WAY if kind in (facts.Passed, facts.Followed) else None
        if kind is facts.TurnedBack:
            # An arm does not turn back.
            return t.E_PASSED if state == t.S_PASSING and self._arm_turned else t.E_TURNED_BACK
        if under_way:
            self._sides = fact.side
        return EVENTS[kind]

    def arm_turns(self) -> None:
        """The turnstile says that somebody went through, whatever the beams miss."""
        self._arm_turned = True

    def time_up(self, state: int, blind: bool) -> int:
        """What the end of a state's time means. blind: the beams tell nothing."""
        if state == t.S_PASSING and self._arm_turned:
            return t.E_PASSED
        return t.E_BLIND if state == t.S_OPEN and blind else t.E_TIME_UP

    def close_other_side(self) -> "orders.Close":
        """Somebody is in the passage: nobody may come against them."""
        return orders.Close(orders.RELAYS & ~self._sides)


def relays(settings: object, sides: int) -> int:
    """The relays that release for travellers from these sides, as RELAY_ bits."""
    return sides if settings.relays == 2 else orders.RELAY_A
