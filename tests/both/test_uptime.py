"""A gate that has served many travellers holds no more than one that has served a few."""

import gc
import sys

from gate_bench import GateBench
from gatelink import codes

WARM = 20  # visits until every list and buffer has had its size
VISITS = 150


class Tally(list):
    """A ledger that counts its entries and keeps none: the house's disk is not the gate's memory."""

    def __init__(self):
        super().__init__()
        self.passed = 0
        self.count = 0

    def __len__(self):
        return self.count

    def append(self, entry):
        self.count += 1
        self.passed += entry[0] == codes.REPORT_PASSED


def held():
    """(what is allocated, how much more may be noise): bytes on MicroPython, objects elsewhere."""
    gc.collect()
    return (gc.mem_alloc(), 1024) if hasattr(gc, "mem_alloc") else (sys.getallocatedblocks(), 100)


def serve(bench, visits):
    for _ in range(visits):
        bench.visit()
        bench.log.clear()
        bench.heard.clear()


def test_hundreds_of_travellers_leave_nothing_behind_in_memory():
    bench = GateBench()
    bench.ledger = Tally()
    bench.bring_up()
    serve(bench, WARM)
    before, _ = held()
    serve(bench, VISITS)
    after, noise = held()

    assert bench.ledger.passed == WARM + VISITS
    assert after - before < noise, after - before
    assert bench.journal_flash.erases > 0
