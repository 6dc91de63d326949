"""Runs on MicroPython, against the compiled firmware: a gate that serves travellers on virtual time. See `lifetime`.

The argument is how many taps. Of twenty one is denied, and one is of somebody who lays a card down while the one before
passes and has to wait; after each thousand the house starts anew and tells its settings again. Prints lines of words,
for `lifetime` to read.

    pace MICROSECONDS                              the fastest of the meter's plain loops
    tenth TAPS HELD ERASES KEY_ERASES              after each tenth: bytes allocated
    pause PASS COLLECTION                          in microseconds: the longest pass, without the collector, and the
                                                   collector; each pass of each kind of visit at its quickest
    part NAME MICROSECONDS                         of that longest pass, part by part
    passed PASSAGES SESSIONS STORED DAYS WRAPS     openings with their outcomes in the ledger; handshakes; how often
                                                   settings were stored; days that have gone by, and ends of the ticks
"""

import gc
import sys

import utime as time
from gate.lane_table import S_ASKING
from gate_bench import GateBench
from gatelink import codes, events
from gatelink.house_to_gate import LaneRules, Settings
from gatelink.ticks import PERIOD, add
from meter import Pace, measured

# Conductor.parts, by name.
PARTS = ("watch_fire", "read_card", "read_link", "read_inputs", "let_time_pass", "show", "send", "rest")
TAP_MS = 5184  # sixty days hold a million of these
DAY_MS = 86400000
BEAMS = ((True, False), (True, True), (False, True), (False, False))
BEAM_MS = 25
SOON_STEP_MS = 400  # for a second, then
IDLE_STEP_MS = 1050
GROUP = 20  # taps: the last two are one behind the other, the one before is denied
SESSION_TAPS = 1000
TOLD = (
    Settings(1, 300, 5000, 1500),
    LaneRules(codes.DIRECTION_ENTRY, codes.SECOND_CARD_WAITS, 8000, 10000, 2500, 4000, 2500, 1000, 30, 0),
)


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
    """A supervisor's parts, and the collector as the conductor calls it.

    `quickest`: kind of visit -> [pass, collector, parts] of each of its passes. Every visit of a kind has the same
    passes; what other programs of this machine take of one is no pause of the gate.
    """

    def __init__(self, bench):
        self._bench = bench
        self._collecting_us = 0
        self._parts = [0] * len(bench.conductor.parts)
        self._kind = []
        self._place = 0
        self.quickest = {}
        bench.supervisor._parts = [
            self._timed(number, bench.conductor.parts[number]) for number in range(len(self._parts))
        ]
        bench.chip.collect = self._collect

    def visit(self, kind):
        """What follows are the passes of such a visit."""
        self._kind = self.quickest.setdefault(kind, [])
        self._place = 0

    def turn(self):
        """One pass of the gate, and the house's answer on the wire."""
        bench = self._bench
        self._collecting_us = 0
        began = time.ticks_us()
        bench.supervisor.turn(bench.now)
        took_us = time.ticks_diff(time.ticks_us(), began) - self._collecting_us
        if self._place >= len(self._kind):
            self._kind.append([1 << 30, 1 << 30, ()])
        quickest = self._kind[self._place]
        if took_us < quickest[0]:
            quickest[0], quickest[2] = took_us, tuple(self._parts)
        quickest[1] = min(quickest[1], self._collecting_us)
        self._place += 1
        bench.serve()

    def longest(self):
        """(pass, collector, kind of visit, parts of the pass)."""
        passes = [(one[0], kind, one[2]) for kind in self.quickest for one in self.quickest[kind]]
        took_us, kind, parts = max(passes)
        return took_us, max([one[1] for kind in self.quickest for one in self.quickest[kind]]), kind, parts

    def _timed(self, number, part):
        def run(now):
            began = time.ticks_us()
            part(now)
            self._parts[number] = time.ticks_diff(time.ticks_us(), began)

        return run

    def _collect(self):
        began = time.ticks_us()
        gc.collect()
        self._collecting_us = time.ticks_diff(time.ticks_us(), began)


class Years(GateBench):
    """A gate whose passes are timed."""

    def __init__(self):
        self.to_tell = []
        super().__init__()
        self.ledger = Tally()
        self.clock_ms = self.now
        self.sessions = 0
        self.timed = None

    def serve(self):
        super().serve()
        if self.to_tell and self.house.can_send_bulk():
            self.house.send(self.to_tell.pop(0), self.now)
            self.flush_house()
        # Nothing of the bench's own may grow.
        self.log.clear()

    def take(self, event):
        super().take(event)
        if isinstance(event, events.Up):
            self.sessions += 1
            self.to_tell = list(TOLD)

    def turn(self):
        if self.timed is None:
            super().turn()
        else:
            self.timed.turn()

    def step(self, ms):
        self.turn()
        self.now = add(self.now, ms)
        self.clock_ms += ms

    def rest(self, used_ms):
        """Nobody comes until TAP_MS are over."""
        while used_ms < TAP_MS:
            wait_ms = min(IDLE_STEP_MS if used_ms > 1000 else SOON_STEP_MS, TAP_MS - used_ms)
            self.step(wait_ms)
            used_ms += wait_ms
        self.heard.clear()

    # --- kinds of visit -----------------------------------------------------------------------------------

    def one(self):
        """Somebody passes."""
        self.timed.visit("passage")
        self.lay_card()
        self.turn()
        self.answer()
        self.turn()
        self.rest(self.through())

    def denied(self):
        """Somebody does not."""
        self.timed.visit("denial")
        self.lay_card()
        self.turn()
        self.answer(codes.DENY)
        self.rest(0)

    def two(self):
        """The second lays the card down while the first one passes, waits for the lane, and passes too."""
        self.timed.visit("passage, another card waiting")
        self.lay_card()
        self.turn()
        self.answer()
        self.turn()
        self.lay_card()
        used_ms = self.through()
        while self.chip.relay or not self.lane.state == S_ASKING:
            self.step(BEAM_MS)
            used_ms += BEAM_MS
        self.answer()
        self.turn()
        used_ms += self.through()
        self.rest(used_ms - TAP_MS)

    def session(self):
        """The house starts anew, and the gate shakes hands."""
        self.timed.visit("handshake")
        before = self.sessions
        self.start_house()
        while self.sessions == before or self.journal.waiting():
            self.step(BEAM_MS)
        self.rest(0)

    def through(self):
        """Beams; how many milliseconds that took."""
        for beams in BEAMS:
            self.chip.levels[:2] = beams
            self.step(BEAM_MS)
            self.step(BEAM_MS)
        return 2 * BEAM_MS * len(BEAMS)


def main(taps):
    bench = Years()
    bench.bring_up()
    bench.timed = Timed(bench)
    for visit in (bench.one, bench.denied, bench.two, bench.session):
        visit()  # once, so that what is kept of each has its size
    bench.ledger.passed = 0
    tenths = 1
    taken = 0
    while taken < taps:
        place = taken % GROUP
        if place == GROUP - 2:
            bench.two()
            taken += 1
        elif place == GROUP - 3:
            bench.denied()
        else:
            bench.one()
        taken += 1
        if taken % SESSION_TAPS == 0:
            bench.session()
        if taken >= tenths * taps // 10:
            tenths += 1
            gc.collect()
            print("tenth", taken, gc.mem_alloc(), bench.journal_flash.erases, bench.keys_flash.erases)
            measured(bench.journal.waiting)
    stored = bench.lane.settings.stored
    print("passed", bench.ledger.passed, bench.sessions, stored, bench.clock_ms // DAY_MS, bench.clock_ms // PERIOD)
    took_us, collected_us, kind, parts = bench.timed.longest()
    print("pause", took_us, collected_us, kind)
    for number in range(len(PARTS)):
        print("part", PARTS[number], parts[number])
    print("pace", Pace.best_us)
    if sum(bench.supervisor.crashes):
        raise SystemExit("a part of the firmware failed")


main(int(sys.argv[1]))
