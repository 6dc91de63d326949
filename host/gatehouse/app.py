"""The gatehouse process: one asyncio loop, one line per port, the ledger's thread; SIGINT and SIGTERM end it cleanly."""

import asyncio
import contextlib
import logging
import signal
import time
from typing import TextIO

from gatehouse import clock, keyfile, schema
from gatehouse.answering import Answering
from gatehouse.gates import GateLine
from gatehouse.happenings import Happenings
from gatehouse.house import House
from gatehouse.keyfile import KeyFile
from gatehouse.ledger import Ledger
from gatehouse.process import guard_memory
from gatehouse.register import Register
from gatehouse.settings import GatehouseSettings

CLOCK_LOOK_S = 1.0
TELL_TIME_S = 3600.0
REGISTER_KEY = "register"

log = logging.getLogger("gatehouse")

CannotStart = (keyfile.KeyFileError, schema.DatabaseError, OSError)


async def run(settings: GatehouseSettings, stream: TextIO | None) -> None:
    """Serve until a signal comes. One of CannotStart if key file or databases cannot be used."""
    guard_memory()
    settings.store.register.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as opened:
        keys = KeyFile(settings.store.keys_path)
        opened.callback(keys.close)
        register = Register(settings.store.register, keys.secret(REGISTER_KEY))
        opened.callback(register.close)
        ledger = Ledger(settings.store.ledger)
        opened.callback(ledger.close)
        answering = Answering(register, keys, settings.rules.rules(), settings.lane.answer_limit_ms)
        house = House(keys, answering, ledger, Happenings(stream), settings.lane, clock.local_now)
        await serve(house, [GateLine(house, port) for port in settings.port])


async def serve(house: House, lines: list[GateLine]) -> None:
    """Run all lines until SIGINT or SIGTERM."""
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, ending.set)
        except NotImplementedError:  # Windows: the loop takes no signals
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(ending.set))
    house.writer.start()
    for line in lines:
        line.start()
    house.happenings.say(f"serving {len(lines)} ports; stop with Ctrl-C")
    watching = asyncio.create_task(watch_clock(house, lines))
    await ending.wait()
    watching.cancel()
    house.happenings.say("stopping; lanes send travellers to staff from now on")
    # Ports close off the loop: a network URL takes up to half a second.
    await asyncio.gather(*(loop.run_in_executor(None, line.stop) for line in lines))
    await loop.run_in_executor(None, house.writer.stop)


async def watch_clock(house: House, lines: list[GateLine]) -> None:
    """Tell the gates the time each hour, and at once when the PC's clock has jumped."""
    watch = clock.watch()
    told_at = time.monotonic()
    while True:
        await asyncio.sleep(CLOCK_LOOK_S)
        jump_s = watch.jumped_s(time.time(), time.monotonic())
        if jump_s is not None:
            house.happenings.alarm(
                f"the PC's clock jumped by {jump_s:+.0f} s; statuses are judged by the new time. Check NTP."
            )
        if jump_s is not None or time.monotonic() - told_at > TELL_TIME_S:
            told_at = time.monotonic()
            for line in lines:
                line.tell_time()
