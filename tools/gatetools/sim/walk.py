"""How travellers behave in front of a lane: they lay a card down, look what the lane shows, and walk or go away."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from gatetools.sim import passages, staff_cards
from gatetools.sim.people import Behaviour
from gatetools.sim.swipe import Swipe

if TYPE_CHECKING:
    from gatetools.sim.lane import Lane

READ_WAIT_S = 4.0  # how long people leave a card on a reader that does nothing
ANSWER_WAIT_S = 2.5
EMPTY_WAIT_S = 1.0
ADVICE_WAIT_S = 0.5  # for what a voice or a display says beside the lights
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
    await _lay_down(lane, swipe)
    try:
        if behaviour is Behaviour.TAKEN_AWAY:
            await _soon(lane.reader.reading.wait(), READ_WAIT_S)
            lane.reader.remove()
        await _soon(swipe.answered.wait(), READ_WAIT_S if behaviour is Behaviour.TAKEN_AWAY else ANSWER_WAIT_S)
        if behaviour is Behaviour.LAID_TWICE:
            lane.reader.remove()
            lane.reader.place(swipe.traveller.card())
        if swipe.opened.is_set():
            await _go_through(lane, swipe, behaviour)
    finally:
        _take_away(lane, swipe)
    if lane.sign is not None and swipe.answered.is_set():
        await _soon(swipe.advised.wait(), ADVICE_WAIT_S)
    # Nothing tells the end while the gatehouse does not hear this lane.
    if lane.up.is_set() and (swipe.tap is not None or swipe.read_us is not None):
        await _soon(swipe.ended.wait(), END_WAIT_S)


async def _lay_down(lane: "Lane", swipe: Swipe) -> None:
    if swipe.traveller.instead is None:
        # The gate looks for a card every 300 ms: nobody takes one away and lays another down between two looks.
        await _soon(lane.reader.empty.wait(), EMPTY_WAIT_S)
    swipe.laid_down = True
    number = swipe.traveller.number.partition(":")[2]
    if swipe.traveller.instead == "code" and lane.scanner is not None:
        lane.scanner.place(number.encode())
    elif swipe.traveller.instead == "wiegand":
        await lane.wiegand.send(staff_cards.frame((number,), lane.setup.fitted.wiegand_bits))
    else:
        lane.reader.place(swipe.traveller.card())


def _take_away(lane: "Lane", swipe: Swipe) -> None:
    if swipe.traveller.instead is None:
        lane.reader.remove()
    elif lane.scanner is not None:
        lane.scanner.remove()


async def _go_through(lane: "Lane", swipe: Swipe, behaviour: Behaviour) -> None:
    if behaviour is Behaviour.NOBODY_CAME:
        await _soon(swipe.ended.wait(), RELEASE_WAIT_S)
        return
    await asyncio.sleep(STEP_S)
    if lane.released():
        await lane.pass_beams(PASSAGES.get(behaviour, passages.PASS))


async def _soon(what: Coroutine[Any, Any, object], limit_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            await what
