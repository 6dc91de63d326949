"""A platform of the bench and whoever asks it, on one loop, with a clock that stands still until it is moved."""

import contextlib
import ssl
from collections.abc import AsyncIterator

from gatehouse.platforms.account import Account
from gatehouse.platforms.dialect_file import shipped
from gatehouse.platforms.platform import Platform
from gatehouse.question import Question
from gatelink import codes
from gatetools.sim.people import Kind
from gatetools.sim.platforms.all_servers import SERVERS
from gatetools.sim.platforms.faults import Faults
from gatetools.sim.platforms.table import drawn

NOON_S = 1_655_265_600  # 2022-06-15 12:00:00 +08:00
BUDGET_S = 5.0  # what no test here comes near to
CARDS = {
    Kind.RESIDENT: codes.CARD_RESIDENT,
    Kind.HMT_PERMIT: codes.CARD_HMT_PERMIT,
    Kind.FOREIGN_2017: codes.CARD_FOREIGN_2017,
    Kind.FOREIGN_2023: codes.CARD_FOREIGN_2023,
}


class Clock:
    """Both clocks of the station; they move when a test says so."""

    def __init__(self, wall_s=NOON_S):
        self.at_s = float(wall_s)

    def wall(self):
        return self.at_s

    def monotonic(self):
        return self.at_s - NOON_S + 1000.0

    def pass_s(self, seconds):
        self.at_s += seconds


class Pair:
    """A server, and a platform that asks it."""

    def __init__(self, server, platform, clock):
        self.server, self.platform, self.clock = server, platform, clock

    async def ask(self, known, budget_s=BUDGET_S):
        return await self.platform.ask(question(known), budget_s)


def question(known):
    return Question(CARDS[known.kind], bytearray(known.number.encode()))


def account(dialect, server, tls=None, **credentials):
    values = {name: text.encode() for name, text in (server.credentials | credentials).items()}
    return Account(dialect, server.url, values, tls or ssl.create_default_context())


@contextlib.asynccontextmanager
async def served(
    name="plain", *, dialect=None, troubles=None, watch=None, table=None, server=None, clock=None, tls=(None, None)
) -> AsyncIterator[Pair]:
    """Both ends of a platform. `tls`: the server's context and ours."""
    clock = clock or Clock()
    server = server or SERVERS[name](table or drawn(7, clock.wall), troubles or Faults.none(), tls[0])
    async with server:
        watching = {"watch": watch} if watch else {}
        platform = Platform(
            account(dialect or shipped(name), server, tls[1]), wall=clock.wall, monotonic=clock.monotonic, **watching
        )
        try:
            yield Pair(server, platform, clock)
        finally:
            await platform.close()


def changed(dialect, **tables):
    """The dialect with some keys of its tables changed: limits={"failures": 2}."""
    updates = {name: getattr(dialect, name).model_copy(update=keys) for name, keys in tables.items()}
    return dialect.model_copy(update=updates)
