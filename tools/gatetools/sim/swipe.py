"""One traveller at one lane, as it is seen from outside: what the gatehouse tells, what the relay does."""

import asyncio
import datetime
from dataclasses import dataclass, field

from gatelink import codes

from gatetools.sim.gatehouse import Event
from gatetools.sim.people import Traveller

VERDICTS = {codes.ALLOW: "allow", codes.DENY: "deny", codes.REFER: "refer"}
REASONS = codes.names("REASON_")
REPORTS = codes.names("REPORT_")


@dataclass(eq=False)
class Swipe:
    """Filled while it happens. Times are the monotonic clock in microseconds."""

    lane: str
    traveller: Traveller
    at: datetime.datetime
    tap: tuple[int, int] | None = None
    verdict: int | None = None
    reason: int | None = None
    outcome: int | None = None
    wrong_way: bool = False
    laid_down: bool = False
    over: bool = False  # the traveller has gone
    read_us: int | None = None
    relay_us: int | None = None
    told_by_sign: str = ""  # the answer of voice or display
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)  # the lane shows its answer
    advised: asyncio.Event = field(default_factory=asyncio.Event)  # by voice or display
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def latency_ms(self) -> float | None:
        """From the card's last byte to the relay's edge, None if it did not open."""
        if self.read_us is None or self.relay_us is None:
            return None
        return (self.relay_us - self.read_us) / 1000

    def card_read(self, us: int) -> None:
        """The card's last byte left for the gate. A second read of the same card changes nothing."""
        if self.read_us is None:
            self.read_us = us

    def relay_rose(self, us: int) -> None:
        """The lane opens."""
        if self.relay_us is None:
            self.relay_us = us
        self.opened.set()
        self.answered.set()

    def heard(self) -> None:
        """The lane gives a sound: an answer, if a card was read. Other sounds belong to the traveller before."""
        if self.read_us is not None:
            self.answered.set()

    def was_told(self, words: str) -> None:
        """The lane's sign answers. What it says before a card was laid down belongs to the traveller before."""
        if self.laid_down:
            self.told_by_sign = words
            self.advised.set()

    def told(self, event: Event) -> None:
        """An event of this lane."""
        if event["event"] == "tap":
            self.tap = _tap(event)
            self.verdict, self.reason = int(str(event["verdict"])), int(str(event["reason"]))
            if self.verdict != codes.ALLOW:
                self.answered.set()
        elif event["event"] == "report":
            self._reported(int(str(event["what"])), _tap(event), int(str(event["detail"])))

    def _reported(self, what: int, tap: tuple[int, int], detail: int) -> None:
        if what == codes.REPORT_WRONG_WAY:
            self.wrong_way = True
        if what == codes.REPORT_NOT_OPENED and self.tap is None:
            # Ended at the gate before anybody was asked. Whoever stands there is taken to be meant: after an outage
            # let the reports settle before the next traveller comes.
            self.tap = tap
        if tap != self.tap or what not in codes.OUTCOMES:
            return
        self.outcome = what
        if what == codes.REPORT_NOT_OPENED:
            self.reason = detail
            self.answered.set()
        self.ended.set()

    def line(self) -> dict[str, object]:
        """For the JSON file: nothing that tells who it was."""
        return {
            "time": self.at.isoformat(timespec="milliseconds"),
            "lane": self.lane,
            "traveller": self.traveller.masked,
            "status": self.traveller.colour.value,
            "behaviour": self.traveller.behaviour.value,
            "verdict": VERDICTS.get(self.verdict) if self.verdict is not None else None,
            "reason": REASONS.get(self.reason) if self.reason is not None else None,
            "latency_ms": None if self.latency_ms is None else round(self.latency_ms, 2),
            "outcome": REPORTS.get(self.outcome) if self.outcome is not None else None,
            "wrong_way": self.wrong_way,
            "said": self.told_by_sign or None,
        }


def _tap(event: Event) -> tuple[int, int]:
    tap = event["tap"]
    return (int(tap[0]), int(tap[1])) if isinstance(tap, list) else (0, 0)
