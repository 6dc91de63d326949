"""Standard input and output as the firmware finds them on a chip: UART0, or the USB of a chip that has one.

While the REPL runs, `print` and `sys` stand for the chip's. A byte 03 that arrives while code waits for input
interrupts it; code that never waits cannot be interrupted here, as it can on the chip.
"""

import sys as _host

import board
import builtins
import select
import timer
from uart import UART
from usb_serial import UsbSerial

WAIT_MS = 1000
REPLUG_MS = 10
CTRL_C = 3


class Console:
    def __init__(self):
        self._port = UsbSerial() if board.CHIP == "esp32s3" else UART(0)
        self._poll = select.poll()
        self._poll.register(self._port, select.POLLIN)

    def byte(self):
        """The next byte that comes, however long that takes."""
        while not self._port.any():
            timer.run_due()
            self._poll.ipoll(timer.next_ms(WAIT_MS if self._port.file else REPLUG_MS))
        return self._port.read(1)[0]

    def write(self, data):
        self._port.write(data)

    def cooked(self, text):
        """Text with line ends as terminals want them."""
        self.write(text.replace("\n", "\r\n").encode())


class _Input:
    """shared/runtime/sys_stdio_mphal.c: as text a carriage return is read as a line's end."""

    def __init__(self, console, raw=False):
        self._console = console
        self._raw = raw
        self.buffer = self if raw else _Input(console, True)

    def _byte(self):
        byte = self._console.byte()
        if byte == CTRL_C:
            raise KeyboardInterrupt
        return 10 if byte == 13 and not self._raw else byte

    def _given(self, data):
        return bytes(data) if self._raw else bytes(data).decode()

    def read(self, size=1):
        return self._given(bytearray(self._byte() for _ in range(size)))

    def readline(self, limit=-1):
        line = bytearray()
        while not line.endswith(b"\n") and len(line) != limit:
            line.append(self._byte())
        return self._given(line)


class _Output:
    def __init__(self, console):
        self._console = console
        self.buffer = console

    def write(self, text):
        self._console.cooked(text if isinstance(text, str) else bytes(text).decode())
        return len(text)


class _Sys:
    def __init__(self, console):
        self.stdin = _Input(console)
        self.stdout = self.stderr = _Output(console)

    def __getattr__(self, name):
        return getattr(_host, name)


def attach(console):
    """From now on code that is loaded reads and prints here."""
    out = _Output(console)

    def show(*values, sep=" ", end="\n", file=None):
        (file or out).write(sep.join(str(value) for value in values) + end)

    builtins.print = show
    _host.modules["sys"] = _Sys(console)
