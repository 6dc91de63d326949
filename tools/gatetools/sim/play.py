"""Plays scenarios: each at a lane of its own, with a real gatehouse beside them, and a judgement at the end."""

import asyncio
import datetime
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from gatetools.sim import shown_code, staff_cards
from gatetools.sim.actions import Actions, NotSo
from gatetools.sim.cards import Card
from gatetools.sim.gatehouse import GatehouseFailed
from gatetools.sim.hands import NotModelled
from gatetools.sim.lane import Lane, LaneSpec
from gatetools.sim.people import Traveller
from gatetools.sim.script import Script
from gatetools.sim.station import Station, StationFailed
from gatetools.sim.tap import Tap
from gatetools.sim.wiring import LaneSetup

UP_S = 30.0
AT_ONCE = 8  # each is a handful of processes, which mostly wait
SEED = 5000
KNOWN = ("green", "yellow", "red")  # colours of codes in a register


@dataclass(slots=True)
class Outcome:
    """How a scenario ended: what did not hold, "" if everything did, and each line that was said meanwhile."""

    script: Script
    wrong: str = ""
    lines: list[str] = field(default_factory=list)


class Cast:
    """Everybody who lays a card down or shows a code: the same words are the same person."""

    def __init__(self, scripts: Sequence[Script]) -> None:
        now = datetime.datetime.now().astimezone()
        taps = sorted({tap.person for one in scripts for tap in one.taps()}, key=repr)
        self._people = {tap: tap.traveller(SEED + at, now) for at, tap in enumerate(taps)}
        self._bearers = {self.card(tap): traveller for tap, traveller in self._people.items()}
        self._codes = {code for one in scripts for code in one.codes()}

    def travellers(self) -> list[Traveller]:
        """All of them who have a card."""
        return list(self._people.values())

    def codes(self) -> dict[str, str]:
        """What the register knows of codes: text and colour."""
        return {code.text: code.colour for code in self._codes if code.colour in KNOWN}

    def codes_that_may_pass(self) -> set[bytes]:
        """What they say, judged from the truth alone."""
        return {code.data for code in self._codes if shown_code.truly_opens(code)}

    def card(self, tap: Tap) -> Card:
        """The card that a tap lays down."""
        return tap.card(self._people[tap.person])

    def may_pass(self, card: Card) -> bool:
        """Whether the rules let its bearer through, judged from the truth alone."""
        return card in self._bearers and self._bearers[card].may_pass(datetime.datetime.now().astimezone())


async def play_all(
    scripts: Sequence[Script], board: str, say: Callable[[str], None], at_once: int = AT_ONCE
) -> list[Outcome]:
    """All of them, `at_once` at a time, each at a lane named for it. StationFailed if the station does not come up.

    Those whose signs speak differently are at stations of their own: a gatehouse tells all its lanes the same.
    """
    outcomes = [Outcome(one) for one in scripts]
    places = asyncio.Semaphore(at_once)
    width = max(len(one.name) for one in scripts) if len(scripts) > 1 else 0
    stations: dict[str, list[tuple[str, Outcome]]] = {}
    for number, outcome in enumerate(outcomes, 1):
        tables = "\n".join(outcome.script.setup.signs_tables())
        stations.setdefault(tables, []).append((_lane_name(outcome.script, number), outcome))
    try:
        async with asyncio.TaskGroup() as group:
            for parts in stations.values():
                group.create_task(_at_one_station(parts, board, places, width, say))
    except BaseExceptionGroup as failed:
        raise _first(failed) from None
    return outcomes


async def _at_one_station(
    parts: list[tuple[str, Outcome]], board: str, places: asyncio.Semaphore, width: int, say: Callable[[str], None]
) -> None:
    scripts = [outcome.script for _, outcome in parts]
    cast = Cast(scripts)
    specs = [_spec(name, board, outcome.script.setup) for name, outcome in parts]

    async def take_turn(station: Station, name: str, outcome: Outcome) -> None:
        async with places, station.powered(name) as lane:
            prefix = f"{outcome.script.name:{width}} " if width else ""
            await _play(station, lane, cast, outcome, lambda line: say(prefix + line))

    asks = {reader for one in scripts for reader in one.setup.fitted.readers}
    staff = staff_cards.KNOWN if asks & {"pn532", "wiegand"} else ()
    made = Station(cast.travellers(), specs, powered=False, staff=staff, codes=cast.codes())
    async with made as station, asyncio.TaskGroup() as group:
        for name, outcome in parts:
            group.create_task(take_turn(station, name, outcome))


def _spec(name: str, board: str, setup: LaneSetup) -> LaneSpec:
    has = setup.fitted
    return LaneSpec(name, board, setup=setup, readers=has.readers, qr_ending=has.qr_ending, sign=has.sign)


def _first(failed: BaseException) -> BaseException:
    """What went wrong first, of groups in groups."""
    return _first(failed.exceptions[0]) if isinstance(failed, BaseExceptionGroup) else failed


def _lane_name(played: Script, number: int) -> str:
    """The scenario's name, if a lane and its files can bear it."""
    return played.name if re.fullmatch(r"[A-Za-z0-9_-]{1,32}", played.name) else f"lane.{number}"


async def _play(station: Station, lane: Lane, cast: Cast, outcome: Outcome, say: Callable[[str], None]) -> None:
    begun_us = time.monotonic_ns() // 1000
    name = lane.spec.name

    def tell(us: int, text: str) -> None:
        outcome.lines.append(f"{(us - begun_us) / 1e6:7.2f} {text}")
        say(outcome.lines[-1])

    seen = lane.sightings
    seen.say = lambda us, text: tell(us, f"      {text}")
    lane.may_pass = cast.may_pass
    lane.codes_that_may_pass = cast.codes_that_may_pass()
    order = partial(station.gatehouse.order, name)
    cable = station.cables[name]
    actions = Actions(lane.hands, seen, lambda: lane.gate, cast.card, lane.fittings, cable, order)
    # With its first heartbeat: before that an order of staff is stale, for nothing tells when it was given.
    if not await seen.until(lambda: seen.link and seen.state is not None, UP_S):
        outcome.wrong = f"its gate does not come up\n{station.tail()}"
        return
    for step in outcome.script.steps:
        tell(time.monotonic_ns() // 1000, f"{step.line:4} {step}")
        try:
            await actions.do(step)
        except (NotSo, NotModelled, GatehouseFailed) as wrong:
            outcome.wrong = f"line {step.line}: {wrong}"
            return
    try:
        outcome.wrong = await _end(station, lane)
    except StationFailed as failure:
        outcome.wrong = f"at the end its records do not reach the ledger: {failure}"


async def _end(station: Station, lane: Lane) -> str:
    """Everything is put back, so that the gate can tell what it still holds; then the judgement, "" if it is clean."""
    seen, name = lane.sightings, lane.spec.name
    lane.hands.put_back()
    lane.fittings.put_back()
    for command in ("mend", "damage delay_ms=0"):
        await station.cables[name].obey(command)
    lane.gate.power_on()
    longest_s = UP_S + lane.spec.setup.station.open_limit_ms / 1000
    if not await seen.until(lambda: seen.link and (seen.state == "held" or not seen.open_relays), longest_s):
        return f"at the end the lane does not come back. Seen: {seen.summary()}"
    await station.lane_settled(name)
    return "; ".join(station.judge([name]).sentences)
