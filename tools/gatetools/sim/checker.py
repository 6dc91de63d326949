"""The judge of a run: looks at relay pins, at who stood there with which card, and at the ledger file. Nothing else.

It shares no code with gate, gatehouse or link; the numbers below are restated from their documents. Rules:
- *wrong open*: the relay goes active without a card of a person who truly may pass having been read whole at that lane
  at most GRANT_US before, one pulse for each such read.
- *lost*: a relay pulse without an opening of its own in the ledger, or a number missing in a gate's row of reports.
  Pulses between two losses of power belong to openings of one boot; later ones to a later boot, in the same order.
- *duplicate*: two entries for the same report, or two openings for the same tap.
"""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

import cbor2

# Report kinds as the ledger stores them.
OPENING = 2
PASSED = 3
GAP = 14
GRANT_US = 2_000_000  # a lane waits 1.5 s for its answer; nothing may open on a card later than this
PULSE_MAX_US = 1_000_000  # pulses are set to at most 500 ms; a busy machine may stretch one
# A gate's clock is told in whole seconds and counts whole seconds, and the telling may have waited as long as a session
# lasts in silence (3.5 s): its entries may lie so far behind, or before.
CLOCK_BEHIND_S = 6
CLOCK_AHEAD_S = 1


@dataclass(frozen=True, slots=True)
class Pulse:
    """The relay of a lane was active from `us` on; `ended_us` None if it still is. `by_hand`: fire or staff opened.

    `run`: how often the gate had lost its power before.
    """

    lane: str
    us: int
    by_hand: bool
    run: int = 0
    ended_us: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What the judge needs of a ledger entry."""

    gate: bytes
    lane: str
    index: int
    what: int
    boot: int
    counter: int
    detail: int
    at_s: int = 0


@dataclass(slots=True)
class Findings:
    """What a run comes to; sentences name lanes and times, no people."""

    pulses: int = 0
    wrong_opens: int = 0
    lost: int = 0
    duplicates: int = 0
    stuck: int = 0  # relays that stay active, or were for too long
    sentences: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.wrong_opens or self.lost or self.duplicates or self.stuck)


class Checker:
    """Takes observations while a run goes on, and judges it at the end.

    `unix_s`: Unix time of microsecond 0; None = the ledger's times say nothing about the observed ones.
    """

    def __init__(self, unix_s: float | None = None) -> None:
        self.pulses: list[Pulse] = []
        self._unix_s = unix_s
        self._runs: dict[str, int] = {}
        self._grants: dict[str, list[int]] = {}
        self._relays: dict[str, int | None] = {}
        self._wrong: list[tuple[str, str]] = []  # lane, sentence
        self._released: set[str] = set()

    def card_read(self, lane: str, us: int, *, may_pass: bool) -> None:
        """The last byte of a whole, sound card frame left for the gate of this lane."""
        if may_pass:
            self._grants.setdefault(lane, []).append(us)

    def released_by_hand(self, lane: str, *, released: bool) -> None:
        """Fire or staff open the lane from now on, or no longer: pulses are not judged meanwhile."""
        (self._released.add if released else self._released.discard)(lane)

    def relay(self, lane: str, us: int, *, active: bool) -> None:
        """An edge of the relay pin. A level that is no change is none."""
        since_us = self._relays.get(lane)
        if active and since_us is None:
            self._relays[lane] = us
            self.pulses.append(Pulse(lane, us, lane in self._released, self._runs.get(lane, 0)))
            self._judge_opening(lane, us)
        elif not active and since_us is not None:
            self._relays[lane] = None
            self._end_pulse(lane, us)

    def power_lost(self, lane: str, us: int) -> None:
        """The gate of this lane has no power any more; what comes later is another boot's."""
        self.relay(lane, us, active=False)
        self._runs[lane] = self._runs.get(lane, 0) + 1

    def _judge_opening(self, lane: str, us: int) -> None:
        if lane in self._released:
            return
        grants = self._grants.get(lane, [])
        for granted_us in grants:
            if granted_us <= us <= granted_us + GRANT_US:
                grants.remove(granted_us)
                return
        self._wrong.append((lane, f"{lane}: opened at {us} us with nobody there who may pass"))

    def _end_pulse(self, lane: str, us: int) -> None:
        for at in reversed(range(len(self.pulses))):
            if self.pulses[at].lane == lane:
                self.pulses[at] = replace(self.pulses[at], ended_us=us)
                return

    def judge(self, ledger: Path, lanes: Collection[str] | None = None) -> Findings:
        """The findings over everything that was observed and the ledger as it is now.

        `lanes`: those that are judged, None = all. A lane that is judged must have told everything.
        """
        entries = read_ledger(ledger)
        seen = {pulse.lane for pulse in self.pulses} | {entry.lane for entry in entries}
        judged = sorted(seen if lanes is None else seen & set(lanes))
        wrong = [sentence for lane, sentence in self._wrong if lane in judged]
        pulses = [pulse for pulse in self.pulses if pulse.lane in judged]
        found = Findings(pulses=len(pulses), wrong_opens=len(wrong), sentences=wrong)
        for lane in judged:
            self._judge_records(found, lane, [entry for entry in entries if entry.lane == lane])
        for pulse in pulses:
            long = pulse.ended_us is None or pulse.ended_us - pulse.us > PULSE_MAX_US
            if long and not pulse.by_hand:
                found.stuck += 1
                found.sentences.append(f"{pulse.lane}: the relay stayed active from {pulse.us} us on")
        return found

    def _judge_records(self, found: Findings, lane: str, entries: list[Entry]) -> None:
        openings = Counter((e.gate, e.boot, e.counter) for e in entries if e.what == OPENING)
        reports = Counter((e.gate, e.index) for e in entries if e.what != GAP)
        twice = sum(n - 1 for n in openings.values()) + sum(n - 1 for n in reports.values())
        if twice:
            found.duplicates += twice
            found.sentences.append(f"{lane}: {twice} entries stand twice in the ledger")
        pulses = [pulse for pulse in self.pulses if pulse.lane == lane and not pulse.by_hand]
        missing = len(pulses) - self._recorded(lane, pulses, [e for e in entries if e.what == OPENING])
        if missing:
            found.lost += missing
            found.sentences.append(f"{lane}: {missing} of {len(pulses)} openings at the relay have none in the ledger")
        missing = sum(e.detail for e in entries if e.what == GAP)
        for gate in {e.gate for e in entries}:
            indexes = [index for of, index in reports if of == gate]
            missing += max(indexes) - min(indexes) + 1 - len(indexes) if indexes else 0
        if missing:
            found.lost += missing
            found.sentences.append(f"{lane}: {missing} reports are missing between others")

    def _recorded(self, lane: str, pulses: list[Pulse], openings: list[Entry]) -> int:
        """How many pulses have an opening of their own: the most that runs and boots, each in order, come to."""
        if lane not in self._runs:
            return self._matched(pulses, openings)
        runs = [list(of) for _, of in groupby(pulses, lambda pulse: pulse.run)]
        boots = [list(of) for _, of in groupby(openings, lambda entry: (entry.gate, entry.boot))]
        # The longest common subsequence, of groups that are worth what they match.
        best = [0] * (len(boots) + 1)
        for run in runs:
            before = best
            best = [0]
            for at, boot in enumerate(boots):
                best.append(max(before[at + 1], best[at], before[at] + self._matched(run, boot)))
        return best[-1]

    def _matched(self, pulses: list[Pulse], openings: Iterable[Entry]) -> int:
        """How many pulses find an opening, both in their order. An opening may have no pulse: its power went."""
        rest = iter(pulses)
        pulse = next(rest, None)
        matched = 0
        for opening in openings:
            while pulse is not None and self._is_over(pulse, opening):
                pulse = next(rest, None)
            if pulse is not None and self._is_due(pulse, opening):
                matched += 1
                pulse = next(rest, None)
        return matched

    def _is_over(self, pulse: Pulse, opening: Entry) -> bool:
        """Whether the pulse came too long before this entry to be its own."""
        if self._unix_s is None or not opening.at_s:
            return False
        return opening.at_s > self._unix_s + pulse.us / 1e6 + CLOCK_AHEAD_S

    def _is_due(self, pulse: Pulse, opening: Entry) -> bool:
        """Whether the pulse did not come too long after it."""
        if self._unix_s is None or not opening.at_s:
            return True
        return opening.at_s >= self._unix_s + pulse.us / 1e6 - CLOCK_BEHIND_S


def read_ledger(path: Path) -> list[Entry]:
    """All entries; none if there is no ledger."""
    if not path.exists():
        return []
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        rows = database.execute("select entry from ledger where entry is not null order by number").fetchall()
    database.close()
    # An entry is an array: its format, then gate, lane, index, what, boot, counter, detail, time at the gate and more.
    return [Entry(*cbor2.loads(row[0])[1:9]) for row in rows]
