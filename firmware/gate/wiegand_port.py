"""The two wires of a Wiegand reader, seen as a port: pulses become bytes, four for each, as `readers.wiegand` wants.

Handlers of MicroPython's pin interrupts on the ESP32 are soft: they wait for the next bytecode, at most eight of them,
and more are dropped. So collecting garbage (up to 20 ms) or erasing flash (80 ms) can cost bits of a frame, which then
has the wrong length; the card is laid down again. Both are put off while a frame is under way.
"""

import time

RING_BYTES = 256  # 64 pulses, almost two frames; a power of two
_PLACES = RING_BYTES - 1
_COUNTS = 2 * RING_BYTES - 1  # counting twice around tells a full ring from an empty one


class WiegandPort:
    """`zero`, `one`: the pins of D0 and D1, inputs that idle high."""

    def __init__(self, zero: "object", one: "object") -> None:
        self._one = one
        self._ring = bytearray(RING_BYTES)
        self._taken = bytearray(RING_BYTES)
        self._view = memoryview(self._taken)
        self._head = 0
        self._tail = 0
        for pin in (zero, one):
            pin.irq(self._pulse, pin.IRQ_FALLING)

    def _pulse(self, pin: "object") -> None:
        """A falling edge. Nothing is allocated here; with a full ring it is lost."""
        now_us = time.ticks_us()
        head = self._head
        if (head - self._tail) & _COUNTS == RING_BYTES:
            return
        ring = self._ring
        place = head & _PLACES
        ring[place] = now_us & 0xFF
        ring[place + 1] = now_us >> 8 & 0xFF
        ring[place + 2] = now_us >> 16 & 0xFF
        ring[place + 3] = now_us >> 24 & 0x3F | (0x80 if pin is self._one else 0)
        self._head = head + 4 & _COUNTS

    def read(self) -> memoryview:
        """What has come, empty if nothing; it lasts until the next read. No pulse stays in the ring."""
        head, tail = self._head, self._tail
        size = 0
        while tail != head:
            place = tail & _PLACES
            self._taken[size] = self._ring[place]
            self._ring[place] = 0
            size += 1
            tail = tail + 1 & _COUNTS
        self._tail = tail
        return self._view[:size]

    def write(self, data: bytes) -> None:
        """Nothing: the reader does not listen."""

    def reset(self, active: bool) -> None:
        """Nothing: it has no reset line."""

    def wipe(self) -> None:
        """Overwrite what was read last."""
        for place in range(RING_BYTES):
            self._taken[place] = 0
