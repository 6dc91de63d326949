"""A gate whose firmware ends as soon as it is started is started again and again, until its power is cut."""

import asyncio

import pytest
from gatetools.sim.board import Board
from gatetools.sim.child import Children
from gatetools.sim.gate import Gate
from gatetools.sim.station import new_loop

LIMIT_S = 5.0
TURNS = 6  # of the event loop, in which an ended process is cleared up


class AtTheEnd(Children):
    """Does something so many turns of the event loop after the end of a child has been noticed, once."""

    def __init__(self, folder, turns, does):
        super().__init__(folder)
        self._turns = turns
        self._does = does

    async def end(self, child, *, kill=False):
        does, self._does = self._does, None
        if does is not None:
            self._in(self._turns, does)
        return await super().end(child, kill=kill)

    def _in(self, turns, does):
        if turns:
            asyncio.get_running_loop().call_soon(self._in, turns - 1, does)
        else:
            does()


@pytest.fixture
def looping(tmp_path):
    """Makes a gate of these children that ends by itself."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "main.py").write_text("raise SystemExit(3)\n", encoding="utf-8")

    def make(children):
        flash = tmp_path / f"flash{len(list(tmp_path.iterdir()))}"
        log = tmp_path / "log"
        return Gate(children, tree, Board("lane_a"), flash, link=None, sam_v=None, pins=None, log=log)

    return make


async def without_power(gate):
    """Whether it is not started again, for longer than it takes."""
    begun = len(gate.starts_us)
    await asyncio.sleep(0.3)
    return len(gate.starts_us) == begun


def test_its_power_can_be_cut_at_any_moment(tmp_path, looping):
    """Also while what is left of the last start is cleared up."""

    async def cut(turns):
        ended = asyncio.get_running_loop().create_future()
        async with AtTheEnd(tmp_path / f"run{turns}", turns, lambda: ended.set_result(None)) as children:
            gate = looping(children)
            gate.power_on()
            await ended
            cutting = asyncio.create_task(gate.power_cut())
            _, late = await asyncio.wait((cutting,), timeout=LIMIT_S)
            return not late and await without_power(gate)

    async def every():
        return await asyncio.gather(*map(cut, range(TURNS)))

    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(every()) == [True] * TURNS


def test_whoever_is_told_to_end_while_it_cuts_the_power_ends(tmp_path, looping):
    """The station's end is not held up, and the power is off all the same."""

    async def run():
        async with Children(tmp_path / "run") as children:
            gate = looping(children)
            gate.power_on()
            await asyncio.sleep(0)
            cutting = asyncio.create_task(gate.power_cut())
            await asyncio.sleep(0)
            cutting.cancel()
            await asyncio.wait((cutting,), timeout=LIMIT_S)
            return cutting.cancelled() and await without_power(gate)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(run())
