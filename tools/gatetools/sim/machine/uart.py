"""UARTs: each is the tty at GATE_UART0, GATE_UART1, GATE_UART2; unset means that nothing is connected. The ESP32-S3's
own USB is a serial port too, the tty at GATE_USB.

Bytes past `rxbuf` are dropped silently, and bytes past the hardware's FIFO while a flash operation keeps the
interrupts off. UART0 may belong to the REPL: its buffers are fixed at 256 bytes and it has no irq. A tty that hangs
up is an unplugged cable; it is tried again while the port is used.
"""

import os
import sys
import termios

import board
import select
import time
from silicon import check_output

# Indices into c_cc.
_VMIN, _VTIME = (16, 17) if sys.platform == "darwin" else (6, 5)
_ISPEED, _OSPEED = 4, 5
_REOPEN_MS = 10  # a chip's pins hear a cable again at once
_FIFO_BYTES = 128  # ESP32 technical reference, UART: RAM of 128 bytes for each receiver
_BITS = 10  # on the wire for each byte, 8N1
# A pty takes this much at once whenever it polls as writable; more could block.
WRITE_BYTES = 256

_open_ports = []
_lost = bytearray(64)  # where bytes past a buffer go


def _speeds():
    found = {}
    for name in dir(termios):
        if name.startswith("B") and name[1:].isdigit():
            found[int(name[1:])] = getattr(termios, name)
    if sys.platform == "linux":
        found[19200] = 14  # asm-generic/termbits.h; this interpreter does not name them
        found[38400] = 15
    return found


class UART:
    IRQ_RX = 1
    IRQ_RXIDLE = 0x1000
    _TTY = "GATE_UART%d"

    def __init__(self, number, baudrate=115200, *, tx=None, rx=None, rxbuf=None, txbuf=None, timeout=0, timeout_char=0):
        if number not in (0, 1, 2):
            raise ValueError("UART(%d) does not exist" % number)
        self._repl = number == 0
        if self._repl and (rxbuf is not None or txbuf is not None):
            raise ValueError("REPL UART buffer size is fixed")
        if tx is not None:
            check_output(tx)
        self._baud = baudrate
        self._limit = rxbuf or 256
        self._out_limit = txbuf or 256
        self._path = os.getenv(self._TTY.replace("%d", str(number)))
        self._held = bytearray(self._limit)
        self._view = memoryview(self._held)
        self._count = 0
        self._tried_at = time.ticks_ms()
        self._sent_at_us = 0  # when the last byte handed over will have left
        self.file = None
        self._open()
        # Opening flushes what came before.
        self._take()
        self._count = 0
        _open_ports.append(self)

    def init(self, baudrate=0):
        """Another rate; buffers, pins and irq stay as they are. Blocks until everything has left at the old one."""
        time.sleep_us(max(0, self._sent_at_us - time.monotonic_us()))
        if baudrate:
            self._baud = baudrate
            if self.file is not None:
                self._make_raw()

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
        self._wait_for_room(len(data))
        view = memoryview(data)
        try:
            for at in range(0, len(data), WRITE_BYTES):
                if self.file is None or not self._out.poll(0):
                    break  # nobody takes it: the bits leave the pin all the same
                self.file.write(view[at : at + WRITE_BYTES])
        except OSError:
            self._hang_up()
        return len(data)

    def _wait_for_room(self, size):
        """Block as the chip does: until all but the last `txbuf` bytes have left at the baud rate."""
        now = time.monotonic_us()
        self._sent_at_us = max(self._sent_at_us, now) + size * _BITS * 1000000 // self._baud
        excess_us = self._sent_at_us - now - self._out_limit * _BITS * 1000000 // self._baud
        if excess_us > 0:
            time.sleep_us(excess_us)

    def irq(self, handler=None, trigger=0, hard=False):
        if self._repl:
            raise ValueError("UART(0) has no irq")
        if hard:
            raise ValueError("hard irq")

    def _take(self, most=None):
        """Move what has arrived into the buffer; past the buffer, or past `most` bytes, it is lost."""
        if self.file is None:
            if self._path and time.ticks_diff(time.ticks_ms(), self._tried_at) >= _REOPEN_MS:
                self._tried_at = time.ticks_ms()
                self._open()
            return
        ready = self._in.poll(0)
        if not ready:
            return
        end = self._limit if most is None else min(self._limit, self._count + most)
        try:
            size = self.file.readinto(self._view[self._count : end]) if self._count < end else 0
            self._count += size or 0
            while self._count >= end and self.file.readinto(_lost):
                size = 1
        except OSError:
            size = 0
        if not size and ready[0][1] & (select.POLLHUP | select.POLLERR):
            self._hang_up()

    def _open(self):
        if not self._path:
            return
        try:
            self.file = open(self._path, "r+b", buffering=0)
            self._make_raw()
        except OSError:
            self._hang_up()
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
        attributes[6][_VMIN] = 0
        attributes[6][_VTIME] = 0
        speed = _speeds().get(self._baud)
        if speed is not None:  # a pty has no speed, so one that has no name here is no harm
            attributes[_ISPEED] = speed
            attributes[_OSPEED] = speed
        termios.tcsetattr(number, termios.TCSANOW, attributes)

    def _hang_up(self):
        if self.file is not None:
            try:
                self.file.close()
            except OSError:
                pass
        self.file = None
        self._tried_at = time.ticks_ms()


def interrupts_off():
    """A flash operation begins: what has come by now is safe."""
    for port in _open_ports:
        port._take()


def interrupts_on():
    """It is over: of what came meanwhile the FIFO has kept its size."""
    for port in _open_ports:
        port._take(_FIFO_BYTES)
