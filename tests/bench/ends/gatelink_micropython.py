"""The gate's interpreter and suite, the firmware's port over the model of the chip. Settings: BENCH_* variables."""

import os
import time

import exchange
import gatelink_gate
from gate import hal
from gate.suite import GateSuite


class LinkPort:
    """The firmware's serial port, counted."""

    def __init__(self, baud):
        self._port = hal.link_port(baud)
        self.moved = 0

    def wait(self, limit_ms):
        hal.wait(int(limit_ms))
        data = bytes(self._port.read())
        self.moved += len(data)
        return data

    def write(self, data):
        self.moved += len(data)
        self._port.write(data)


def given(name):
    return int(os.getenv("BENCH_" + name))


def now_ms():
    return time.monotonic_us() / 1000


baud = given("BAUD")
asker = gatelink_gate.Asker(LinkPort(baud or 115200), GateSuite(), baud, hal.now)
exchange.serve(asker, now_ms, given("LIMIT_MS"), given("ROUNDS"), given("BUDGET_S"), given("SEED"))
