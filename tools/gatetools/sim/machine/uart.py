"""UARTs: each is the tty at GATE_UART0, GATE_UART1, GATE_UART2; unset means that nothing is connected.

Bytes past `rxbuf` are dropped silently. UART0 of the classic ESP32 belongs to the REPL: its buffers are fixed at
256 bytes and it has no irq. A tty that hangs up is an unplugged cable; it is tried again while the port is used.
"""

import os
import termios

import board
import select
import time

VTIME = 5  # indices into c_cc on Linux; macOS has 17 and 16
VMIN = 6
REOPEN_MS = 200


class UART:
    IRQ_RX = 1
    IRQ_RXIDLE = 0x1000

    def __init__(self, number, baudrate=115200, *, tx=None, rx=None, rxbuf=None, txbuf=None, timeout=0, timeout_char=0):
        if number not in (0, 1, 2):
            raise ValueError("UART(%d) does not exist" % number)
        self._repl = number == 0 and board.CHIP == "esp32"
        if self._repl and (rxbuf is not None or txbuf is not None):
            raise ValueError("REPL UART buffer size is fixed")
        self._limit = rxbuf or 256
        self._path = os.getenv("GATE_UART%d" % number)
        self._held = bytearray(self._limit)
        self._view = memoryview(self._held)
        self._count = 0
        self._lost = bytearray(64)  # where bytes past the buffer go
        self._tried_at = time.ticks_ms()
        self.file = None
        self._open()

    def any(self):
        self._take()
        return self._count

    def read(self, size=None):
        self._take()
        if not self._count:
            return None
        size = self._count if size is None else min(size, self._count)
        data = bytes(self._view[:size])
        self._forget(size)
        return data

    def readinto(self, buffer):
        self._take()
        size = min(len(buffer), self._count)
        if not size:
            return None
        buffer[:size] = self._view[:size]
        self._forget(size)
        return size

    def _forget(self, size):
        self._held[: self._count - size] = self._held[size : self._count]
        self._count -= size

    def write(self, data):
        if self.file is not None and self._out.poll(0):
            try:
                self.file.write(data)
            except OSError:
                self._hang_up()
        return len(data)

    def irq(self, handler=None, trigger=0, hard=False):
        if self._repl:
            raise ValueError("UART(0) has no irq")
        if hard:
            raise ValueError("hard irq")

    def _take(self):
        if self.file is None:
            if self._path and time.ticks_diff(time.ticks_ms(), self._tried_at) >= REOPEN_MS:
                self._tried_at = time.ticks_ms()
                self._open()
            return
        ready = self._in.poll(0)
        if not ready:
            return
        try:
            size = self.file.readinto(self._view[self._count :]) if self._count < self._limit else 0
            while self._count + (size or 0) >= self._limit and self.file.readinto(self._lost):
                pass
        except OSError:
            size = 0
        if size:
            self._count += size
        elif ready[0][1] & (select.POLLHUP | select.POLLERR):
            self._hang_up()

    def _open(self):
        if not self._path:
            return
        try:
            self.file = open(self._path, "r+b", buffering=0)
            self._make_raw()
        except OSError:
            self.file = None
            return
        self._in = select._host_poll()
        self._in.register(self.file, select.POLLIN)
        self._out = select._host_poll()
        self._out.register(self.file, select.POLLOUT)

    def _make_raw(self):
        number = self.file.fileno()
        termios.setraw(number)
        attributes = termios.tcgetattr(number)
        # A read takes what is there and never waits.
        attributes[6][VMIN] = 0
        attributes[6][VTIME] = 0
        termios.tcsetattr(number, termios.TCSANOW, attributes)

    def _hang_up(self):
        try:
            self.file.close()
        except OSError:
            pass
        self.file = None
        self._tried_at = time.ticks_ms()
