"""A wire that loses, doubles, reorders, cuts and flips, by seed: nothing lost, nothing twice, and it comes back."""

from gatelink import codes
from gatelink.gate_to_house import Report, Tap
from gatelink.house_to_gate import Verdict
from link_pair import Pair, flip

SEEDS = 60
REPORTS = 12


class Dice:
    """A small generator that gives the same numbers on both interpreters (Marsaglia, "Xorshift RNGs", 2003)."""

    def __init__(self, seed):
        self.state = seed * 2654435761 % 0xFFFFFFFF or 1

    def below(self, limit):
        x = self.state
        x ^= x << 13 & 0xFFFFFFFF
        x ^= x >> 17
        x ^= x << 5 & 0xFFFFFFFF
        self.state = x
        return x % limit


class HostileWire:
    """Changes about every fourth frame until `end_at` frames have passed."""

    def __init__(self, seed, end_at):
        self.dice = Dice(seed)
        self.end_at = end_at
        self.passed = 0
        self.held = {"g>h": b"", "h>g": b""}
        self.seen = []

    def __call__(self, way, frame, index):
        self.passed += 1
        if self.passed > self.end_at:
            return frame
        self.seen.append((way, frame))
        choice = self.dice.below(24)
        if choice == 0:
            return b""
        if choice == 1:
            return frame + frame
        if choice == 2:
            return flip(frame, self.dice.below(len(frame) * 8))
        if choice == 3:
            return frame[: self.dice.below(len(frame))]
        if choice == 4:
            held, self.held[way] = self.held[way], frame
            return held
        if choice == 5:
            return bytes(self.dice.below(256) for _ in range(self.dice.below(40))) + frame
        if choice == 6:
            other = self.seen[self.dice.below(len(self.seen))]
            return (other[1] if other[0] == way else b"") + frame
        return frame


def run_one(seed):
    wire = HostileWire(seed, end_at=150)
    pair = Pair(tamper=wire)
    answered = asked = reported = 0
    for _ in range(30000):
        pair.run(1)
        taps = pair.at_house(Tap)
        while answered < len(taps) and pair.house.is_up():
            tap = taps[answered]
            answered += 1
            pair.house.send(Verdict(tap.boot, tap.counter, codes.ALLOW, codes.REASON_GREEN, 1500), pair.now)
        if pair.gate.is_up() and pair.gate.can_send_bulk():
            done = [report.index for report in pair.at_house(Report)]
            # The program around repeats, in a new session, what no cursor has passed.
            reported = max(reported, done[-1] if done else 0)
            if reported < REPORTS:
                pair.gate.send(Report(reported + 1, codes.REPORT_PASSED, 1, reported + 1, 0, 0), pair.now)
        if pair.gate.is_up() and wire.dice.below(400) == 0 and asked < 20:
            asked += 1
            pair.gate.send(Tap(1, asked, 1, b"11010519491231002X", 0, 0), pair.now)
        if wire.passed > wire.end_at and reported >= REPORTS and pair.up():
            return pair
    raise AssertionError("seed %d did not come back" % seed)


def test_whatever_the_wire_does_taps_arrive_once_and_every_report_arrives_in_order():
    for seed in range(1, SEEDS + 1):
        try:
            pair = run_one(seed)
            counters = [tap.counter for tap in pair.at_house(Tap)]
            assert counters == sorted(set(counters)), "tap twice or out of order"
            verdicts = [verdict.counter for verdict in pair.at_gate(Verdict)]
            assert verdicts == sorted(set(verdicts)), "verdict twice or out of order"
            indices = []
            for report in pair.at_house(Report):
                if report.index not in indices:
                    indices.append(report.index)
            assert indices == list(range(1, REPORTS + 1)), "report missing"
            assert pair.roster.count <= pair.flash.count
        except Exception:
            print("seed", seed)
            raise
