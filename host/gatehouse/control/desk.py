"""The desk where staff's commands are taken: the control socket's own side, on the event loop.

Whoever is connected may send rubbish, much of it, or nothing, and may stop reading: it costs him the connection.
"""

import asyncio
import contextlib
import json
import socket
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from functools import singledispatchmethod
from pathlib import Path

import sqlalchemy as sa

from gatehouse import alarms, happenings, schema
from gatehouse.control import peer, place, requests
from gatehouse.control.requests import (
    AcknowledgeRequest,
    NotARequest,
    OrderRequest,
    ReloadRequest,
    SceneRequest,
    SlipRequest,
    WatchRequest,
)
from gatehouse.house import House
from gatehouse.rules import change
from gatehouse.settings_errors import SettingsError
from gatehouse.staff import ORDERS, Result, Unsuitable, noted, said_name, signed
from gatehouse.words import Words, filled

CLIENTS_MAX = 32
IDLE_S = 30.0  # who has asked nothing for so long, and does not watch, makes room for others
REQUESTS_A_SECOND = 10
REQUESTS_AT_ONCE = 20
LINES_MAX = 2000  # who lags behind by so many is cut off; he comes back and is shown the whole scene
READS_MAX_S = 10.0  # who takes nothing for so long is cut off
BUFFER_BYTES = 65536

TOO_MANY: Words = ("连接的命令过多，请结束一些。", "Too many commands are connected; end some of them.")
TOO_OFTEN: Words = ("请求过于频繁，请稍后再试。", "Too many requests; ask less often.")
NO_REQUEST: Words = (
    "无法识别的请求，请见 gatehouse lane --help。",
    "This is no request; see gatehouse lane --help.",
)


class Visitor:
    """One connection: lines that wait to be written, and how much it may still ask."""

    def __init__(self, writer: asyncio.StreamWriter, who: str) -> None:
        self.who = who
        self.watches = False
        self._writer = writer
        self._lines: deque[bytes] = deque()
        self._more = asyncio.Event()
        self._allowance = float(REQUESTS_AT_ONCE)
        self._asked_at = time.monotonic()
        writer.transport.set_write_buffer_limits(high=BUFFER_BYTES)

    def tell(self, line: bytes) -> None:
        """Queue a line; cut him off if he has not kept up."""
        if len(self._lines) >= LINES_MAX:
            self._writer.transport.abort()
            return
        self._lines.append(line)
        self._more.set()

    def may_ask(self) -> bool:
        """Whether he asks no faster than a person or a screen does."""
        now = time.monotonic()
        self._allowance += (now - self._asked_at) * REQUESTS_A_SECOND
        self._allowance = min(self._allowance, float(REQUESTS_AT_ONCE)) - 1
        self._asked_at = now
        return self._allowance >= 0

    async def write(self) -> None:
        """Write what is queued until cancelled; abort the connection if it is not taken."""
        try:
            while True:
                await self._more.wait()
                self._more.clear()
                while self._lines:
                    self._writer.write(self._lines.popleft())
                    async with asyncio.timeout(READS_MAX_S):
                        await self._writer.drain()
        except (TimeoutError, OSError):
            self._writer.transport.abort()

    async def flush(self) -> None:
        """Give what is left a moment to get out."""
        with contextlib.suppress(OSError, TimeoutError):
            while self._lines:
                self._writer.write(self._lines.popleft())
            async with asyncio.timeout(1.0):
                await self._writer.drain()


class Desk:
    """Use `open`, then `close`. Tells every watcher what happens."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._visitors: set[Visitor] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self, data: Path) -> None:
        """Take commands from now on. Without this lanes are served all the same: what is wrong is an alarm."""
        path = place.path_in(data)
        if not place.exists_here():
            self._house.happenings.say("`gatehouse lane` and `gatehouse watch` do not work on this system")
            return
        try:
            listening = place.listening(path)
        except OSError as failure:
            self._house.happenings.alarm(filled(alarms.NO_SOCKET, path=str(path), why=str(failure.strerror)))
            return
        limit = requests.REQUEST_BYTES_MAX
        self._server = await asyncio.start_unix_server(self._visit, sock=listening, limit=limit)
        self._house.happenings.listen(self)
        self._path = path

    async def close(self) -> None:
        """Send everybody away."""
        if self._server is None:
            return
        self._house.happenings.leave(self)
        self._server.close()
        self._path.unlink(missing_ok=True)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def give(self, event: dict[str, object]) -> None:
        """Every watcher is told what happens."""
        watching = [visitor for visitor in self._visitors if visitor.watches]
        if watching:
            line = happenings.json_line(event).encode() + b"\n"
            for visitor in watching:
                visitor.tell(line)

    # --- one connection -----------------------------------------------------------------------------------

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        connection: socket.socket = writer.get_extra_info("socket")
        try:
            visitor = Visitor(writer, peer.user_name(peer.user_id(connection)))
            if len(self._visitors) >= CLIENTS_MAX:
                visitor.tell(refusal(None, requests.WRONG, TOO_MANY))
            else:
                await self._attend(reader, visitor)
            await visitor.flush()
        except OSError:
            pass  # he has gone
        finally:
            writer.close()
            if task is not None:
                self._tasks.discard(task)

    async def _attend(self, reader: asyncio.StreamReader, visitor: Visitor) -> None:
        self._visitors.add(visitor)
        writing = asyncio.create_task(visitor.write())
        try:
            while (line := await self._line(reader, visitor)) is not None:
                request = requests.read(line)
                if not visitor.may_ask():
                    visitor.tell(refusal(request.id, requests.WRONG, TOO_OFTEN))
                    return
                try:
                    await self._take(request, visitor)
                except Unsuitable as wrong:
                    visitor.tell(refusal(request.id, requests.UNSUITABLE, wrong.said))
        except NotARequest:
            visitor.tell(refusal(None, requests.WRONG, NO_REQUEST))
        finally:
            self._visitors.discard(visitor)
            writing.cancel()

    async def _line(self, reader: asyncio.StreamReader, visitor: Visitor) -> bytes | None:
        try:
            async with asyncio.timeout(None if visitor.watches else IDLE_S):
                return await reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            raise NotARequest from None
        except (asyncio.IncompleteReadError, TimeoutError):
            return None

    # --- requests -----------------------------------------------------------------------------------------

    @staticmethod
    def _signed(request: OrderRequest | AcknowledgeRequest, visitor: Visitor) -> str:
        return signed(visitor.who, None if request.name is None else said_name(request.name))

    @singledispatchmethod
    async def _take(self, _request: object, _visitor: Visitor) -> None:
        raise NotARequest

    @_take.register
    async def _order(self, request: OrderRequest, visitor: Visitor) -> None:
        note = noted(self._signed(request, visitor), request.order, request.reason, request.grounds)
        scene = self._house.scene_now()
        if request.lane not in scene.lanes:
            visitor.tell(answer(request.id, Result.UNKNOWN_LANE, lanes=sorted(scene.lanes)))
            return
        if note.grounds is not None:
            note = replace(note, tap=scene.answered_for(request.lane, time.time()))
        ended = await self._house.orders.order(request.lane, ORDERS[request.order], note)
        lane = scene.lanes.get(request.lane)
        told = {"state": ended.state, "last_state": None if lane is None else lane.state}
        limit_s = self._house.hold_limit_s(request.lane)
        visitor.tell(answer(request.id, ended.result, **told, hold_limit_s=limit_s, lanes=sorted(scene.lanes)))

    @_take.register
    async def _acknowledge(self, request: AcknowledgeRequest, visitor: Visitor) -> None:
        who = self._signed(request, visitor)
        alarm = self._house.scene.alarms.get(request.alarm)
        if alarm is not None:
            self._house.orders.acknowledge(alarm, who)
        visitor.tell(answer(request.id, requests.NOT_OPEN if alarm is None else requests.DONE))

    @_take.register
    async def _scene(self, request: SceneRequest, visitor: Visitor) -> None:
        visitor.tell(self._shown(request.id))

    @_take.register
    async def _watch(self, request: WatchRequest, visitor: Visitor) -> None:
        # In one turn of the loop: no event falls between the scene and what follows it.
        visitor.tell(self._shown(request.id))
        visitor.watches = True

    @_take.register
    async def _reload(self, request: ReloadRequest, visitor: Visitor) -> None:
        book, happenings = self._house.answering.rules, self._house.happenings
        try:
            # Reading waits for a disk; taking is one assignment, between two answers.
            rules = await asyncio.to_thread(book.read)
        except SettingsError as wrong:
            kept = f"The rules in force stay: {book.current.name}."
            refused = filled(alarms.RULES_NOT_RELOADED, who=visitor.who, why=str(wrong), name=book.current.name)
            happenings.alarm(refused, about="rules", cause="rules")
            visitor.tell(answer(request.id, requests.UNSUITABLE, text=f"{wrong}\n{kept} Mend the file and try again."))
            return
        try:
            # Before it happens: what cannot be recorded is not done.
            await asyncio.to_thread(
                self._house.ledger.record, change.deed(rules, self._house.clock.unix_s(), visitor.who)
            )
        except sa.exc.SQLAlchemyError as failure:
            why = schema.explained(failure)
            refused = filled(alarms.RULES_NOT_RECORDED, who=visitor.who, why=why, name=book.current.name)
            happenings.alarm(refused, about="rules", cause="rules")
            visitor.tell(refusal(request.id, requests.UNSUITABLE, refused))
            return
        lists = self._house.answering.lists
        if rules.uses_lists() and not lists.open():
            happenings.alarm(filled(alarms.LISTS_UNREAD, why=lists.trouble))
        book.take(rules)
        said = f"rules in force: {rules.name} ({rules.words[1]}), {len(rules.rules)} rules"
        happenings.notice(filled(alarms.RULES_RELOADED, said=said, who=visitor.who), cause="rules")
        visitor.tell(answer(request.id, requests.DONE, text=said))

    @_take.register
    async def _slip(self, request: SlipRequest, visitor: Visitor) -> None:
        slip = await self._house.slip(request.lane)
        facts: dict[str, object] = {} if slip is None else {"slip": slip.told()}
        visitor.tell(answer(request.id, requests.DONE if slip is not None else requests.NOT_OPEN, **facts))

    def _shown(self, number: int) -> bytes:
        head = answer(number, requests.DONE).rstrip(b"}\n")
        return head + b', "scene": ' + self._house.scene_now().told() + b"}\n"


def refusal(number: int | None, result: str, why: Words) -> bytes:
    """One line, for a person to read."""
    return answer(number, result, text=why[1], text_zh=why[0])


def answer(number: int | None, result: str, **facts: object) -> bytes:
    """One line."""
    told: Mapping[str, object] = {"answer": number, "result": result, **facts}
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"
