"""gatelink's gate end as a contender, sans-IO and in the common subset: a tap goes out, its verdict comes back.

Run by itself it is on CPython, with the house's suite on both ends, as the peers are; `gatelink_micropython` runs the
same on the gate's interpreter, with the gate's suite and the firmware's port.
"""

import exchange
from gatelink import events
from gatelink.gate_end import GateEnd
from gatelink.gate_to_house import Tap
from gatelink.house_to_gate import Verdict
from gatelink.keys import GateKeys
from gatelink.ticks import diff

IDENTITY = b"BENCH-1."
STATIC_KEY = bytes(range(32))
CHAIN_KEY = bytes(range(32, 64))
STEP_MAX_MS = 1000


class Asker:
    """`port` has wait(limit_ms), write(data) and moved; `ticks()` is the time as gatelink counts it."""

    def __init__(self, port, suite, baud, ticks):
        self._port = port
        self._ticks = ticks
        self._end = GateEnd(GateKeys(IDENTITY, STATIC_KEY, 0, CHAIN_KEY), suite, baud, 1, ticks())

    @property
    def moved(self):
        return self._port.moved

    def ask(self, number):
        if self._end.is_up():
            self._end.send(Tap(*exchange.event(number)[1:]), self._ticks())
            self._write()

    def step(self, limit_ms):
        self._write()
        due = self._end.deadline()
        if due is not None:
            limit_ms = min(limit_ms, max(0, diff(due, self._ticks())))
        data = self._port.wait(min(limit_ms, STEP_MAX_MS))
        self._end.receive(data, self._ticks())
        found = []
        while True:
            event = self._end.next_event()
            if event is None:
                return found
            if isinstance(event, Verdict):
                found.append(event.counter)
            elif isinstance(event, events.StoreKeys):
                self._end.keys_stored(self._ticks())

    def _write(self):
        data = self._end.bytes_to_send(self._ticks())
        if data:
            self._port.write(data)

    def recover(self):
        """gatelink comes back by itself."""


def main():
    from gatehouse.suite import HouseSuite
    from gatelink.ticks import PERIOD
    from port import TtyPort, arguments, now_ms

    given = arguments()
    asker = Asker(TtyPort(given.tty), HouseSuite(), given.baud, lambda: int(now_ms()) % PERIOD)
    exchange.serve(asker, now_ms, given.limit_ms, given.rounds, given.budget_s, given.seed)


if __name__ == "__main__":
    main()
