"""The real gatehouse as a child process, the events it tells, and the register import before it."""

import asyncio
import contextlib
import csv
import datetime
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gatehouse.commands.lane import WAIT_S
from gatehouse.control.client import Control, NoAnswer, Unreachable

from gatetools.sim.child import Children
from gatetools.sim.people import Traveller, register_rows

Event = dict[str, object]
READ_BYTES = 65536


class GatehouseFailed(Exception):
    """A gatehouse command ended with an error; the text is what it said."""


def write_config(folder: Path, ports: list[tuple[Path, int]], tables: Sequence[str] = ()) -> Path:
    """A gatehouse.toml over these ports, data and keys below `folder`. tables: lines of further tables."""
    lines = ["[store]", f'data = "{folder / "data"}"', f'keys = "{folder / "keys.db"}"']
    for path, baud in ports:
        lines += ["", "[[port]]", f'url = "{path}"', f"baud = {baud}"]
    config = folder / "gatehouse.toml"
    config.write_text("\n".join([*lines, "", *tables]) + "\n", encoding="utf-8")
    return config


async def give_order(data: Path, lane: str, what: str) -> str:
    """Staff's order to the gatehouse that serves this data folder, as `gatehouse lane` gives it; how it ended.

    GatehouseFailed if there is none, or it does not answer.
    """

    def ask() -> str:
        control = Control(data)
        try:
            return str(control.ask("order", WAIT_S, lane=lane, order=what, reason="simulated", name=None)["result"])
        finally:
            control.close()

    try:
        return await asyncio.to_thread(ask)
    except Unreachable as failure:
        raise GatehouseFailed(str(failure)) from None
    except NoAnswer:
        raise GatehouseFailed("the gatehouse has not answered; the order may have been obeyed") from None


class Gatehouse:
    """`gatehouse run` over a configuration. `on_event(event)` sees every JSON line that it tells."""

    def __init__(self, children: Children, folder: Path, config: Path, on_event: Callable[[Event], None]) -> None:
        self.log = folder / "gatehouse.log"
        self.ledger = folder / "data" / "ledger.db"
        self._children = children
        self._folder = folder
        self._config = config
        self._on_event = on_event
        self._pipe = folder / "events"
        self._process: asyncio.subprocess.Process | None = None
        os.mkfifo(self._pipe)
        self._fd = os.open(self._pipe, os.O_RDONLY | os.O_NONBLOCK)
        # Held open, so that the pipe does not end while the gatehouse is away.
        self._held = os.open(self._pipe, os.O_WRONLY | os.O_NONBLOCK)
        self._pending = b""
        asyncio.get_running_loop().add_reader(self._fd, self._readable)

    async def import_people(self, travellers: list[Traveller], others: Mapping[str, str]) -> None:
        """Fill the register by the real command. others: colours of cards and codes. GatehouseFailed as it said."""
        now = datetime.datetime.now().astimezone().isoformat()
        path = self._folder / "register.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("number", "colour", "updated"), *register_rows(travellers)])
            csv.writer(file).writerows((card, colour, now) for card, colour in others.items())
        log = self._folder / "import.log"
        command = ["register", "import", str(path), "--config", str(self._config)]
        child = await self._children.start([sys.executable, "-m", "gatehouse.cli", *command], log)
        status = await child.wait()
        await self._children.end(child)
        path.unlink()
        if status:
            raise GatehouseFailed(log.read_text(encoding="utf-8"))

    async def start(self) -> None:
        """Start it. It serves when it tells so; lanes come up later."""
        # One that was killed may have left half a line behind.
        with contextlib.suppress(BlockingIOError):
            while True:
                self._readable()
        self._pending = b""
        command = ["run", "--config", str(self._config), "--events", str(self._pipe)]
        self._process = await self._children.start([sys.executable, "-m", "gatehouse.cli", *command], self.log)

    async def stop(self, *, kill: bool = False) -> int:
        """End it, in order or as power goes; its exit status."""
        process, self._process = self._process, None
        return 0 if process is None else await self._children.end(process, kill=kill)

    async def order(self, lane: str, what: str) -> str:
        """Staff give an order; how it ended. GatehouseFailed if nobody answers."""
        return await give_order(self.ledger.parent, lane, what)

    def ended(self) -> bool:
        """Whether it is not running, by its own will or ours."""
        return self._process is None or self._process.returncode is not None

    def close(self) -> None:
        """Listen no more."""
        asyncio.get_running_loop().remove_reader(self._fd)
        os.close(self._fd)
        os.close(self._held)

    def _readable(self) -> None:
        *lines, self._pending = (self._pending + os.read(self._fd, READ_BYTES)).split(b"\n")
        for line in lines:
            try:
                event = json.loads(line)
            except ValueError:
                continue  # the half line of a gatehouse that was killed
            if isinstance(event, dict):
                self._on_event(event)
