"""GPIO pins, joined to the world by the Unix socket GATE_PINS.

Strapping and input-only pins raise as outputs. An input that nothing drives is undefined: it reads noise unless
a pull is configured. Every output change is told with CLOCK_MONOTONIC in microseconds.
"""

import json
import os
import socket

import board
import select
import time

# ESP32 data sheet, section "Strapping Pins", and GPIO34 to 39 without output drivers; 6 to 11 carry the flash.
# ESP32-S3 data sheet: strapping 0, 3, 45, 46; 26 to 37 flash and octal PSRAM; 19 and 20 native USB.
STRAPPING = {"esp32": (0, 2, 5, 12, 15), "esp32s3": (0, 3, 45, 46)}[board.CHIP]
FLASH = {"esp32": tuple(range(6, 12)), "esp32s3": tuple(range(26, 38))}[board.CHIP]
USB = {"esp32": (), "esp32s3": (19, 20)}[board.CHIP]
INPUT_ONLY = {"esp32": tuple(range(34, 40)), "esp32s3": ()}[board.CHIP]
EXISTING = {
    "esp32": tuple(range(20)) + (21, 22, 23, 25, 26, 27) + tuple(range(32, 40)),
    "esp32s3": tuple(range(22)) + tuple(range(26, 49)),
}[board.CHIP]


class World:
    """The socket; without GATE_PINS nothing is connected to any pin."""

    def __init__(self):
        self.driven = {}
        self._noise = 1
        self._held = b""
        path = os.getenv("GATE_PINS")
        self._socket = None
        if path:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.connect(b"\x01\x00" + path.encode() + b"\0")
            self._poll = select._host_poll()
            self._poll.register(self._socket, select.POLLIN)

    def tell(self, pin, value):
        if self._socket:
            line = json.dumps({"pin": pin, "value": value, "us": time.monotonic_us()})
            try:
                self._socket.write(line.encode() + b"\n")
            except OSError:
                self._socket = None

    def listen(self):
        while self._socket and self._poll.poll(0):
            data = self._socket.recv(512)
            if not data:
                self._socket = None
                return
            self._held += data
            while b"\n" in self._held:
                line, self._held = self._held.split(b"\n", 1)
                change = json.loads(line)
                self.driven[change["pin"]] = 1 if change["value"] else 0

    def level(self, pin, pull):
        self.listen()
        if pin in self.driven:
            return self.driven[pin]
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
        if number not in EXISTING:
            raise ValueError("no such pin")
        if number in FLASH or number in USB:
            raise ValueError("pin carries flash, PSRAM or USB")
        if mode == Pin.OUT and number in STRAPPING:
            raise ValueError("strapping pin as output")
        if number in INPUT_ONLY and (mode == Pin.OUT or pull is not None):
            raise ValueError("pin is input only and has no pulls")
        self._number = number
        self._out = mode == Pin.OUT
        self._pull = None if pull is None else 1 if pull == Pin.PULL_UP else 0
        self._value = None
        if self._out and value is not None:
            self.value(value)

    def value(self, level=None):
        if level is None:
            return self._value or 0 if self._out else _world.level(self._number, self._pull)
        if self._out:
            level = 1 if level else 0
            if level != self._value:
                self._value = level
                _world.tell(self._number, level)
        return None

    __call__ = value
