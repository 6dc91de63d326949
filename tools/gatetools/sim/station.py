"""A whole station: the real gatehouse, simulated lanes with real gates, a line to each, and a checker over it all."""

import asyncio
import contextlib
import selectors
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

from gatehouse.keyfile import KeyFile

from gatetools import enroll, keylog
from gatetools.build import compile_firmware
from gatetools.sim.cable import Cable
from gatetools.sim.checker import Checker, Findings
from gatetools.sim.child import Children
from gatetools.sim.gatehouse import Event, Gatehouse, write_config
from gatetools.sim.lane import Lane, LaneSpec
from gatetools.sim.people import Traveller
from gatetools.sim.wiring import LaneSetup

UP_WAIT_S = 20.0
FALLBACK_BAUD = 115200  # what both ends are told on an unlimited line
TWO_LANES = (LaneSpec("A", "lane_a"), LaneSpec("B", "devkit"))


class StationFailed(Exception):
    """The station did not come up; the text says which part, and what that part said."""


def new_loop() -> asyncio.AbstractEventLoop:
    """An event loop whose timers are exact to microseconds: epoll counts milliseconds, select does not."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


class Station:
    """Use as an async context manager, on a loop of `new_loop`. `on_event` sees all that the gatehouse tells.

    staff: cards that open, like "uid:04A1B2C3" and "wiegand:123-45678"; with any the gatehouse takes such cards.
    codes: what a QR code may say, and the colour that the register has for it.
    record: the traffic of lane A goes to RECORD-A.jsonl. key_log: with it those recordings can be opened.

    Everything lies in a folder that goes away with it; every child ends on every way out.
    """

    def __init__(
        self,
        travellers: Sequence[Traveller],
        lanes: Sequence[LaneSpec] = TWO_LANES,
        seed: int = 1,
        on_event: Callable[[Event], None] | None = None,
        record: Path | None = None,
        key_log: Path | None = None,
        *,
        powered: bool = True,
        staff: Sequence[str] = (),
        codes: Mapping[str, str] | None = None,
        platforms: str = "",
    ) -> None:
        """powered: every lane from the beginning; otherwise each is enrolled and begins when `powered` asks for it.

        platforms: tables of the settings that name who is asked; with any, the register is left empty.
        """
        self._travellers = list(travellers)
        self._seed = seed
        self._also = on_event
        self._recordings = record
        self._key_log = key_log
        self._powered = powered
        self._staff = staff
        self._codes = codes or {}
        self._platforms = platforms
        self.folder = Path(tempfile.mkdtemp(prefix="gate-"))
        self.checker = Checker(time.time() - time.monotonic())
        self.events: list[Event] = []
        self.lanes = {spec.name: Lane(spec, self.folder, self.checker) for spec in lanes}
        for lane in self.lanes.values():
            lane.staff.update(staff)
        self.cables: dict[str, Cable] = {}
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> Self:
        self._stack = contextlib.AsyncExitStack()
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _start(self) -> None:
        # In case the keeper does not start; otherwise the children's end has removed it already.
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.children = await self._stack.enter_async_context(Children(self.folder))
        self.tree = await asyncio.to_thread(compile_firmware)
        if self._powered:
            await asyncio.to_thread(self._enroll, list(self.lanes.values()))
            for lane in self.lanes.values():
                await self._lay_cable(lane)
        ports = [(self._house_end(name), lane.spec.baud or FALLBACK_BAUD) for name, lane in self.lanes.items()]
        set_apart = [lane for lane in self.lanes.values() if lane.spec.setup != LaneSetup()]
        tables = [line for lane in set_apart for line in lane.spec.setup.table(lane.spec.name)]
        if self._staff:
            tables += ["[cards]", 'uid = "staff"', 'wiegand = "staff"']
        tables += next((table for lane in set_apart if (table := lane.setup.signs_tables())), [])
        tables += self._platforms.splitlines()
        config = write_config(self.folder, ports, tables)
        self.gatehouse = Gatehouse(self.children, self.folder, config, self._told)
        self._stack.callback(self.gatehouse.close)
        others = dict.fromkeys(self._staff, "green") | {f"code:{text}": colour for text, colour in self._codes.items()}
        imported = [] if self._platforms else self._travellers
        if others or any(traveller.known() for traveller in imported):
            await self.gatehouse.import_people(imported, others)
        await self.gatehouse.start()
        self._stack.push_async_callback(self.gatehouse.stop)
        for lane in self.lanes.values() if self._powered else ():
            await lane.start(self.children, self.tree, self.cables[lane.spec.name].gate_end)
            self._stack.push_async_callback(lane.stop)

    def _enroll(self, lanes: Sequence[Lane]) -> None:
        keys = KeyFile(self.folder / "keys.db", create=True, protector="file")
        try:
            for lane in lanes:
                enroll.enroll(enroll.simulated(self.tree, lane.spec.board, lane.flash), keys, lane.spec.name)
            if self._powered and self._key_log is not None:
                keylog.write(self._key_log, keys.gates())
        finally:
            keys.close()

    def _house_end(self, name: str) -> Path:
        return self.folder / f"{name}.house"

    async def _lay_cable(self, lane: Lane) -> None:
        name = lane.spec.name
        seed = self._seed + 10 * list(self.lanes).index(name)
        log = self.folder / f"{name}.line.log"
        self.cables[name] = cable = Cable(self.children, self.folder / f"{name}.gate", self._house_end(name), log)
        await cable.start(lane.spec.baud, seed)
        if self._recordings is not None:
            path = self._recordings.with_name(f"{self._recordings.name}-{name}.jsonl")
            await cable.obey(f"record {path.absolute()}")

    # --- while it runs ------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def powered(self, name: str) -> AsyncIterator[Lane]:
        """A lane that is enrolled and has its cable and its power for so long."""
        lane = self.lanes[name]
        await asyncio.to_thread(self._enroll, [lane])
        await self._lay_cable(lane)
        await lane.start(self.children, self.tree, self.cables[name].gate_end)
        try:
            yield lane
        finally:
            await lane.stop()
            await self.cables[name].end()

    async def all_up(self) -> None:
        """Wait until every lane is in session with the gatehouse. StationFailed if one does not come up."""
        for lane in self.lanes.values():
            try:
                async with asyncio.timeout(UP_WAIT_S):
                    await lane.up.wait()
            except TimeoutError:
                raise StationFailed(f"lane {lane.spec.name} does not come up.\n{self.tail()}") from None

    async def settled(self) -> None:
        """Wait until the ledger holds every report of every lane: each gate says itself how many still wait."""
        await asyncio.gather(*(self.lane_settled(name) for name in self.lanes))

    async def lane_settled(self, name: str) -> None:
        """The same for one lane."""
        await self.wait_for(partial(_nothing_waits, name))

    async def after(
        self, cause: Awaitable[object], wanted: Callable[[Event], bool], limit_s: float = UP_WAIT_S
    ) -> Event:
        """Let `cause` happen and wait for the event that follows; one that comes before `cause` returns counts too."""
        seen = len(self.events)
        await cause
        return await self._told_since(seen, wanted, limit_s)

    async def wait_for(self, wanted: Callable[[Event], bool], limit_s: float = UP_WAIT_S) -> Event:
        """The next event of this kind; earlier ones do not count. StationFailed after `limit_s`."""
        return await self._told_since(len(self.events), wanted, limit_s)

    async def _told_since(self, seen: int, wanted: Callable[[Event], bool], limit_s: float) -> Event:
        async with self._changed:
            try:
                async with asyncio.timeout(limit_s):
                    await self._changed.wait_for(lambda: any(map(wanted, self.events[seen:])))
            except TimeoutError:
                raise StationFailed(f"what was waited for did not happen.\n{self.tail()}") from None
        return next(event for event in self.events[seen:] if wanted(event))

    def judge(self, lanes: Collection[str] | None = None) -> Findings:
        """The checker's findings so far, over all lanes or these."""
        return self.checker.judge(self.gatehouse.ledger, lanes)

    def tail(self) -> str:
        """The last lines of every log, for whoever has to find out."""
        said = []
        for log in sorted(self.folder.glob("*.log")):
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
            said += [f"--- {log.name}", *lines]
        return "\n".join(said)

    def _told(self, event: Event) -> None:
        self.events.append(event)
        lane = self.lanes.get(str(event.get("lane")))
        if lane is not None:
            lane.told(event)
        if self._also is not None:
            self._also(event)
        self._wake = asyncio.ensure_future(self._notify())

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def _nothing_waits(lane: str, event: Event) -> bool:
    return event.get("lane") == lane and event.get("waiting") == 0


def end_on_signals(task: asyncio.Task[Any] | None) -> None:
    """SIGINT, SIGTERM and SIGHUP cancel the task, so that everything is left in order."""
    if task is None:
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
