"""Service mode: the console belongs to a tool, and the gate serves nobody. It lasts a limited time, so that a gate
that somebody has forgotten in it comes back by itself.
"""

from gate import hal

LIMIT_MS = 15 * 60 * 1000


def enter() -> None:
    """Relays as without power, red and amber lamp on together, and a reset at the time limit.

    No other signal lights both lamps.
    """
    hal.set_relays(0)  # nothing was wired yet: they rest
    hal.set_signs(red=True, green=False, amber=True, buzzer=False)
    hal.reset_after(LIMIT_MS)
