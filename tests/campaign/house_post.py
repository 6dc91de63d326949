"""A gatehouse at its post: the product's own lines, answers, key file and ledger, on virtual time.

Process and disk are apart: `kill` ends the process at any step, and what its databases have committed stays.
"""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from gatehouse.answering import Answering
from gatehouse.clock import StationClock
from gatehouse.gates import GateLine
from gatehouse.happenings import Happenings
from gatehouse.house import House
from gatehouse.keyfile import KeyFile
from gatehouse.ledger import Entry, Ledger
from gatehouse.lists import StationLists
from gatehouse.lookup.lookup import Lookup
from gatehouse.person import pseudonym
from gatehouse.register import Register
from gatehouse.rules.book import RuleBook
from gatehouse.settings import LaneSettings, PortSettings, RuleSettings
from gatehouse.status import Colour
from gatehouse.suite import HouseSuite
from gatelink.house_to_gate import Order

from .clockwork import Clockwork

LANE = "A1"
URL = "/dev/campaign"
MORNING_S = 1_780_300_800  # 2026-06-01 08:00 UTC: what the statuses were set at
BEGIN_S = MORNING_S + 60  # when a world begins
COMMIT_MS = 2  # what one wait for the disk takes


class ProcessKilled(BaseException):
    """SIGKILL: nothing of the process runs on."""


class Disk:
    """What lies on the station's disk: key file, register, ledger."""

    def __init__(self, folder: Path, keys: "tuple[bytes, bytes, bytes]", people: "dict[bytes, Colour]") -> None:
        self.ledger_path = folder / "ledger.db"
        self.keys = KeyFile(folder / "keys.db", create=True, protector="file")
        self.keys.add_gate(keys[0], LANE, keys[1], keys[2])
        secret = self.keys.secret("register")
        self.register = Register(folder / "register.db", secret)
        rows = [
            (pseudonym(secret, number), int(colour), "", MORNING_S, "campaign", None)
            for number, colour in people.items()
        ]
        self.register.load([rows])
        self.ledger = Ledger(self.ledger_path)

    def close(self) -> None:
        """Let go of the files."""
        self.keys.close()
        self.register.close()
        self.ledger.close()


class Stepped:
    """Anything of the disk, with a step of the process before and after one of its methods."""

    def __init__(self, inner: Any, method: str, name: str, step: Callable[[str], None]) -> None:
        self._inner = inner
        self._method = method
        self._name = name
        self._step = step

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name != self._method:
            return found

        def stepped(*given: Any) -> Any:
            self._step(f"before {self._name}")
            result = found(*given)
            self._step(f"after {self._name}")
            return result

        return stepped


class Writer:
    """Stands for the ledger's thread: commits a moment later, then tells."""

    def __init__(self, post: "HousePost", house: House) -> None:
        self._post = post
        self._house = house

    def give(self, entry: Entry) -> None:
        """Commit this entry."""
        self._post.later(COMMIT_MS, lambda: self._commit(entry))

    def _commit(self, entry: Entry) -> None:
        (committed,) = self._post.ledger.commit(entry)
        self._house._after_commit(entry, committed)


class HousePost:
    """`send(data)` takes what the gatehouse writes to its port. `step(name)` is called at each step of the process."""

    def __init__(
        self, clockwork: Clockwork, random: Random, baud: int, disk: Disk, send: Callable[[bytes], None]
    ) -> None:
        self.step: Callable[[str], None] = lambda _: None
        self.failed: Callable[[], None] = lambda: None
        self.alive = False
        self.plugged = True
        self._clockwork = clockwork
        self._baud = baud
        self._disk = disk
        self._send = send
        self._run = 0
        self._suite = HouseSuite()
        self._suite.random = random.randbytes  # type: ignore[method-assign]
        self.ledger = Stepped(disk.ledger, "commit", "commit", self._at)
        self._keys = Stepped(disk.keys, "advance", "keeping keys", self._at)
        self._start_ms = clockwork.ms
        self.outcomes: dict[int, set[int]] = {}  # of each order by its number, as gates told them
        self.rules = LaneSettings()  # what its settings file says

    # --- the process --------------------------------------------------------------------------------------

    def start(self) -> None:
        """A process begins; its port opens."""
        self.alive = True
        self._run += 1
        answering = Answering(
            Lookup(self._disk.register),
            self._keys,
            RuleBook.fixed(RuleSettings().usual()),
            StationLists(self._disk.ledger_path.with_name("lists.db"), self._keys),
            LaneSettings().answer_limit_ms,
        )
        clock = StationClock(self._seconds, self._seconds)
        house = House(
            self._keys,
            answering,
            self.ledger,
            Happenings(self),
            lambda _lane: self.rules,
            clock,
            self,
            self._clockwork.ticks,
        )
        house.suite = self._suite
        house.writer = Writer(self, house)
        self.house = house
        self.line = GateLine(house, PortSettings(url=URL, baud=self._baud), self._port)
        self.end = self.line._end
        if self.plugged:
            self.attempt(self.line._opened)

    def kill(self) -> None:
        """The process is gone; its disk is not."""
        self.alive = False
        self._run += 1

    def attempt(self, call: Callable[..., object], *given: object) -> None:
        """Run a callback of the process; it may be killed in the middle."""
        try:
            call(*given)
        except ProcessKilled:
            self.kill()
            self.failed()

    def later(self, wait_ms: int, call: Callable[..., object], *given: object) -> Any:
        """A timer of the process; it dies with it."""
        run = self._run

        def due() -> None:
            if run == self._run:
                self.attempt(call, *given)

        return self._clockwork.after(wait_ms, due)

    def call_soon_threadsafe(self, call: Callable[..., object], *given: object) -> Any:
        """The event loop, asked by another thread."""
        return self.later(0, call, *given)

    def call_later(self, delay_s: float, call: Callable[..., object], *given: object) -> Any:
        """The event loop's timer."""
        return self.later(max(1, round(delay_s * 1000)), call, *given)

    def _at(self, name: str) -> None:
        self.step(name)

    def _seconds(self) -> float:
        return BEGIN_S + (self._clockwork.ms - self._start_ms) / 1000

    # --- the port -----------------------------------------------------------------------------------------

    def _port(self, _url: str, _baud: int, *_callbacks: object) -> "HousePost":
        return self

    def send(self, data: bytes) -> None:
        """The line writes to its port."""
        self.step("before writing")
        self._send(data)
        self.step("after writing")

    def receive(self, data: bytes) -> None:
        """Bytes of the gate."""
        if self.alive and self.plugged:
            self.attempt(self.line._received, data)

    def unplug(self) -> None:
        """The port vanishes."""
        self.plugged = False
        if self.alive:
            self.attempt(self.line._lost, "unplugged")

    def plug(self) -> None:
        """The port is there again, and opened."""
        self.plugged = True
        if self.alive:
            self.attempt(self.line._opened)

    def change_rules(self, rules: LaneSettings) -> None:
        """From now on the lane is run by these; a process that lives tells its gate at once."""
        self.rules = rules
        if self.alive and self.end.is_up():
            for message in rules.messages():
                self.attempt(self.line.send_bulk, message)

    # --- staff --------------------------------------------------------------------------------------------

    def give(self, event: dict[str, Any]) -> None:
        """What the gatehouse tells programs."""
        if event["event"] == "order":
            self.outcomes.setdefault(event["order"], set()).add(event["outcome"])

    def order(self, what: int, number: int) -> None:
        """Give a staff order."""
        self.end.send(Order(number, what), self._clockwork.ticks())
        self.attempt(self.line._pump)
