"""What all lines share: keys, register, ledger, settings, and who is live where."""

import asyncio
import datetime
import time
from collections.abc import Callable
from typing import Protocol

from gatelink import codes, ticks
from gatelink.errors import Refused
from gatelink.house_to_gate import Cursor
from gatelink.keys import HouseKeys
from gatelink.message import Message
from gatelink.roster import Roster

from gatehouse.answering import Answering
from gatehouse.happenings import Happenings
from gatehouse.keyfile import KeyFile
from gatehouse.ledger import Entry, Ledger, LedgerWriter
from gatehouse.settings import LaneSettings
from gatehouse.suite import HouseSuite


def now_ticks() -> int:
    """The monotonic clock as the link counts it."""
    return int(time.monotonic() * 1000) & (ticks.PERIOD - 1)


class Line(Protocol):
    """A port with a gate behind it, as far as others need it."""

    url: str

    def send_bulk(self, message: Message) -> None:
        """Send when its turn comes."""

    def alarm(self, text: str) -> None:
        """Say what somebody must look at on this line."""


class House:
    """What all lines share."""

    def __init__(
        self,
        keys: KeyFile,
        answering: Answering,
        ledger: Ledger,
        happenings: Happenings,
        lane: LaneSettings,
        wall_clock: Callable[[], datetime.datetime],
    ) -> None:
        self.keys = keys
        self.answering = answering
        self.ledger = ledger
        self.happenings = happenings
        self.lane = lane
        self.wall_clock = wall_clock
        self.suite = HouseSuite()
        self.live: dict[bytes, Line] = {}
        self.loop = asyncio.get_running_loop()
        self.writer = LedgerWriter(ledger, self._committed, self._not_committed)

    def lane_of(self, identity: bytes | None) -> str:
        """Name of the lane that a gate is enrolled for, its identity if it is not enrolled."""
        record = self.keys.gate(identity) if identity else None
        if record:
            return record.lane
        return f"unknown gate {identity.hex()}" if identity else "unknown gate"

    # --- called in the ledger's thread --------------------------------------------------------------------

    def _committed(self, entry: Entry, cursor: int) -> None:
        self.loop.call_soon_threadsafe(self._after_commit, entry, cursor)

    def _not_committed(self, entry: Entry, why: str) -> None:
        self.loop.call_soon_threadsafe(self._after_failure, entry, why)

    # --- on the loop --------------------------------------------------------------------------------------

    def _after_commit(self, entry: Entry, cursor: int) -> None:
        if not self.answering.ledger_works:
            self.answering.ledger_works = True
            self.happenings.say("the ledger commits again; lanes are answered as before")
        facts = {"index": entry.index, "what": entry.what, "tap": [entry.boot, entry.counter], "detail": entry.detail}
        self.happenings.happened("report", entry.lane, **facts)
        line = self.live.get(entry.identity)
        if line is not None:
            line.send_bulk(Cursor(cursor))

    def _after_failure(self, entry: Entry, why: str) -> None:
        self.answering.ledger_works = False
        self.happenings.alarm(f"{entry.lane}: the ledger cannot commit: {why} Until it can, every lane sends to staff.")


class PortRoster(Roster):
    """The enrolled gates as one line may serve them."""

    def __init__(self, house: House, line: Line) -> None:
        self._house = house
        self._line = line

    def keys_of(self, identity: bytes) -> HouseKeys:
        """Refused if the gate is unknown, revoked, or live on another line."""
        record = self._house.keys.gate(identity)
        if record is None or record.revoked:
            raise Refused(codes.REFUSED_UNKNOWN_GATE)
        other = self._house.live.get(identity)
        if other is not None and other is not self._line:
            other.alarm(f"{record.lane} is live here, and {self._line.url} claims to be it too")
            raise Refused(codes.REFUSED_LIVE_ELSEWHERE)
        return record.keys
