"""Visits as quick as the parts allow: the bench wants many swipes, not people's pace."""

import asyncio
import datetime

from gatetools.sim.lane import Lane
from gatetools.sim.passages import BROKEN, ENTRY, EXIT, FREE, Move
from gatetools.sim.people import Traveller, TrueColour, one
from gatetools.sim.swipe import Swipe

VISIT_LIMIT_S = 10.0
# As short as the beams' debouncing allows.
QUICK_PASS = (Move(0, ENTRY, BROKEN), Move(25, EXIT, BROKEN), Move(50, ENTRY, FREE), Move(75, EXIT, FREE))


def green_travellers(count: int, seed: int = 1) -> list[Traveller]:
    """Different people who may all pass."""
    now = datetime.datetime.now().astimezone()
    return [one(seed * 100_000 + number, TrueColour.GREEN, now=now) for number in range(count)]


async def quick_visit(lane: Lane, traveller: Traveller) -> Swipe:
    """Card down, gate open, through, outcome in the ledger. TimeoutError if that takes ten seconds."""
    swipe = Swipe(lane.spec.name, traveller, datetime.datetime.now().astimezone())
    lane.swipe = swipe
    try:
        async with asyncio.timeout(VISIT_LIMIT_S):
            lane.reader.place(traveller.card())
            await swipe.opened.wait()
            lane.reader.remove()
            await lane.pass_beams(QUICK_PASS)
            await swipe.ended.wait()
    finally:
        lane.swipe = None
        lane.reader.remove()
    return swipe
