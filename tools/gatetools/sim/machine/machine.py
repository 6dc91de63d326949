"""The chip's `machine` for the Unix port, as hard as the chip: see the file of each part.

RESET_STATUS: exit status of a process whose firmware called `machine.reset()`; a watchdog that was not fed ends it
with SIGKILL. Whoever started it starts it again, and `reset_cause` then says which it was.

What a chip takes from its environment: GATE_BOARD (board.py), GATE_UART0 to 2 and GATE_USB (uart.py), GATE_PINS
(pins.py), GATE_FLASH (esp32.py), and GATE_FS_BYTES, the size of its file system (os.py). power_on.py starts it as the
chip does, with the console on GATE_UART0, or on GATE_USB where the chip has USB of its own.
"""

import os
import sys

import time
from pins import Pin
from uart import UART

__all__ = ("Pin", "UART", "WDT", "freq", "reset", "reset_cause", "unique_id")

RESET_STATUS = 75
PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
_FEED_MS = 50

_FLASH = os.getenv("GATE_FLASH") or "."
_RESET_MARK = _FLASH + "/reset.mark"
_WATCHDOG_MARK = _FLASH + "/watchdog.mark"


def _take(mark):
    try:
        os.remove(mark)
    except OSError:
        return False
    return True


_was_reset = _take(_RESET_MARK)
_cause = WDT_RESET if _take(_WATCHDOG_MARK) else HARD_RESET if _was_reset else PWRON_RESET


def reset_cause():
    return _cause


def reset():
    open(_RESET_MARK, "w").close()
    sys.exit(RESET_STATUS)


def unique_id():
    """Six bytes, as the MAC address in the chip's fuses; here of the flash folder's name."""
    import binascii

    return b"\x02\x00" + binascii.crc32(_FLASH.encode()).to_bytes(4, "big")


def freq():
    return 160000000


def __getattr__(name):
    # Only whoever asks for a timer pays for it: a lane that runs has its heap for itself.
    if name != "Timer":
        raise AttributeError(name)
    from timer import Timer

    return Timer


class WDT:
    """Cannot be stopped, not even by forgetting the object; really ends the process. Runs as a process of its own."""

    _fifo = None
    _fed_at = None

    def __init__(self, id=0, timeout=5000):
        if timeout < 1000:
            raise ValueError("timeout")
        if WDT._fifo is not None:
            return
        fifo = _FLASH + "/watchdog.fifo"
        here = __file__.rsplit("/", 1)[0]
        # The shell's parent is this process: the interpreter itself cannot tell its number.
        command = (
            "rm -f '%s'; mkfifo '%s' || exit 1; MICROPYPATH=.frozen '%s' '%s/watchdog.py' '%s' $PPID %d '%s' & "
            % (
                fifo,
                fifo,
                os.getenv("MICROPYTHON") or sys.executable,
                here,
                fifo,
                timeout,
                _WATCHDOG_MARK,
            )
        )
        if os.system(command):
            raise OSError("watchdog")
        WDT._fifo = open(fifo, "wb", buffering=0)

    def feed(self):
        now = time.ticks_ms()
        # The watcher is a process: it need not wake for every pass of a loop.
        if WDT._fed_at is None or time.ticks_diff(now, WDT._fed_at) >= _FEED_MS:
            WDT._fed_at = now
            WDT._fifo.write(b".")
