"""What all lines share: keys, register, ledger, settings, and who is live where."""

import asyncio
import contextlib
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gatelink import codes
from gatelink.errors import Refused
from gatelink.gate_to_house import Report
from gatelink.house_to_gate import Cursor, Signs, Time
from gatelink.keys import HouseKeys
from gatelink.message import Message
from gatelink.roster import Roster
from gatelink.ticks import PERIOD

from gatehouse import alarms, words
from gatehouse.answering import Answering
from gatehouse.clock import StationClock
from gatehouse.enrolments import Enrolments
from gatehouse.gate_record import ENROLLED, PROPOSED
from gatehouse.happenings import Happenings
from gatehouse.head_keeper import HeadKeeper
from gatehouse.keyfile import KeyFile, KeyFileError
from gatehouse.ledger import Committed, Entry, Ledger
from gatehouse.ledger_writer import LedgerWriter
from gatehouse.line import Line
from gatehouse.orders import StaffOrders
from gatehouse.rules.strangers import strangers
from gatehouse.scene import Scene
from gatehouse.settings import LaneSettings, SignSettings
from gatehouse.slips import Slip
from gatehouse.standing import Standings
from gatehouse.starts import Starts
from gatehouse.suite import HouseSuite
from gatehouse.words import Words, filled

ENTRY_WAIT_S = 2.0  # a gate reports within milliseconds that it has not opened; without its link it may take hours
ENTRY_LOOK_S = 0.05
LEDGER_FAILS = "the ledger"  # the cause of alarms that end when it commits again
NO_DAY_KEY = "the day's key"  # of those that end when there is one
NO_REGISTER = "the register"  # of those that end when it can be read


def now_ticks() -> int:
    """The monotonic clock as the link counts it."""
    return int(time.monotonic() * 1000) & (PERIOD - 1)


class House:
    """What all lines share. Every method is called on the event loop unless it says otherwise.

    `lane`: how a lane is run, by its name. `signs`: how they speak, at all lanes.

    `loop`: None for the running one. `ticks`: the monotonic clock as the link counts it.
    """

    def __init__(
        self,
        keys: KeyFile,
        answering: Answering,
        ledger: Ledger,
        happenings: Happenings,
        lane: Callable[[str], LaneSettings],
        clock: StationClock,
        loop: asyncio.AbstractEventLoop | None = None,
        ticks: Callable[[], int] = now_ticks,
        signs: SignSettings | None = None,
    ) -> None:
        self.keys = keys
        self.answering = answering
        self.happenings = happenings
        self.starts = Starts()
        self.clock = clock
        self.suite = HouseSuite()
        self.live: dict[bytes, Line] = {}
        self.loop = loop or asyncio.get_running_loop()
        self.ticks = ticks
        self.ledger = ledger
        self.heads = HeadKeeper(ledger, keys, happenings, clock)
        self.writer = LedgerWriter(ledger, self._committed, self._not_committed)
        self._cursors = ledger.cursors()
        self.enrolments = Enrolments(keys, self._cursors, clock, self.writer.give, ledger.heard_last_s())
        self._unsettled = True
        self._troubles: set[str] = set()
        self.orders = StaffOrders(
            self.live, self.writer.give, lambda: self.answering.ledger_works, self.happenings, clock
        )
        self.scene = Scene()
        self.happenings.listen(self.scene)
        self._in_writer: set[tuple[object, ...]] = set()
        self._lane = lane
        self._signs = signs or SignSettings()

    @property
    def standings(self) -> Standings:
        """How the gates stand."""
        return self.happenings.standings

    def lane_of(self, identity: bytes | None) -> str:
        """Name of the lane that a gate is enrolled for; the start of its identity if it is not enrolled."""
        if not identity:
            return "unknown gate"
        try:
            record = self.keys.find(identity)
        except KeyFileError:
            record = None
        return record.lane if record else f"unknown gate {identity[:8].hex()}"

    def is_served(self, lane: str) -> bool:
        """Whether a gate of this lane is live on some port."""
        return any(self.lane_of(identity) == lane for identity in self.live)

    def scene_now(self) -> Scene:
        """What staff see now: every enrolled lane. A key file that cannot be read hides no lane that is there."""
        with contextlib.suppress(KeyFileError):
            self.scene.settle(gate.lane for gate in self.keys.gates() if gate.state == ENROLLED)
        return self.scene

    def welcome(self, lane: str) -> tuple[Message, ...]:
        """What a lane's gate is told when its session comes up: the time, how to run its lane and its signs."""
        return Time(self.clock.unix_s()), *self._lane(lane).messages(), self.signs()

    def signs(self) -> Signs:
        """How the signs of all lanes are to speak at this time of day."""
        return self._signs.message(self.clock.minute())

    def hold_limit_s(self, lane: str) -> int:
        """After how long a hold of this lane ends by itself; 0 = when staff resume it."""
        return self._lane(lane).hold_limit_s

    def tell_strangers(self) -> None:
        """Say which names in the rules in force are nobody's here."""
        answering = self.answering
        rules, sources = answering.rules.current, answering.lookup.sources
        lists = answering.lists.names(self.clock.now()) if rules.uses_lists() else None
        lanes = {gate.lane for gate in self.keys.gates() if gate.state == ENROLLED}
        for said in strangers(rules, lists, sources.platforms if sources is not None else (), lanes):
            self.happenings.alarm(said)

    async def slip(self, lane: str) -> Slip | None:
        """What the lane's last refused traveller may take along, with what proves his entry, once that is recorded."""
        slips, waited_s = self.answering.slips, 0.0
        slip = slips.of(lane, time.monotonic())
        while slip is not None and not slip.entry and waited_s < ENTRY_WAIT_S:
            await asyncio.sleep(ENTRY_LOOK_S)
            waited_s += ENTRY_LOOK_S
            slip = slips.of(lane, time.monotonic())
        head = await self.heads.sign() if slip is not None and slip.entry else None
        if slip is None or head is None or head.size < slip.entry:
            return slip
        return replace(slip, head=head.number, root=head.root.hex())

    def is_revoked(self, identity: bytes) -> bool:
        """Whether a gate is revoked, or gone from the key file. One that cannot be read revokes nobody."""
        try:
            record = self.keys.find(identity)
        except KeyFileError:
            return False
        return record is None or record.revoked

    def cursor(self, identity: bytes) -> int:
        """Index of the last committed report of a gate, 0 if none."""
        return self.enrolments.cursor(identity)

    def arrived(self, identity: bytes) -> None:
        """A gate has proven itself; whatever its enrolment changed goes into the ledger.

        Where the key file cannot keep it just now `settle` tries again. The gate is answered meanwhile, and keeps its
        records: it gets no cursor, for whose its records are is not known yet.
        """
        try:
            known = self.keys.find(identity)
            self.enrolments.arrived(identity)
            if known is not None and known.state == PROPOSED:
                self.happenings.say(f"{known.lane}: its new gate has proven itself and is enrolled from now on")
                self.happenings.happened("enrolled", known.lane, gate=identity.hex())
        except KeyFileError as failure:
            lane = self.lane_of(identity)
            self.happenings.alarm(
                filled(alarms.ENROLMENT_NOT_KEPT, lane=lane, why=str(failure)),
                about=f"{lane} enrolment",
            )

    def settle(self) -> None:
        """Enter gates that were revoked by another program since the last time; end what could not be kept then, and
        say what keeps travellers from being answered.
        """
        self._tell_trouble()
        for identity, line in list(self.live.items()):
            if not self.enrolments.has_arrived(identity):
                self.arrived(identity)
                self._tell_cursor(identity, line)
        try:
            self._unsettled |= self.keys.changed()
            if self._unsettled:
                self.enrolments.settle()
                self._unsettled = False
        except KeyFileError as failure:
            self.happenings.alarm(filled(alarms.KEY_FILE_UNREAD, why=str(failure)))

    def _tell_trouble(self) -> None:
        for cause, why, alarm, over in (
            (NO_DAY_KEY, self.answering.trouble, alarms.NO_DAY_KEY, alarms.DAY_KEY_THERE),
            (NO_REGISTER, self.answering.lookup.trouble, alarms.REGISTER_UNREAD, alarms.REGISTER_READ),
        ):
            if why:
                self._troubles.add(cause)
                self.happenings.alarm(filled(alarm, why=why), about=cause, cause=cause)
            elif cause in self._troubles:
                self._troubles.discard(cause)
                self.happenings.notice(over, cause)

    def record(self, identity: bytes, lane: str, report: Report) -> None:
        """Give a report to the ledger; a repeat of one that it is still busy with is dropped.

        It is entered for the enrolment under which the gate recorded it.
        """
        if report.what in codes.HOUSES_OWN:
            self.happenings.alarm(filled(alarms.NOT_ITS_OWN, lane=lane))
            return
        owner = self.enrolments.owner(identity, report.index)
        if owner is None:
            return  # the gate repeats it until its cursor has passed it
        identity, lane = owner.identity, owner.lane
        fields = (report.index, report.what, report.boot, report.counter, report.detail, report.at_s)
        if (identity, *fields) in self._in_writer:
            return
        self._in_writer.add((identity, *fields))
        person = self.answering.person(identity, report.boot, report.counter)
        self.writer.give(Entry(identity, lane, *fields, self.clock.unix_s(), person))

    def after_error(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """The loop's exception handler: says what broke and where, never with values that may be a traveller's."""
        failure = context.get("exception")
        if failure is None:
            self.happenings.alarm(filled(alarms.BROKE, what=str(context.get("message", "unknown"))))
            return
        frames = traceback.extract_tb(failure.__traceback__)
        where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "unknown place"
        self.happenings.alarm(filled(alarms.BROKE_AT, what=type(failure).__name__, where=where))

    # --- called in the ledger's thread --------------------------------------------------------------------

    def _committed(self, entry: Entry, committed: Committed) -> None:
        self.loop.call_soon_threadsafe(self._after_commit, entry, committed)

    def _not_committed(self, why: Words) -> None:
        self.loop.call_soon_threadsafe(self._after_failure, why)

    # --- on the loop --------------------------------------------------------------------------------------

    def _after_commit(self, entry: Entry, committed: Committed) -> None:
        if not self.answering.ledger_works:
            self.answering.ledger_works = True
            self.happenings.notice(alarms.LEDGER_WORKS, LEDGER_FAILS)
        if entry.what in {codes.REPORT_ORDERED, codes.REPORT_COMPLETED}:
            self.orders.committed(entry)
            return
        fields = (entry.index, entry.what, entry.boot, entry.counter, entry.detail, entry.at_s)
        self._in_writer.discard((entry.identity, *fields))
        self._cursors[entry.identity] = committed.cursor
        self._after_own(entry)
        if committed.missing:
            self.happenings.alarm(filled(alarms.MISSING, lane=entry.lane, missing=committed.missing, index=entry.index))
        if committed.renumbered:
            self.happenings.alarm(filled(alarms.RENUMBERED, lane=entry.lane))
        if committed.new:
            own = entry.what in codes.HOUSES_OWN
            facts: dict[str, object] = {"index": entry.index, "what": entry.what, "detail": entry.detail}
            if not own:
                facts["tap"] = [entry.boot, entry.counter]
            self.happenings.happened("enrolment" if own else "report", entry.lane, **facts)
            if entry.what == codes.REPORT_BOOTED:
                self._after_start(entry)
        if committed.kept is not None and entry.what == codes.REPORT_NOT_OPENED:
            tap = entry.identity, entry.boot, entry.counter
            self.answering.slips.recorded(entry.lane, tap, committed.kept)
        gate = self.enrolments.heir(entry.identity)
        line = self.live.get(gate)
        if line is not None:
            self._tell_cursor(gate, line)

    def _tell_cursor(self, identity: bytes, line: Line) -> None:
        if self.enrolments.has_arrived(identity):
            line.send_bulk(Cursor(self.cursor(identity)))

    def _after_start(self, entry: Entry) -> None:
        self.happenings.say(f"{entry.lane}: its gate has started: {words.detail(entry.what, entry.detail)}")
        alarm = self.starts.note(entry.lane, entry.detail, entry.heard_s)
        if alarm is not None:
            self.happenings.alarm(alarm, about=f"{entry.lane} starts")

    def _after_own(self, entry: Entry) -> None:
        try:
            self.enrolments.committed(entry)
        except KeyFileError as failure:
            self._unsettled = True
            self.happenings.alarm(filled(alarms.KEY_FILE_UNWRITTEN, why=str(failure)))

    def _after_failure(self, why: Words) -> None:
        self.answering.ledger_works = False
        self.orders.not_committed()
        self.happenings.alarm(filled(alarms.LEDGER_STOPPED, why=why), cause=LEDGER_FAILS)


class PortRoster(Roster):
    """The gates as one line may serve them: enrolled ones, and proposed ones, whose first handshake tells."""

    def __init__(self, house: House, line: Line) -> None:
        self._house = house
        self._line = line

    def keys_of(self, identity: bytes) -> HouseKeys:
        """Refused if the gate is unknown, revoked, or live on another line."""
        try:
            known = self._house.keys.find(identity)
            if known is not None and known.revoked:
                raise Refused(codes.REFUSED_REVOKED)
            record = self._house.keys.gate(identity)
        except KeyFileError as failure:
            self._house.happenings.alarm(filled(alarms.KEY_FILE_UNREAD, why=str(failure)))
            raise Refused(codes.REFUSED_KEYS_UNREADABLE) from None
        if record is None:
            raise Refused(codes.REFUSED_UNKNOWN_GATE)
        other = self._house.live.get(identity)
        # A live session without its port may have been moved; it is given up when the newcomer has proven itself.
        if other is not None and other is not self._line and other.is_there():
            other.alarm(filled(alarms.CLAIMED, lane=record.lane, port=self._line.url))
            raise Refused(codes.REFUSED_LIVE_ELSEWHERE)
        return record.keys
