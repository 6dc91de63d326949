"""A serial port on Linux that waits by poll(2).

pyserial's own waits by select(2), which knows descriptors below 1024 only; a port takes five of them, and a station
has up to 256 ports beside its connections to health platforms.
"""

import os
import select
import time

import serial

# Of the other kinds of readiness an attempt to read or write tells what is wrong.
READABLE, WRITABLE = select.POLLIN, select.POLLOUT


class PolledSerial(serial.Serial):
    """As its parent, whose attributes it uses: the descriptor, and the pipes by which another thread ends a wait."""

    def read(self, size: int = 1) -> bytes:
        """At most `size` bytes, fewer when the timeout is over or the wait is cancelled. SerialException, OSError."""
        if not self.is_open:
            raise serial.PortNotOpenError
        data, end_s = bytearray(), _end_s(self.timeout)
        while len(data) < size and _ready(self.fd, READABLE, self.pipe_abort_read_r, end_s):
            try:
                piece = os.read(self.fd, size - len(data))
            except BlockingIOError:  # somebody else was quicker
                continue
            if not piece:
                raise serial.SerialException("returned no data although it was ready")
            data += piece
        return bytes(data)

    def write(self, data: bytes) -> int:
        """All of it; how many bytes went out where the wait was cancelled. SerialTimeoutException, OSError."""
        if not self.is_open:
            raise serial.PortNotOpenError
        left, end_s = memoryview(data), _end_s(self.write_timeout)
        while left:
            try:
                left = left[os.write(self.fd, left) :]
            except BlockingIOError:
                if not _ready(self.fd, WRITABLE, self.pipe_abort_write_r, end_s):
                    if end_s is not None and time.monotonic() >= end_s:
                        raise serial.SerialTimeoutException("Write timeout") from None
                    break
        return len(data) - len(left)


def _end_s(timeout_s: float | None) -> float | None:
    return None if timeout_s is None else time.monotonic() + timeout_s


def _ready(fd: int, event: int, abort: int, end_s: float | None) -> bool:
    """Wait for a descriptor; False when the time is over or something stands in the pipe `abort`, which is emptied."""
    waiting = select.poll()
    waiting.register(fd, event)
    waiting.register(abort, READABLE)
    left_ms = None if end_s is None else max(0.0, end_s - time.monotonic()) * 1000
    found = dict(waiting.poll(left_ms))
    if abort in found:
        os.read(abort, 1000)
        return False
    return fd in found
