"""The first thing a lane does: take its settings, tell the chip how it is wired, and release it if there is fire."""

import board
from gate import hal, orders, settings
from gate.chosen import Chosen


def take() -> "tuple[Chosen, str]":
    """The settings to run with, and why `settings.json` was refused, "" if it was not."""
    found, refusal = settings.load(board)
    chosen = Chosen(found.values())
    hal.wire(chosen.relays, chosen.polarity == "shuts", chosen.arm_contact == "opens")
    hal.set_relays(orders.RELAYS if hal.fire_stands() else 0)
    return chosen, refusal
