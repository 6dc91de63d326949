"""GPIO pins, joined to the world by the Unix socket GATE_PINS.

Strapping and input-only pins raise as outputs. An input that nothing drives is undefined: it reads noise unless
a pull is configured. Every output change is told with CLOCK_MONOTONIC in microseconds; an input's may be: edges.py.

The world is there before the power: the first look at an input waits until the other end of the socket has said
something, at most _FIRST_WORD_MS. So whoever serves the socket tells all levels at once when a gate connects.
"""

import json
import os
import socket
import sys

import select
import time
from silicon import check_input, check_output

_FIRST_WORD_MS = 2000
_READ_BYTES = 128  # the heap is the firmware's
_LINE_MAX_BYTES = 256


def _address(path):
    """A sockaddr_un, which this interpreter wants as bytes."""
    name = path.encode() + b"\0"
    return bytes((len(name) + 2, 1)) + name if sys.platform == "darwin" else b"\x01\x00" + name


class World:
    """The socket; without GATE_PINS nothing is connected to any pin."""

    def __init__(self):
        self._driven = {}
        self._noise = 1
        self._held = b""
        self._heard = False
        path = os.getenv("GATE_PINS")
        self._socket = None
        if path:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.connect(_address(path))
            self._poll = select._host_poll()
            self._poll.register(self._socket, select.POLLIN)

    def tell(self, pin, value):
        if self._socket:
            line = '{"pin": %d, "value": %d, "us": %d}\n' % (pin, value, time.monotonic_us())
            try:
                self._socket.write(line.encode())
            except OSError:
                self._socket = None

    def listen(self):
        wait_ms = 0 if self._heard else _FIRST_WORD_MS
        self._heard = True
        while self._socket and self._poll.poll(wait_ms):
            wait_ms = 0
            try:
                data = self._socket.recv(_READ_BYTES)
            except OSError:
                data = b""
            if not data:
                self._socket = None
                return
            self._held += data
            while b"\n" in self._held:
                line, self._held = self._held.split(b"\n", 1)
                self._drive(line)
            if len(self._held) > _LINE_MAX_BYTES:
                self._held = b""

    def _drive(self, line):
        """One line drives one input; a line that is none drives nothing."""
        try:
            change = json.loads(line)
            self._driven[int(change["pin"])] = 1 if change["value"] else 0
        except (ValueError, KeyError, TypeError):
            sys.stderr.write("GATE_PINS: not understood\n")

    def level(self, pin, pull):
        self.listen()
        if pin in self._driven:
            return self._driven[pin]
        if pull is not None:
            return pull
        # Marsaglia's xorshift: the same noise in every run.
        x = self._noise
        x ^= x << 13 & 0xFFFFFFFF
        x ^= x >> 17
        x ^= x << 5 & 0xFFFFFFFF
        self._noise = x
        return x & 1


_world = World()


class Pin:
    IN = 1
    OUT = 3
    PULL_DOWN = 1
    PULL_UP = 2

    def __init__(self, number, mode=-1, pull=None, *, value=None):
        check_input(number, pull is not None)
        if mode == Pin.OUT:
            check_output(number)
        self._number = number
        self._out = mode == Pin.OUT
        self._pull = None if pull is None else 1 if pull == Pin.PULL_UP else 0
        self._value = None
        if self._out:
            # Without a value the latch has its reset value.
            self.value(value or 0)

    def value(self, level=None):
        if level is None:
            return self._value if self._out else _world.level(self._number, self._pull)
        if self._out:
            level = 1 if level else 0
            if level != self._value:
                self._value = level
                _world.tell(self._number, level)
        return None

    __call__ = value

    def __getattr__(self, name):
        # Interrupts: only whoever asks for them pays for them, a lane that runs has its heap for itself.
        import edges

        if name not in edges.NAMES:
            raise AttributeError(name)
        return getattr(self, name)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)
