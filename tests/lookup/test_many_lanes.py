"""Many lanes, two provinces, one of them in trouble: the budget holds, the other one's travellers notice nothing."""

import asyncio
import random
import ssl
import time
from dataclasses import dataclass

from gatehouse.lookup.answers import Answers
from gatehouse.lookup.lookup import Lookup, Sources
from gatehouse.lookup.lookup_settings import LookupSettings, RouteSettings
from gatehouse.lookup.routes import Routes
from gatehouse.platforms.account import Account
from gatehouse.platforms.breaker import State
from gatehouse.platforms.dialect_file import shipped
from gatehouse.platforms.platform import Platform
from gatehouse.question import Question
from gatehouse.register import Register
from gatehouse.status import Outcome
from gatelink import codes
from gatetools.sim.people import Kind
from gatetools.sim.platforms import faults
from gatetools.sim.platforms.all_servers import SERVERS
from gatetools.sim.platforms.faults import KINDS, Faults
from gatetools.sim.platforms.table import Table
from platforms.asking import changed
from platforms.province import person

SEED = 20220615
LANES = 24
TAPS = 10
FAR_FROM_A_STALL_S = 10.0
COLOURS = {Outcome.GREEN, Outcome.YELLOW, Outcome.RED}
ROUTES = ({"cards": ["resident"], "ask": ["plain"]}, {"cards": ["hmt_permit"], "ask": ["national"]})


@dataclass
class Given:
    kind: int
    known: object
    status: object
    took_s: float


async def asked(tmp_path, troubles, story):
    """Runs `story(lookup, servers, people)` over two platforms: "plain" for residents, "national" for permits."""
    chance = random.Random(SEED)
    people = [
        person(f"{first}{chance.randrange(10**11, 10**12)}", chance.choice(("green", "yellow", "red")), kind=kind)
        for first, kind in (("110101", Kind.RESIDENT), ("810000", Kind.HMT_PERMIT))
        for _ in range(LANES * TAPS // 2)
    ]
    servers = {name: SERVERS[name](Table(people, time.time), troubles(name)) for name in ("plain", "national")}
    register, answers = Register(tmp_path / "register.db", b"k" * 32), Answers(tmp_path / "answers.db", b"k" * 32)
    platforms = {}
    for name, server in servers.items():
        await server.start()
        dialect = changed(shipped(name), limits={"requests_per_s": 10_000.0, "burst": 10_000})
        credentials = {key: text.encode() for key, text in server.credentials.items()}
        platforms[name] = Platform(Account(dialect, server.url, credentials, ssl.create_default_context()), late_s=1.0)
    routes = Routes([RouteSettings(**one) for one in ROUTES], list(platforms))
    try:
        return await story(
            Lookup(register, Sources(platforms, routes, answers), LookupSettings(budget_ms=1500)), people
        )
    finally:
        for name, server in servers.items():
            await platforms[name].close()
            await server.stop()
        register.close()
        answers.close()


async def rush(lookup, people):
    """Every lane one traveller after the other, all lanes at once."""
    cards = {Kind.RESIDENT: codes.CARD_RESIDENT, Kind.HMT_PERMIT: codes.CARD_HMT_PERMIT}
    waiting = random.Random(SEED).sample(people, len(people))

    async def lane():
        given = []
        while waiting:
            known = waiting.pop()
            began_s = time.monotonic()
            question = Question(cards[known.kind], bytearray(known.number.encode()))
            kept = lookup.kept(question.kind, question.number, time.time())
            said = await lookup.ask(question, lookup.route(question.kind, question.number, kept), began_s)
            given.append(Given(question.kind, known, lookup.merged(said, kept), time.monotonic() - began_s))
        return given

    return [one for lane in await asyncio.gather(*(lane() for _ in range(LANES))) for one in lane]


def test_a_province_that_stalls_delays_none_of_anothers_travellers(tmp_path):
    """One says nothing for 30 s: after a few travellers it is asked less, and the others all get their colours."""

    def troubles(name):
        return Faults.seeded(SEED, {faults.STALL: 1.0}, 0.0) if name == "plain" else Faults.none()

    given = asyncio.run(asked(tmp_path, troubles, rush))

    assert len(given) == LANES * TAPS
    assert max(one.took_s for one in given) < FAR_FROM_A_STALL_S
    mine = [one.status for one in given if one.kind == codes.CARD_RESIDENT]
    assert {one.outcome for one in mine} == {Outcome.TIMED_OUT, Outcome.NOT_ASKED}
    # Those who were on their way when the breaker opened waited; nobody afterwards did.
    assert sum(one.outcome is Outcome.NOT_ASKED for one in mine) > len(mine) / 2
    others = [one for one in given if one.kind == codes.CARD_HMT_PERMIT]
    assert [one.status.outcome.value for one in others] == [one.known.colour for one in others]


def test_under_five_percent_of_faults_every_tap_is_answered_and_truly(tmp_path):
    """Stalls among them. No colour that is not the traveller's own."""
    print(f"seed {SEED}")
    rates = dict.fromkeys(KINDS, 0.05 / len(KINDS))
    given = asyncio.run(asked(tmp_path, lambda _: Faults.seeded(SEED, rates, 0.02), rush))

    assert len(given) == LANES * TAPS
    assert max(one.took_s for one in given) < FAR_FROM_A_STALL_S
    coloured = [one for one in given if one.status.outcome in COLOURS]
    assert [one.status.outcome.value for one in coloured] == [one.known.colour for one in coloured]
    assert 0.4 * len(given) < len(coloured) < len(given)


def test_who_is_silent_beside_one_that_answers_is_asked_less_too(tmp_path):
    """Nobody waits for it beyond the settling time that the route names; that it stalls is noticed all the same."""
    both = RouteSettings(ask=["plain", "national"], settle_ms=100)

    async def story(lookup, people):
        lookup.sources = Sources(
            lookup.sources.platforms, Routes([both], ["plain", "national"]), lookup.sources.answers
        )
        given = await rush(lookup, [one for one in people if one.kind is Kind.RESIDENT])
        stuck = lookup.sources.platforms["plain"]
        await asyncio.wait(stuck._tasks)
        await asyncio.sleep(0)
        return given, stuck.state

    def troubles(name):
        return Faults.seeded(SEED, {faults.STALL: 1.0}, 0.0) if name == "plain" else Faults.none()

    given, state = asyncio.run(asked(tmp_path, troubles, story))
    assert [one.status.outcome.value for one in given] == [one.known.colour for one in given]
    assert state is State.OPEN
