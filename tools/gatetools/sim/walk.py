"""How travellers behave in front of a lane: they lay a card down, look what the lane shows, and walk or go away."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from gatetools.sim import passages
from gatetools.sim.people import Behaviour
from gatetools.sim.swipe import Swipe

if TYPE_CHECKING:
    from gatetools.sim.lane import Lane

READ_WAIT_S = 4.0  # how long people leave a card on a reader that does nothing
ANSWER_WAIT_S = 2.5
EMPTY_WAIT_S = 1.0
STEP_S = 0.35  # from the green light to the first beam
RELEASE_WAIT_S = 6.0  # a lane waits 5 s for somebody to come
END_WAIT_S = 3.0

PASSAGES = {
    Behaviour.TURNED_BACK: passages.TURN_BACK,
    Behaviour.TWO_AT_ONCE: passages.TWO_AT_ONCE,
}


async def walk(lane: "Lane", swipe: Swipe) -> None:
    """The whole visit of one traveller. Returns when it is over, whatever the lane did or did not do."""
    behaviour = swipe.traveller.behaviour
    if behaviour is Behaviour.WRONG_WAY:
        await lane.pass_beams(passages.WRONG_WAY)
    # The gate looks for a card every 300 ms; nobody takes one away and the next lays another down between two looks.
    await _soon(lane.reader.empty.wait(), EMPTY_WAIT_S)
    card = swipe.traveller.card()
    lane.reader.place(card)
    try:
        if behaviour is Behaviour.TAKEN_AWAY:
            await _soon(lane.reader.reading.wait(), READ_WAIT_S)
            lane.reader.remove()
        await _soon(swipe.answered.wait(), READ_WAIT_S if behaviour is Behaviour.TAKEN_AWAY else ANSWER_WAIT_S)
        if behaviour is Behaviour.LAID_TWICE:
            lane.reader.remove()
            lane.reader.place(card)
        if swipe.opened.is_set():
            await _go_through(lane, swipe, behaviour)
    finally:
        lane.reader.remove()
    # Nothing tells the end while the gatehouse does not hear this lane.
    if lane.up.is_set() and (swipe.tap is not None or swipe.read_us is not None):
        await _soon(swipe.ended.wait(), END_WAIT_S)


async def _go_through(lane: "Lane", swipe: Swipe, behaviour: Behaviour) -> None:
    if behaviour is Behaviour.NOBODY_CAME:
        await _soon(swipe.ended.wait(), RELEASE_WAIT_S)
        return
    await asyncio.sleep(STEP_S)
    if lane.released():
        await lane.pass_beams(PASSAGES.get(behaviour, passages.PASS))


async def _soon(what: Coroutine[Any, Any, object], limit_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(what, limit_s)
