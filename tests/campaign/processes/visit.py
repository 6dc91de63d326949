"""A traveller in a hurry: lays the card down as soon as the reader is free, goes as soon as the lane has answered."""

import asyncio
import contextlib
from collections.abc import Coroutine

from gatelink import codes
from gatetools.sim import passages
from gatetools.sim.passages import ENTRY, EXIT, Move

# The barrier gives way after a pulse of 100 ms; beams count after 15 ms.
BRISK = (
    Move(110, ENTRY, passages.BROKEN),
    Move(150, EXIT, passages.BROKEN),
    Move(190, ENTRY, passages.FREE),
    Move(230, EXIT, passages.FREE),
)
EMPTY_WAIT_S = 1.0
# Steps that follow one another so fast may fall between two looks of a gate whose machine is starved: then it sees
# nobody, says so, and its record of that is as good.
RECORDED = (codes.REPORT_PASSED, codes.REPORT_NOBODY_CAME)
ANSWER_WAIT_S = 2.5  # a lane answers within 1.5 s, whatever happens


class Visit:
    """One visit at a lane. Times are those of the loop, in seconds."""

    def __init__(self, lane, traveller):
        self.lane = lane
        self.swipe = lane.approach(traveller)
        self.answered_s = None
        self._gone = False

    async def run(self):
        """The whole visit; it ends in any case."""
        try:
            await soon(self.lane.reader.empty.wait(), EMPTY_WAIT_S)
            self.lane.reader.place(self.swipe.traveller.card())
            await soon(self._answer(), ANSWER_WAIT_S)
            if self.swipe.opened.is_set():
                await self.lane.pass_beams(BRISK)
        finally:
            self.lane.reader.remove()

    async def _answer(self):
        """What the lane shows or sounds."""
        await self.swipe.answered.wait()
        if not self._gone:
            self.answered_s = asyncio.get_running_loop().time()

    def waited_ms(self, since_s):
        """From the card's last byte, or from `since_s` if that was later, to the lane's answer; 0 if it came before."""
        if self.answered_s is None or self.swipe.read_us is None:
            return 0.0
        return max(0.0, 1000 * (self.answered_s - max(since_s, self.swipe.read_us / 1e6)))

    def lights_out(self):
        """The lane has lost its power: nobody waits for an answer."""
        if not self.swipe.answered.is_set():
            self._gone = True
            self.swipe.answered.set()


class Probe(Visit):
    """A visit that must end in an open lane. Others may have been here a moment ago: what their taps still cause,
    sounds and reports, is not taken for an answer to this one. `told` takes the events of the lane meanwhile."""

    def __init__(self, lane, traveller, taps):
        """`taps`: those that the lane is known to have made before."""
        super().__init__(lane, traveller)
        self._taps = taps
        self._refused = asyncio.Event()

    def told(self, event):
        """The gatehouse says what it answered, or why the gate did not ask."""
        if self.swipe.read_us is None or event.get("tap") is None or tuple(event["tap"]) in self._taps:
            return
        refused = event["event"] == "tap" and event["verdict"] != codes.ALLOW
        if refused or event.get("what") == codes.REPORT_NOT_OPENED:
            self._refused.set()

    async def _answer(self):
        waiting = [asyncio.ensure_future(event.wait()) for event in (self.swipe.opened, self._refused)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            self.answered_s = asyncio.get_running_loop().time()
        finally:
            for one in waiting:
                one.cancel()

    def went_well(self):
        """Whether the gatehouse let the traveller pass and the lane opened."""
        return self.swipe.opened.is_set() and self.swipe.verdict == codes.ALLOW

    def reported(self, event):
        """Whether the event tells that what became of this traveller's opening is in the ledger."""
        return (
            (event["event"], event["lane"]) == ("report", self.lane.spec.name)
            and event["what"] in RECORDED
            and self.swipe.tap is not None
            and list(self.swipe.tap) == event["tap"]
        )


async def soon(what: Coroutine, limit_s: float) -> None:
    """Wait for it, at most so long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            await what
