"""What chip and interpreter print by themselves where a gate should speak, and what that means.

Texts: the ROM loader of ESP32 and ESP32-S3 ("rst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)",
"invalid header: 0xffffffff", "flash read err, 1000", "csum err:0x9a!=0x5f", "waiting for download"), the second stage
loader of ESP-IDF ("No bootable app partitions"), and MicroPython (">>> ").
"""

import re
from enum import Enum, auto
from typing import NamedTuple

SAID_MAX_CHARACTERS = 80
STARTS_MANY = 3  # opening the port may cause one; a few seconds see more of them only where each start fails


class State(Enum):
    """What a chip is doing that prints this."""

    HALF_WRITTEN = auto()
    CRASHED = auto()
    LOADER = auto()
    RESTARTS = auto()
    CONSOLE = auto()
    STARTED = auto()


STARTED = re.compile(rb"rst:0x[0-9a-f]+ \([A-Z0-9_]+\)")
# In this order: the first that fits counts.
SIGNS = {
    State.HALF_WRITTEN: re.compile(
        rb"invalid header: 0x[0-9a-f]+|flash read err, \d+|csum err:0x[0-9a-f]+!=0x[0-9a-f]+"
        rb"|No bootable app partitions[^\r\n]*|image at 0x[0-9a-f]+ has invalid magic byte"
    ),
    State.CRASHED: re.compile(rb"Guru Meditation Error[^\r\n]*|Traceback \(most recent call last\)"),
    State.LOADER: re.compile(rb"waiting for download"),
    State.RESTARTS: STARTED,  # STARTS_MANY times
    State.CONSOLE: re.compile(rb">>> "),
    State.STARTED: STARTED,
}


class Sign(NamedTuple):
    """`said`: the words that give it away, at most SAID_MAX_CHARACTERS. `times`: how often they came."""

    state: State
    said: str
    times: int


def read(text: bytes) -> Sign | None:
    """What the chip is doing; None if nothing in its text is known."""
    for state, pattern in SIGNS.items():
        found = pattern.findall(text)
        if len(found) >= (STARTS_MANY if state is State.RESTARTS else 1):
            last = found[-1] if state is State.RESTARTS else found[0]
            return Sign(state, last.decode("ascii", "replace")[:SAID_MAX_CHARACTERS], len(found))
    return None
