"""A Wiegand reader: a frame as pulses on two wires that idle high.

Pulses are 50 us long and come each millisecond, as most readers send them; others can be asked for. On GATE_PINS each
change is told with its time in microseconds, at about that time: a socket is no wire, and what it adds (its lateness,
a fraction of a millisecond, more on a busy machine) is the one thing that is not true to life. The gate's clock goes
by the times that are told, see machine/edges.py.
"""

import asyncio
import time
from collections.abc import Callable, Iterator

PULSE_US = 50
PERIOD_US = 1_000
LEAD_US = 200  # before the first pulse, so that none is told after its time


def frame(facility: int, number: int, bits: int = 26) -> str:
    """The bits of a card, parity included. ValueError unless it fits: 26 bits hold 8 + 16, 34 hold 16 + 16."""
    wide = {26: 8, 34: 16}[bits]
    if not (0 <= facility < 1 << wide and 0 <= number < 1 << 16):
        raise ValueError(f"a card of {bits} bits holds no {facility}:{number}")
    data = f"{facility:0{wide}b}{number:016b}"
    half = len(data) // 2
    return f"{data[:half].count('1') % 2}{data}{1 - data[half:].count('1') % 2}"


def changes(bits: str, from_us: int, period_us: int = PERIOD_US) -> Iterator[tuple[int, int, int]]:
    """(microseconds, wire 0 or 1, level) of each change of a wire."""
    for place, bit in enumerate(bits):
        at_us = from_us + place * period_us
        yield at_us, int(bit), 0
        yield at_us + PULSE_US, int(bit), 1


class WiegandReader:
    """Sends frames by `drive(wire, level, us)`. `on_sent(bits, us)`: the last pulse of a frame has begun."""

    def __init__(self, drive: Callable[[int, int, int], None], on_sent: Callable[[str, int], None]) -> None:
        self.plugged = True
        self._drive = drive
        self._on_sent = on_sent

    async def send(self, bits: str, period_us: int = PERIOD_US) -> None:
        """One frame, in its own time."""
        if not self.plugged:
            return
        at_us = 0
        for at_us, wire, level in changes(bits, time.monotonic_ns() // 1000 + LEAD_US, period_us):
            wait_us = at_us - time.monotonic_ns() // 1000
            if wait_us > 0:
                await asyncio.sleep(wait_us / 1e6)
            self._drive(wire, level, at_us)
        self._on_sent(bits, at_us - PULSE_US)
