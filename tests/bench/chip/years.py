"""Runs on MicroPython, against the compiled firmware: a gate that serves travellers on virtual time. See `lifetime`.

The argument is how many taps. Prints lines of words, for `lifetime` to read.

    pace MICROSECONDS                              the fastest of the meter's plain loops
    tenth TAPS HELD ERASES KEY_ERASES              after each tenth: bytes allocated
    pause PASS COLLECTION                          in microseconds: the longest pass of a visit, without the collector,
                                                   and the collector, each pass of a visit at its quickest
    passed PASSAGES DAYS                           openings with their outcomes in the ledger; days that have gone by
"""

import gc
import sys

import utime as time
from gate_bench import GateBench
from gatelink import codes
from gatelink.ticks import add
from meter import Pace, measured

TAP_MS = 5184  # sixty days hold a million of these
BEAMS = ((True, False), (True, True), (False, True), (False, False))
BEAM_MS = 25
IDLE_STEP_MS = 900


class Tally(list):
    """A ledger that counts its entries and keeps none."""

    def __init__(self):
        super().__init__()
        self.count = 0
        self.passed = 0

    def __len__(self):
        return self.count

    def append(self, entry):
        self.count += 1
        self.passed += entry[0] == codes.REPORT_PASSED


class Timed:
    """A supervisor, and the collector as the conductor calls it. `quickest`: (pass, collector) of each pass of a visit.

    Every visit has the same passes; what other programs of this machine take of one is no pause of the gate.
    """

    def __init__(self, supervisor):
        self.supervisor = supervisor
        self.crashes = supervisor.crashes
        self.collecting_us = 0  # in this pass
        self.quickest = []
        self.place = 0

    def turn(self, now):
        self.collecting_us = 0
        began = time.ticks_us()
        self.supervisor.turn(now)
        took_us = time.ticks_diff(time.ticks_us(), began) - self.collecting_us
        if self.place >= len(self.quickest):
            self.quickest.append([1 << 30, 1 << 30])
        quickest = self.quickest[self.place]
        quickest[0] = min(quickest[0], took_us)
        quickest[1] = min(quickest[1], self.collecting_us)
        self.place += 1

    def collect(self):
        began = time.ticks_us()
        gc.collect()
        self.collecting_us = time.ticks_diff(time.ticks_us(), began)


def step(bench, ms):
    bench.turn()
    bench.now = add(bench.now, ms)


def tap(bench):
    """One traveller, then nobody until the next one is due."""
    bench.lay_card()
    bench.turn()
    bench.answer()
    bench.turn()
    used = 0
    for beams in BEAMS:
        bench.chip.levels[:2] = beams
        step(bench, BEAM_MS)
        step(bench, BEAM_MS)
        used += 2 * BEAM_MS
    while used < TAP_MS:
        wait_ms = min(IDLE_STEP_MS if used > 1000 else 100, TAP_MS - used)
        step(bench, wait_ms)
        used += wait_ms
    bench.log.clear()
    bench.heard.clear()


def main(taps):
    bench = GateBench()
    bench.ledger = Tally()
    bench.bring_up()
    timed = bench.supervisor = Timed(bench.supervisor)
    bench.chip.collect = timed.collect
    for number in range(1, taps + 1):
        timed.place = 0
        tap(bench)
        if number % max(1, taps // 10) == 0:
            gc.collect()
            held = gc.mem_alloc()
            erases = bench.journal_flash.erases, bench.keys_flash.erases
            print("tenth", number, held, erases[0], erases[1])
            measured(bench.journal.waiting)
    print("passed", bench.ledger.passed, taps * TAP_MS // 86400000)
    print("pause", max([one[0] for one in timed.quickest]), max([one[1] for one in timed.quickest]))
    print("pace", Pace.best_us)
    if sum(bench.supervisor.crashes):
        raise SystemExit("a part of the firmware failed")


main(int(sys.argv[1]))
