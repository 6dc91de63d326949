"""A gate that takes orders of staff in a thread of its own, and a station around it."""

import sqlite3
import threading
import time

import cbor2
from gatelink import codes, events, ticks
from gatelink.gate_to_house import Completion
from gatelink.house_to_gate import Order


class Obedient:
    """Turns a BenchGate until `end`. outcome: what it answers to orders, None for nothing; `orders`: what came.

    state: of its heartbeats. answers: the state that it names with an outcome, None for none.
    """

    def __init__(self, gate, ledger=None, outcome=codes.COMPLETION_DONE):
        self.gate = gate.bring_up()
        self.outcome = outcome
        self.state = 0
        self.answers = None
        self.orders = []
        self.stale = []
        self.recorded = []  # what the ledger held when each order came
        self._ledger = ledger
        self._taken = 0
        self._turning = threading.Lock()
        self._ended = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._ended:
            with self._turning:
                self.gate.end.set_heartbeat(self.state, 0)
                self.gate.turn()
                for event in self.gate.events[self._taken :]:
                    self._take(event)
                self._taken = len(self.gate.events)
            time.sleep(0)  # whoever wants to stop it gets the lock

    def _take(self, event):
        if isinstance(event, events.StaleOrder):
            self.stale.append(event.order)
            self._complete(event.order, codes.COMPLETION_STALE)
        elif isinstance(event, Order):
            self.orders.append(event)
            if self._ledger is not None:
                self.recorded.append(whats(self._ledger))
            if self.outcome is not None:
                self._complete(event.order, self.outcome)

    def _complete(self, order, outcome):
        self.gate.until(self.gate.end.can_send_bulk, "room for a completion")
        named = () if self.answers is None else (self.answers + 1,)
        self.gate.end.send(Completion(order, outcome, *named), self.now())

    @staticmethod
    def now():
        """The clock as the link counts it."""
        return int(time.monotonic() * 1000) & (ticks.PERIOD - 1)

    def do(self, what):
        """Call `what(gate)` between two turns, when the link takes a message."""
        with self._turning:
            self.gate.until(self.gate.end.can_send_bulk, "room for a message")
            what(self.gate)

    def pause(self):
        """Stand still: what is on the cable stays there."""
        self._turning.acquire()

    def go_on(self):
        self._turning.release()

    def end(self):
        self._ended = True
        self._thread.join()


def whats(ledger):
    """(what, detail) of every entry of gates and staff that is committed."""
    with sqlite3.connect(f"file:{ledger}?mode=ro", uri=True) as database:
        bodies = [body for (body,) in database.execute("select entry from ledger order by number")]
    database.close()
    arrays = [cbor2.loads(body) for body in bodies]
    return [(array[4], array[7]) for array in arrays if array[0] != 4]
