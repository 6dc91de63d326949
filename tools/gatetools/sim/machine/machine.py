"""The chip's `machine` for the Unix port, as hard as the chip: see the class of each part.

RESET_STATUS: exit status of a process whose firmware called `machine.reset()`; whoever started it starts it again.
"""

import os
import sys

from pins import Pin
from uart import UART

__all__ = ("Pin", "UART", "WDT", "reset", "reset_cause")

RESET_STATUS = 75
PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3

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


class WDT:
    """Cannot be stopped; really ends the process. Runs as a process of its own."""

    def __init__(self, id=0, timeout=5000):
        if timeout < 1000:
            raise ValueError("timeout")
        fifo = _FLASH + "/watchdog.fifo"
        here = __file__.rsplit("/", 1)[0]
        # The shell's parent is this process: the interpreter itself cannot tell its number.
        command = "rm -f '%s'; mkfifo '%s'; MICROPYPATH=.frozen '%s' '%s/watchdog.py' '%s' $PPID %d '%s' & " % (
            fifo,
            fifo,
            os.getenv("MICROPYTHON") or "micropython",
            here,
            fifo,
            timeout,
            _WATCHDOG_MARK,
        )
        if os.system(command):
            raise OSError("watchdog")
        self._fifo = open(fifo, "wb", buffering=0)

    def feed(self):
        self._fifo.write(b".")
