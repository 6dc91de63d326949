"""Carries out the commands of `script` at a simulated lane."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import ClassVar, TypeVar

from gatehouse.staff import Result

from gatetools.sim import passages, staff_cards
from gatetools.sim.cable import Cable
from gatetools.sim.cards import Card
from gatetools.sim.fittings import Fittings
from gatetools.sim.gate import Gate
from gatetools.sim.hands import Hands, NotModelled
from gatetools.sim.passages import Move
from gatetools.sim.reader import Reader
from gatetools.sim.script import STANDS, Step
from gatetools.sim.sightings import Sightings
from gatetools.sim.tap import Tap

EXPECT_S = 10.0
WAIT_S = 60.0
STEP_S = 0.35  # from a green light to the first beam
EMPTY_WAIT_S = 2.0  # a gate looks for a card every 300 ms: until it knows that the last one was taken away
READ_S = 4.0  # how long somebody waits for a card to be read who takes it away in the midst of that
TAKEN_AWAY = "taken_away"
NOT_FITTED = "this lane has no {0} that is a model; `settings` or --set choose readers and signs"
MAY_BE_DONE = (Result.DONE.value, Result.NO_WORD.value)
WALKS = {"walk": passages.PASS, "back": passages.TURN_BACK, "tailgate": passages.TWO_AT_ONCE}

Model = TypeVar("Model")
Laid = TypeVar("Laid")


class NotSo(Exception):
    """What was expected did not come; the text says what was seen instead."""


class Actions:
    """At one lane. What is None is another program's here, and a command for it raises NotModelled.

    `card(tap)`: the card that a tap lays down. `order(what)`: gives staff's order and says how it ended.
    """

    def __init__(
        self,
        hands: Hands,
        sightings: Sightings,
        gate: Callable[[], Gate],
        card: Callable[[Tap], Card],
        fittings: Fittings,
        cable: Cable | None,
        order: Callable[[str], Awaitable[str]] | None,
    ) -> None:
        self._hands = hands
        self._seen = sightings
        self._gate = gate
        self._card = card
        self._fittings = fittings
        self._cable = cable
        self._order = order

    async def do(self, step: Step) -> None:
        """Carry it out, done when this returns. NotModelled, NotSo."""
        if step.condition is not None:
            await self._look(step)
        elif step.verb in WALKS:
            moves = WALKS[step.verb]
            await self._walk(passages.mirrored(moves) if step.rest else moves)
        elif step.tap is not None:
            await self._tap(step.tap)
        elif step.code is not None:
            await self._lay(self._fittings.scanner, step.code.data, "qr")
        else:
            await self.DOES[step.verb](self, *step.rest)

    async def _look(self, step: Step) -> None:
        condition, limit_s = step.condition, EXPECT_S if step.verb == "expect" else WAIT_S
        if condition is None:
            return
        if condition.by_house and not self._seen.hears_house:
            raise NotModelled("the gatehouse is another program here, and what it tells is not seen")
        if not await self._seen.until(lambda: condition.holds(self._seen), limit_s):
            raise NotSo(f"not within {limit_s:.0f} s: {condition.text}. Seen: {self._seen.summary()}")

    async def _walk(self, moves: tuple[Move, ...]) -> None:
        await asyncio.sleep(STEP_S)
        side = moves[0].side
        if not self._hands.gives_way(side):
            self._seen.note("the barrier is shut: whoever goes through here forces or climbs it")
        await self._hands.pass_beams(moves)

    async def _tap(self, tap: Tap) -> None:
        reader = await self._lay(self._fittings.reader, self._card(tap), "sam_v")
        if tap.manner == TAKEN_AWAY:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(READ_S):
                    await reader.reading.wait()
            reader.remove()

    async def _lay(self, reader: Reader[Laid] | None, what: Laid, name: str) -> Reader[Laid]:
        # Whatever lies there is taken away first, and the gate has looked since.
        found = self._fitted(reader, name)
        found.remove()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EMPTY_WAIT_S):
                await found.empty.wait()
        found.place(what)
        return found

    async def _staff(self, *words: str) -> None:
        await self._lay(self._fittings.tags, staff_cards.tag(words), "pn532")

    async def _wiegand(self, *words: str) -> None:
        if "wiegand" not in self._fittings.fitted.readers:
            raise NotModelled(NOT_FITTED.format("wiegand"))
        await self._fittings.wiegand.send(staff_cards.frame(words, self._fittings.fitted.wiegand_bits))

    async def _take(self) -> None:
        self._fittings.take_away()

    async def _stand(self, where: str = "") -> None:
        self._hands.stand(STANDS[where])

    async def _leave(self) -> None:
        self._hands.leave()

    async def _fire(self, word: str) -> None:
        self._hands.fire(alarm=word == "on")

    async def _key(self, word: str) -> None:
        self._hands.key(turned=word == "on")

    async def _give_order(self, what: str) -> None:
        order = self._model(self._order, "the gatehouse")
        self._hands.ordered(what)
        result = await order(what)
        if result not in MAY_BE_DONE:
            self._hands.not_obeyed(what)
        self._seen.ordered(what, result)

    async def _unplug(self, end: str = "") -> None:
        await self._plugged(end, plugged=False)

    async def _plug(self, end: str = "") -> None:
        await self._plugged(end, plugged=True)

    async def _plugged(self, end: str, *, plugged: bool) -> None:
        if not end:
            await self._model(self._cable, "the cable").obey("mend" if plugged else "cut")
        elif not self._fittings.plug(end, plugged=plugged):
            raise NotModelled(NOT_FITTED.format(end))

    async def _lag(self, seconds: str) -> None:
        await self._model(self._cable, "the cable").obey(f"damage delay_ms={round(1000 * float(seconds))}")

    async def _cut(self) -> None:
        self._seen.cut()
        await self._gate().power_cut()

    async def _fill(self) -> None:
        if self._gate().powered():
            raise NotModelled("fill: cut the gate's power first; what happens to its journal takes time")
        await self._gate().fill_journal()

    async def _power(self) -> None:
        self._gate().power_on()

    async def _hang(self) -> None:
        self._seen.cut()
        self._gate().hang()

    async def _fault(self, reader: str, *kind: str) -> None:
        if not self._fittings.spoil(reader, " ".join(kind)):
            raise NotModelled(NOT_FITTED.format(reader))

    async def _wait(self, seconds: str) -> None:
        await asyncio.sleep(float(seconds))

    def _fitted(self, end: Model | None, name: str) -> Model:
        if end is None:
            raise NotModelled(NOT_FITTED.format(name))
        return end

    def _model(self, end: Model | None, what: str) -> Model:
        if end is None:
            raise NotModelled(f"{what} is not a model here")
        return end

    DOES: ClassVar[dict[str, Callable[..., Awaitable[None]]]] = {
        "staff": _staff,
        "wiegand": _wiegand,
        "take": _take,
        "stand": _stand,
        "leave": _leave,
        "fire": _fire,
        "key": _key,
        "order": _give_order,
        "unplug": _unplug,
        "plug": _plug,
        "lag": _lag,
        "cut": _cut,
        "fill": _fill,
        "power": _power,
        "hang": _hang,
        "fault": _fault,
        "wait": _wait,
    }
