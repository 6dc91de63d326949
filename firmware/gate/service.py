"""Service mode: the console belongs to a tool, and the gate serves nobody. It lasts a limited time, so that a gate
that somebody has forgotten in it comes back by itself.
"""

from gate import hal

LIMIT_MS = 15 * 60 * 1000


def enter() -> None:
    """Relay inactive, red and amber lamp on together (no other signal lights both), and a reset at the time limit."""
    hal.set_relay(on=False)
    hal.set_signs(red=True, green=False, amber=True, buzzer=False)
    hal.reset_after(LIMIT_MS)
