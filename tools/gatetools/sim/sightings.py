"""What is to be seen of one lane: relays and lamps on its pins, and what its gatehouse tells; each change is said."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from gatelink import codes

from gatetools.sim.gatehouse import Event
from gatetools.sim.sign import Told
from gatetools.sim.turnstile import Turnstile
from gatetools.sim.wiring import RELAY_A, RELAY_B

# As heartbeats number them, in the order of `firmware/gate/lane_table.py`.
STATES = (
    "idle",
    "asking",
    "recording",
    "open",
    "passing",
    "refused",
    "referred",
    "place_again",
    "held",
    "locked",
    "fire",
    "out_of_service",
)
LAMPS = {"LIGHT_RED": "red", "LIGHT_GREEN": "green", "LIGHT_AMBER": "amber"}
LETTERS = {RELAY_A: "a", RELAY_B: "b"}
REPORTS = codes.names("REPORT_")
FAULTS = codes.names("FAULT_")
READERS = codes.names("READER_")
REASONS = codes.names("REASON_")
SWITCHED = {0: "off", 1: "on"}
# What the detail of a report is; of the others it is nothing.
DETAILS = {
    "opening": REASONS,
    "not_opened": REASONS,
    "fault": FAULTS,
    "booted": codes.names("RESET_"),
    "unknown": codes.names("UNKNOWN_"),
    "fire": SWITCHED,
    "held": SWITCHED,
    "locked": SWITCHED,
    "ordered": codes.names("ORDER_"),
    "completed": codes.names("COMPLETION_"),
}
LOOK_S = 0.05  # the barrier changes with time alone


@dataclass(frozen=True, slots=True)
class Report:
    """An entry of the ledger: its kind, and the name of its detail, "" where it has none."""

    kind: str
    detail: str

    def __str__(self) -> str:
        return f"{self.kind} {self.detail}".strip()


@dataclass(frozen=True, slots=True)
class Fault:
    """What a gate told of: its kind, and which reader, "" where it is none's."""

    kind: str
    reader: str

    def __str__(self) -> str:
        return f"{self.kind} {self.reader}".strip()


class Sightings:
    """`say(us, text)` is told each change; microseconds of the monotonic clock.

    `reports`, `faults`, `told_people`: all so far; whoever waited for one has `matched` it and those before it.
    """

    def __init__(self, turnstile: Turnstile, say: Callable[[int, str], None], *, hears_house: bool = True) -> None:
        """hears_house: whether somebody calls `told`."""
        self.turnstile = turnstile
        self.hears_house = hears_house
        self.say = say
        self.open_relays: set[int] = set()
        self.light = "no"  # the lamp that was lit last
        self.state: str | None = None  # of the last heartbeat
        self.link = False
        self._opened = 0
        self.order = "no"  # how the last order of staff ended
        self.reports: list[Report] = []
        self.matched = 0
        self.faults: list[Fault] = []
        self.faults_matched = 0
        self.told_people: list[Told] = []
        self.told_matched = 0
        self._lamps = {turnstile.board[name]: colour for name, colour in LAMPS.items()}
        self._changed = asyncio.Event()

    def output(self, pin: int, value: int, us: int) -> None:
        """The gate drives an output."""
        relay = self.turnstile.relays.get(pin)
        if relay is not None:
            self._relay(relay, us, opens=self.turnstile.opens(pin, value))
        elif pin in self._lamps and value == self.turnstile.board["OUTPUT_ACTIVE"]:
            self._see("light", self._lamps[pin], us)

    def power_lost(self) -> None:
        """The gate has no power, or resets."""
        for relay in LETTERS:
            self._relay(relay, _now_us(), opens=relay in self.turnstile.open_without_power())
        self.state, self.light = None, "no"
        self._say("no power, or a reset")

    def cut(self) -> None:
        """Its link cannot be up any more, whenever the gatehouse notices."""
        self.link = False

    def told(self, event: Event) -> None:
        """The gatehouse tells something about this lane."""
        kind = event["event"]
        if kind in {"up", "down"}:
            self.link = kind == "up"
            self._say(f"link {kind}")
        elif kind == "beat":
            number = int(str(event["state"]))
            self._see("state", STATES[number] if number < len(STATES) else str(number), _now_us())
        elif kind == "report":
            self._reported(REPORTS.get(int(str(event["what"])), "?"), int(str(event["detail"])))
        elif kind == "fault":
            kind, detail = FAULTS.get(int(str(event["what"])), "?"), int(str(event["detail"]))
            self.faults.append(Fault(kind, READERS.get(detail >> 8, "") if kind.startswith("reader_") else ""))
            self._say(f"fault {self.faults[-1]}")

    def told_by_sign(self, told: Told) -> None:
        """The lane's sign says or shows something to people."""
        self.told_people.append(told)
        how = "shown" if told.volume is None else f"said at volume {told.volume}"
        self._say(f"{how}: {told.words} (told {told.saying})")

    def ordered(self, what: str, result: str) -> None:
        """How an order of staff ended."""
        self.order = result
        self._say(f"order {what}: {result}")

    async def until(self, holds: Callable[[], bool], limit_s: float) -> bool:
        """Whether it comes to hold within the limit."""
        ends_at = time.monotonic() + limit_s
        while not holds():
            left_s = ends_at - time.monotonic()
            if left_s <= 0:
                return False
            self._changed.clear()
            try:
                async with asyncio.timeout(min(left_s, LOOK_S)):
                    await self._changed.wait()
            except TimeoutError:
                continue
        return True

    def openings(self) -> int:
        """How often the gate has released the barrier so far, for whatever reason."""
        return self._opened

    def gives_way(self, side: str) -> bool:
        """Whether the barrier lets somebody through now who comes through the beam `side`."""
        return self.turnstile.gives_way(side, _now_us())

    def note(self, text: str) -> None:
        """Something else that is to be seen."""
        self._say(text)

    def told_not_matched(self) -> list[Report]:
        """Reports that nobody has waited for yet."""
        return self.reports[self.matched :]

    def summary(self) -> str:
        """Everything at this moment, in the words of the conditions."""
        relays = " and ".join(LETTERS[relay] for relay in sorted(self.open_relays))
        said = [f"relay {relays} open" if relays else "relay shut", f"light {self.light}", f"state {self.state}"]
        said += [f"link {'up' if self.link else 'down'}"]
        reports, faults = self.told_not_matched(), self.faults[self.faults_matched :]
        said += [f"reports: {', '.join(map(str, reports)) or 'none'}"]
        said += [f"faults: {', '.join(map(str, faults))}"] if faults else []
        told = self.told_people[self.told_matched :]
        return "; ".join([*said, *([f"told: {', '.join(str(one.saying) for one in told)}"] if told else [])])

    def _reported(self, kind: str, detail: int) -> None:
        names = DETAILS.get(kind, {})
        self.reports.append(Report(kind, names.get(detail, str(detail)) if names else ""))
        self._say(f"report {self.reports[-1]}")

    def _relay(self, relay: int, us: int, *, opens: bool) -> None:
        if opens != (relay in self.open_relays):
            self._opened += opens and not self.open_relays
            (self.open_relays.add if opens else self.open_relays.discard)(relay)
            self._say(f"relay {LETTERS[relay]} {'open' if opens else 'shut'}", us)

    def _see(self, what: str, now: str, us: int) -> None:
        if getattr(self, what) != now:
            setattr(self, what, now)
            self._say(f"{what} {now}", us)

    def _say(self, text: str, us: int | None = None) -> None:
        self.say(_now_us() if us is None else us, text)
        self._changed.set()


def _now_us() -> int:
    return time.monotonic_ns() // 1000
