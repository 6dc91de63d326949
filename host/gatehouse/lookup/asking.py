"""All platforms of a route at once, then the others, within one budget. What comes later reaches no verdict."""

import asyncio
from collections.abc import Mapping, Sequence

from gatehouse.lookup.merging import Said
from gatehouse.lookup.routes import Route
from gatehouse.platforms.platform import Platform
from gatehouse.question import Question
from gatehouse.status import COLOUR_OF_OUTCOME, TIMED_OUT, Outcome

SETTLED = frozenset((*COLOUR_OF_OUTCOME, Outcome.EXPIRED, Outcome.UNMAPPED))  # nobody else is asked after these


async def ask(platforms: Mapping[str, Platform], route: Route, question: Question, budget_s: float) -> list[Said]:
    """What each platform says, at most `budget_s` from now.

    All that are asked at once are waited for, since any of them may know the later colour; only a route with
    `settle_s` gives up on those that are silent for so long after one has told a colour. Who was given up has timed
    out.
    """
    loop = asyncio.get_running_loop()
    end_s = loop.time() + budget_s
    said = await _together(platforms, route.ask, question, end_s, route.settle_s)
    unknown = not any(one.status.outcome in SETTLED for one in said)
    if unknown and route.then and loop.time() < end_s:
        said += await _together(platforms, route.then, question, end_s, route.settle_s)
    return said


async def _together(
    platforms: Mapping[str, Platform], names: Sequence[str], question: Question, end_s: float, settle_s: float | None
) -> list[Said]:
    loop = asyncio.get_running_loop()
    asked = {name: loop.create_task(platforms[name].ask(question, end_s - loop.time())) for name in names}
    waiting = set(asked.values())
    settled_s: float | None = None
    try:
        while waiting:
            # Each platform keeps to the budget itself, and counts against itself what takes longer.
            left_s = None if settled_s is None else max(0.0, settled_s - loop.time())
            done, waiting = await asyncio.wait(waiting, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                break
            coloured = any(task.result().outcome in COLOUR_OF_OUTCOME for task in done)
            if settle_s is not None and settled_s is None and coloured:
                settled_s = loop.time() + settle_s
    finally:
        for task in waiting:
            task.cancel()
    return [
        Said(platforms[name].name, task.result() if task.done() and not task.cancelled() else TIMED_OUT)
        for name, task in asked.items()
    ]
