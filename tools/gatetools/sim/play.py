"""Plays scenarios: each at a lane of its own, with a real gatehouse beside them, and a judgement at the end."""

import asyncio
import datetime
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from gatetools.sim import people, script
from gatetools.sim.actions import Actions, NotSo
from gatetools.sim.cards import Card
from gatetools.sim.gatehouse import GatehouseFailed
from gatetools.sim.hands import NotModelled
from gatetools.sim.lane import Lane, LaneSpec
from gatetools.sim.people import Traveller
from gatetools.sim.script import Script, Step
from gatetools.sim.station import Station, StationFailed

UP_S = 30.0
AT_ONCE = 8  # each is a handful of processes, which mostly wait
SEED = 5000


@dataclass(slots=True)
class Outcome:
    """How a scenario ended: what did not hold, "" if everything did, and each line that was said meanwhile."""

    script: Script
    wrong: str = ""
    lines: list[str] = field(default_factory=list)


class Cast:
    """Everybody who lays a card down: the same kind and name is the same person."""

    def __init__(self, scripts: Sequence[Script]) -> None:
        now = datetime.datetime.now().astimezone()
        self._people: dict[tuple[str, str], Traveller] = {}
        for who in sorted({who for one in scripts for who in one.people()}):
            colour, behaviour, age_hours = script.KINDS[who[0]]
            seed = SEED + len(self._people)
            self._people[who] = people.one(seed, colour, behaviour, age_hours=age_hours, now=now)
        self._bearers = {traveller.card(): traveller for traveller in self._people.values()}

    def travellers(self) -> list[Traveller]:
        """All of them."""
        return list(self._people.values())

    def card(self, step: Step) -> Card:
        """The card that a tap lays down."""
        return self._people[script.who(step)].card()

    def may_pass(self, card: Card) -> bool:
        """Whether the rules let its bearer through, judged from the truth alone."""
        return card in self._bearers and self._bearers[card].may_pass(datetime.datetime.now().astimezone())


async def play_all(
    scripts: Sequence[Script], board: str, say: Callable[[str], None], at_once: int = AT_ONCE
) -> list[Outcome]:
    """All of them, `at_once` at a time, each at a lane named for it. StationFailed if the station does not come up."""
    cast = Cast(scripts)
    specs = [LaneSpec(_lane_name(one, number), board, setup=one.setup) for number, one in enumerate(scripts, 1)]
    outcomes = [Outcome(one) for one in scripts]
    places = asyncio.Semaphore(at_once)
    width = max(len(one.name) for one in scripts) if len(scripts) > 1 else 0

    async def take_turn(station: Station, name: str, outcome: Outcome) -> None:
        async with places, station.powered(name) as lane:
            prefix = f"{outcome.script.name:{width}} " if width else ""
            await _play(station, lane, cast, outcome, lambda line: say(prefix + line))

    try:
        async with Station(cast.travellers(), specs, powered=False) as station, asyncio.TaskGroup() as group:
            for spec, outcome in zip(specs, outcomes, strict=True):
                group.create_task(take_turn(station, spec.name, outcome))
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return outcomes


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
    order = partial(station.gatehouse.order, name)
    cable = station.cables[name]
    actions = Actions(lane.hands, seen, lambda: lane.gate, cast.card, lane.reader, cable, order)
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
    lane.module.fault = None
    await station.cables[name].obey("mend")
    lane.gate.power_on()
    longest_s = UP_S + lane.spec.setup.station.open_limit_ms / 1000
    if not await seen.until(lambda: seen.link and (seen.state == "held" or not seen.open_relays), longest_s):
        return f"at the end the lane does not come back. Seen: {seen.summary()}"
    await station.lane_settled(name)
    return "; ".join(station.judge([name]).sentences)
