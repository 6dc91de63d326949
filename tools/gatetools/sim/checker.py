"""The judge of a run: looks at relay pins, at who stood there with which card, and at the ledger file. Nothing else.

It shares no code with gate, gatehouse or link; the numbers below are restated from their documents. Rules:
- *wrong open*: a relay releases the barrier without a card of a person who truly may pass having been read whole at
  that lane at most GRANT_US before, or a key or order of staff; one opening for each of these, through the relays of
  the sides from where that person may come, together.
- *lost*: an opening without an opening of its own in the ledger, or a number missing in a gate's row of reports.
  Openings between two losses of power belong to openings of one boot; later ones to a later boot, in the same order.
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
HOUSES_OWN = range(14, 19)  # entries of the gatehouse itself, without a number of the gate
RELAY_A = 1  # from the entry side, or whichever side where there is one relay
RELAY_B = 2  # from the exit side
GRANT_US = 2_000_000  # a lane waits 1.5 s for its answer; nothing may open on a card later than this
ORDER_US = 5_000_000  # an order is entered in the ledger first, travels, and is entered at the gate
TOGETHER_US = 200_000  # two relays for one person: one call of the firmware switches both
PULSE_MAX_US = 1_000_000  # pulses are set to at most 500 ms; a busy machine may stretch one
# A gate's clock is told in whole seconds and counts whole seconds, and the telling may have waited as long as a session
# lasts in silence (3.5 s): its entries may lie so far behind, or before.
CLOCK_BEHIND_S = 6
CLOCK_AHEAD_S = 1


@dataclass(frozen=True, slots=True)
class Pulse:
    """A relay of a lane released from `us` on; `ended_us` None if it still does. `by_hand`: fire or staff hold it open.

    `run`: how often the gate had lost its power before. `second`: the other relay of the same opening. `excused`: it
    may last, because the lane was then held open.
    """

    lane: str
    us: int
    by_hand: bool
    run: int = 0
    ended_us: int | None = None
    relay: int = RELAY_A
    second: bool = False
    excused: bool = False


@dataclass(frozen=True, slots=True)
class Manner:
    """How a lane opens. `relays`: for one person. `longest_us`: of one opening. `grant_us`: from card to opening."""

    relays: tuple[int, ...] = (RELAY_A,)
    longest_us: int = PULSE_MAX_US
    grant_us: int = GRANT_US


@dataclass(slots=True)
class Grant:
    """Somebody may be let in from `us` to `until_us`, through the relays that are left."""

    us: int
    until_us: int
    left: set[int]
    used_us: int | None = None

    def takes(self, relay: int, us: int) -> bool:
        """Whether this relay may release now."""
        until_us = self.until_us if self.used_us is None else self.used_us + TOGETHER_US
        return relay in self.left and self.us <= us <= until_us

    def withdraw(self) -> None:
        """Nobody is let in by it any more."""
        self.left.clear()


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
        self._grants: dict[str, list[Grant]] = {}
        self._manners: dict[str, Manner] = {}
        self._active: dict[tuple[str, int], int] = {}  # lane and relay -> which of the pulses
        self._wrong: list[tuple[str, str]] = []  # lane, sentence
        self._released: set[tuple[str, str]] = set()  # lane, why

    def lane_opens(self, lane: str, manner: Manner) -> None:
        """How this lane opens, if not by pulses of one relay."""
        self._manners[lane] = manner

    def card_read(self, lane: str, us: int, *, may_pass: bool) -> None:
        """The last byte of a whole, sound card frame left for the gate of this lane."""
        if may_pass:
            self._grant(lane, us, self._manner(lane).grant_us)

    def staff_may_open(self, lane: str, us: int, for_us: int = GRANT_US) -> Grant:
        """The key switch is turned, or staff order an opening: one, within `for_us`."""
        return self._grant(lane, us, for_us)

    def released_by_hand(self, lane: str, *, released: bool, why: str = "") -> None:
        """Fire or staff open the lane from now on, or no longer; nothing is judged meanwhile. why: tells them apart."""
        (self._released.add if released else self._released.discard)((lane, why))
        if released:
            for (of, _), at in self._active.items():
                if of == lane:
                    self.pulses[at] = replace(self.pulses[at], excused=True)

    def relay(self, lane: str, us: int, *, active: bool, relay: int = RELAY_A) -> None:
        """A relay releases the barrier, or no longer. A level that is no change is none."""
        at = self._active.get((lane, relay))
        if active and at is None:
            by_hand = any(of == lane for of, _ in self._released)
            second = not by_hand and self._is_second(lane, relay, us)
            self._begin(Pulse(lane, us, by_hand, self._runs.get(lane, 0), relay=relay, second=second))
        elif not active and at is not None:
            del self._active[lane, relay]
            self.pulses[at] = replace(self.pulses[at], ended_us=us)

    def power_lost(self, lane: str, us: int, opens: Iterable[int] = ()) -> None:
        """The gate of this lane has no power any more; what comes later is another boot's.

        opens: the relays that release without power, as they are wired, until the gate takes hold of them.
        """
        for of, relay in list(self._active):
            if of == lane:
                self.relay(lane, us, active=False, relay=relay)
        self._runs[lane] = self._runs.get(lane, 0) + 1
        for relay in opens:
            self._begin(Pulse(lane, us, by_hand=True, run=self._runs[lane], relay=relay))

    def openings(self, lane: str) -> int:
        """How often the lane has opened for somebody so far."""
        return sum(pulse.lane == lane and not pulse.by_hand and not pulse.second for pulse in self.pulses)

    def _manner(self, lane: str) -> Manner:
        return self._manners.get(lane, Manner())

    def _grant(self, lane: str, us: int, for_us: int) -> Grant:
        grant = Grant(us, us + for_us, set(self._manner(lane).relays))
        self._grants.setdefault(lane, []).append(grant)
        return grant

    def _begin(self, pulse: Pulse) -> None:
        self._active[pulse.lane, pulse.relay] = len(self.pulses)
        self.pulses.append(pulse)

    def _is_second(self, lane: str, relay: int, us: int) -> bool:
        """Whether it belongs to an opening that has begun already. What nobody granted is wrong."""
        for grant in self._grants.get(lane, []):
            if grant.takes(relay, us):
                grant.left.discard(relay)
                second = grant.used_us is not None
                grant.used_us = us if grant.used_us is None else grant.used_us
                return second
        through = f" through relay {'AB'[relay - 1]}" if lane in self._manners else ""
        self._wrong.append((lane, f"{lane}: opened at {us} us{through} with nobody there who may pass"))
        return False

    def judge(self, ledger: Path, lanes: Collection[str] | None = None) -> Findings:
        """The findings over everything that was observed and the ledger as it is now.

        `lanes`: those that are judged, None = all. A lane that is judged must have told everything.
        """
        entries = read_ledger(ledger)
        seen = {pulse.lane for pulse in self.pulses} | {entry.lane for entry in entries}
        judged = sorted(seen if lanes is None else seen & set(lanes))
        wrong = [sentence for lane, sentence in self._wrong if lane in judged]
        pulses = [pulse for pulse in self.pulses if pulse.lane in judged]
        found = Findings(pulses=sum(not pulse.second for pulse in pulses), wrong_opens=len(wrong), sentences=wrong)
        for lane in judged:
            self._judge_records(found, lane, [entry for entry in entries if entry.lane == lane])
        for pulse in pulses:
            long = pulse.ended_us is None or pulse.ended_us - pulse.us > self._manner(pulse.lane).longest_us
            if long and not (pulse.by_hand or pulse.excused):
                found.stuck += 1
                found.sentences.append(f"{pulse.lane}: the relay stayed active from {pulse.us} us on")
        return found

    def _judge_records(self, found: Findings, lane: str, entries: list[Entry]) -> None:
        openings = Counter((e.gate, e.boot, e.counter) for e in entries if e.what == OPENING)
        reports = Counter((e.gate, e.index) for e in entries if e.what not in HOUSES_OWN)
        twice = sum(n - 1 for n in openings.values()) + sum(n - 1 for n in reports.values())
        if twice:
            found.duplicates += twice
            found.sentences.append(f"{lane}: {twice} entries stand twice in the ledger")
        pulses = [pulse for pulse in self.pulses if pulse.lane == lane and not (pulse.by_hand or pulse.second)]
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
    # Format 4 is what the house itself has done.
    arrays = [cbor2.loads(row[0]) for row in rows]
    return [Entry(*array[1:9]) for array in arrays if array[0] != 4]
