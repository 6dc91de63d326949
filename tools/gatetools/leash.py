"""A serial port on a leash: whatever answers, an answer ends, and a port that breaks says so in one way."""

import time

import serial
from gatehouse.ports import BROKEN

KEPT_BYTES = 4096  # of what was heard, for whoever has to tell what that was


class PortLost(Exception):
    """The port broke while it was in use: the cable was pulled, or the device has gone."""


class NoEnd(Exception):
    """More came than any answer has, or it took longer than any answer takes."""


class Leash:
    """Stands where mpremote has its serial port. `begin` gives the allowance of what follows."""

    def __init__(self, port: serial.SerialBase) -> None:
        self.port = port
        self.heard = bytearray()  # the last KEPT_BYTES
        self.begin(0.0, 0)

    def begin(self, limit_s: float, limit_bytes: int) -> None:
        """From now on."""
        self._ends_s = time.monotonic() + limit_s
        self._left_bytes = limit_bytes
        self._heard_s = time.monotonic()

    def silent_s(self) -> float:
        """For how long nothing has come, since `begin` at most."""
        return time.monotonic() - self._heard_s

    def read(self, size: int = 1) -> bytes:
        """At most `size` bytes, fewer after the port's own timeout. PortLost, NoEnd."""
        try:
            data = bytes(self.port.read(size))
        except BROKEN:
            raise PortLost from None
        self._left_bytes -= len(data)
        if data:
            self._heard_s = time.monotonic()
        self._check()
        self.heard = (self.heard + data)[-KEPT_BYTES:]
        return data

    def write(self, data: bytes) -> None:
        """All of it. PortLost, also when the other side does not take it."""
        try:
            self.port.write(data)
        except BROKEN:
            raise PortLost from None

    def inWaiting(self) -> int:  # noqa: N802 - the name by which mpremote calls it
        """How many bytes have come. PortLost, NoEnd."""
        self._check()
        try:
            return int(self.port.in_waiting)
        except BROKEN:
            raise PortLost from None

    def _check(self) -> None:
        if self._left_bytes < 0 or time.monotonic() > self._ends_s:
            raise NoEnd
