"""Round trips of one contender, timed and counted alike for all: an event goes out, its decision comes back.

Runs in three places (the project's environment, the peers', MicroPython): standard library only, common subset.
An asker has

    ask(number)             send event `number`; it leaves before this returns, as far as the contender allows
    step(limit_ms)          serve the port for at most so long; the numbers of the decisions that came
    recover()               what the contender needs after a lost round before the next one; no clock runs
    moved                   bytes written and read at its port so far

and `serve` does the rest: it says "ready" when rounds come back, waits for a line on standard input, measures, and
prints a line for each round (its milliseconds, or "lost") and at last one of JSON. Nothing is kept for long: one of
the places has little memory.
"""

import json
import sys

# The fields of gatelink's Tap and Verdict: every contender with a free payload carries these.
TAP_KIND, VERDICT_KIND = 1, 16
CARD = b"11010519491231002X"
WARM_UP = 10
WARM_UP_LIMIT_MS = 30000
GAP_MIN_MS, GAP_MAX_MS = 5, 55  # between rounds, uniform: spread over the 50 ms in which libosdp polls
SILENCE_MS = 20000  # a contender that answers nothing for so long has lost all that would follow


def event(number):
    """The event of a round as an array: boot, counter, kind of card, card number, valid until, age in ms."""
    return [TAP_KIND, 1, number, 1, CARD, 20301231, 3]


def decision(asked):
    """The decision on an event: boot, counter, verdict, reason, how long it is valid in ms."""
    return [VERDICT_KIND, asked[1], asked[2], 1, 1, 1500]


class Gaps:
    """Times between rounds, in ms, by seed (Park and Miller's generator: the same on every interpreter)."""

    def __init__(self, seed):
        self._state = seed % 2147483646 + 1

    def next_ms(self):
        self._state = self._state * 48271 % 2147483647
        return GAP_MIN_MS + (GAP_MAX_MS - GAP_MIN_MS) * self._state / 2147483647


class Rounds:
    """Asks and counts. `now_ms()`: a clock that does not wrap, with fractions. `limit_ms`: then a round is lost."""

    def __init__(self, asker, now_ms, limit_ms, seed):
        self._asker = asker
        self._now_ms = now_ms
        self._limit_ms = limit_ms
        self._gaps = Gaps(seed)
        self._number = 0
        self._answered = True
        self._lost = []
        self.forget()

    def forget(self):
        """Count from here."""
        self.asked = 0
        self.answered = 0
        self.duplicates = 0  # decisions delivered again
        self.late = 0  # decisions on rounds that had been given up
        self.path_bytes = 0  # written and read between event and decision, answered rounds
        self._heard_ms = self._now_ms()

    def silent(self):
        """Whether nothing has been answered for too long."""
        return self._now_ms() - self._heard_ms > SILENCE_MS

    def one(self):
        """One round after a gap; what came of it."""
        until_ms = self._now_ms() + self._gaps.next_ms()
        while (left_ms := until_ms - self._now_ms()) > 0:
            self._take(left_ms)
        self._number += 1
        self.asked += 1
        self._answered = False
        before, started_ms = self._asker.moved, self._now_ms()
        self._asker.ask(self._number)
        while not self._answered:
            left_ms = started_ms + self._limit_ms - self._now_ms()
            if left_ms <= 0:
                break
            self._take(left_ms)
        if self._answered:
            self._heard_ms = self._now_ms()
            self.answered += 1
            self.path_bytes += self._asker.moved - before
            return "%.3f" % (self._heard_ms - started_ms)
        self._lost.append(self._number)
        self._asker.recover()
        return "lost"

    def _take(self, limit_ms):
        for number in self._asker.step(limit_ms):
            if number == self._number and not self._answered:
                self._answered = True
            elif number in self._lost:
                self.late += 1
                self._lost.remove(number)
            else:
                self.duplicates += 1


def serve(asker, now_ms, limit_ms, rounds, budget_s, seed):
    """See above. Ends when `rounds` were asked, `budget_s` is over, or nothing has been answered for too long."""
    trips = Rounds(asker, now_ms, limit_ms, seed)
    until_ms = now_ms() + WARM_UP_LIMIT_MS
    while trips.answered < WARM_UP:
        trips.one()
        if now_ms() > until_ms:
            raise SystemExit("no answers on a clean line")
    tell("ready")
    sys.stdin.readline()
    trips.forget()
    until_ms = now_ms() + budget_s * 1000
    while trips.asked < rounds and now_ms() < until_ms and not trips.silent():
        tell(trips.one())
    result = {
        "asked": trips.asked,
        "duplicates": trips.duplicates,
        "late": trips.late,
        "path_bytes": trips.path_bytes / trips.answered if trips.answered else 0,
        "silent": trips.silent(),
    }
    tell(json.dumps(result))


def tell(line):
    """A line to whoever measures."""
    print(line)
    if hasattr(sys.stdout, "flush"):
        sys.stdout.flush()
