"""Two offices may speak one dialect: what one of them told is never taken for the other's."""

import asyncio
import functools
import ssl

from gatehouse.lookup.answers import Answers
from gatehouse.lookup.keeping import Keeper
from gatehouse.lookup.lookup import Lookup, Sources
from gatehouse.lookup.lookup_settings import RouteSettings
from gatehouse.lookup.merging import Said
from gatehouse.lookup.routes import Routes
from gatehouse.platforms.account import Account
from gatehouse.platforms.dialect_file import shipped
from gatehouse.platforms.platform import Platform
from gatehouse.register import Register
from gatehouse.status import Outcome
from gatelink import codes
from gatetools.sim.platforms import faults
from gatetools.sim.platforms.all_servers import SERVERS
from gatetools.sim.platforms.faults import Faults
from gatetools.sim.platforms.table import Table
from platforms.asking import BUDGET_S, NOON_S, Clock, question
from platforms.province import person

NUMBER = "110101190001010014"
DAY_S = 86400


def test_the_red_of_one_outlives_its_silence_beside_the_green_of_the_other(tmp_path):
    """Its own later word would take it back, and nobody else's."""
    clock = Clock()

    async def story():
        register, answers = Register(tmp_path / "register.db", b"k" * 32), Answers(tmp_path / "answers.db", b"a" * 32)
        keeper = Keeper(answers, DAY_S, [].append, clock.wall, keep_red_s=30 * DAY_S)
        servers, platforms = {}, {}
        for name, colour, set_h in (("east", "green", 1.0), ("west", "red", 2.0)):
            server = servers[name] = SERVERS["plain"](
                Table([person(NUMBER, colour, set_h=set_h)], clock.wall), Faults.none()
            )
            await server.start()
            credentials = {key: text.encode() for key, text in server.credentials.items()}
            account = Account(shipped("plain"), server.url, credentials, ssl.create_default_context(), name)
            told = functools.partial(keeper.take, name)
            platforms[name] = Platform(account, wall=clock.wall, monotonic=clock.monotonic, told=told)
        lookup = Lookup(register, Sources(platforms, Routes([RouteSettings(ask=["east", "west"])], platforms), answers))
        found = []
        for silent in ([], [faults.ERROR] * 9):
            servers["west"].faults.next_ones = silent
            asked = question(person(NUMBER))
            kept = lookup.kept(codes.CARD_RESIDENT, NUMBER.encode(), NOON_S)
            said = [Said(name, await one.ask(asked, BUDGET_S)) for name, one in platforms.items()]
            found.append(lookup.merged(said, kept))
            keeper.write()
            clock.pass_s(DAY_S / 2)  # what a platform remembers by itself is over
        for name, platform in platforms.items():
            await platform.close()
            await servers[name].stop()
        answers.close()
        register.close()
        return found

    both, silent = asyncio.run(story())
    assert (both.outcome, both.source) == (Outcome.GREEN, "east"), "it was set last"
    assert [(one.source, one.outcome) for one in both.others] == [("west", Outcome.RED)]
    assert [(one.source, one.outcome) for one in silent.others] == [("west", Outcome.RED)], "and is still known"
