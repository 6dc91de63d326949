"""What people do at a lane with hands and feet: the beams, the key switch, the fire loop, the service button."""

import asyncio
import time
from collections.abc import Sequence

from gatetools.sim.checker import ORDER_US, Checker, Grant
from gatetools.sim.passages import BROKEN, ENTRY, FREE, SIDES, Move
from gatetools.sim.pins import Pins
from gatetools.sim.turnstile import Turnstile

FIRE, OPEN, HOLD = "fire", "open", "hold"


class NotModelled(Exception):
    """This end of the lane is somebody's own here; hands do not reach it."""


class Hands:
    """At one lane. `pins` None: another pin model stands there. `checker`: told what people may expect."""

    def __init__(self, name: str, turnstile: Turnstile, pins: Pins | None, checker: Checker | None = None) -> None:
        self.turnstile = turnstile
        self._name = name
        self._pins = pins
        self._checker = checker
        self._stands: set[str] = set()
        self._ordered: Grant | None = None  # by the last order to open

    async def pass_beams(self, moves: Sequence[Move]) -> None:
        """People move through the beams."""
        started = time.monotonic()
        for move in moves:
            await asyncio.sleep(max(0.0, started + move.after_ms / 1000 - time.monotonic()))
            self._move(move)

    def gives_way(self, side: str = ENTRY) -> bool:
        """Whether the barrier lets somebody through now who comes through the beam `side`."""
        return self.turnstile.gives_way(side, _now_us())

    def stand(self, sides: Sequence[str]) -> None:
        """Somebody, or something, stands in these beams and does not go away."""
        for side in sides:
            self._stands.add(side)
            self._move(Move(0, side, BROKEN))

    def leave(self) -> None:
        """Whatever stands in a beam goes away."""
        for side in SIDES.values():
            if side in self._stands:
                self._move(Move(0, side, FREE))
        self._stands.clear()

    def fire(self, *, alarm: bool) -> None:
        """The building's fire alarm, on or off."""
        if self._checker is not None:
            self._checker.released_by_hand(self._name, released=alarm, why=FIRE)
        self._set(self.turnstile.fire(alarm=alarm))

    def key(self, *, turned: bool) -> None:
        """The key switch: a turn opens for one person."""
        if turned and self._checker is not None:
            self._checker.staff_may_open(self._name, _now_us())
        self._set(self.turnstile.key(turned=turned))

    def ordered(self, what: str) -> None:
        """Staff give an order: open, hold, lock or resume."""
        if self._checker is None:
            return
        if what == OPEN:
            self._ordered = self._checker.staff_may_open(self._name, _now_us(), ORDER_US)
        elif what == HOLD:
            self._checker.released_by_hand(self._name, released=True, why=HOLD)

    def not_obeyed(self, what: str) -> None:
        """The gate will not do what was ordered last."""
        if what == OPEN and self._ordered is not None:
            self._ordered.withdraw()
        elif what == HOLD:
            self.no_longer_held()

    def no_longer_held(self) -> None:
        """What was held open is shut again."""
        if self._checker is not None:
            self._checker.released_by_hand(self._name, released=False, why=HOLD)

    def put_back(self) -> None:
        """No alarm, no key in the switch, nothing in the beams."""
        self.leave()
        self.fire(alarm=False)
        self.key(turned=False)

    def service_button(self, *, held: bool) -> None:
        """The service button, held or let go."""
        self._set(self.turnstile.service_button(held=held))

    def _move(self, move: Move) -> None:
        for change in self.turnstile.move(move, _now_us()):
            self._set(change)

    def _set(self, change: tuple[int, int]) -> None:
        if self._pins is None:
            raise NotModelled("the pins are another program's here")
        self._pins.set(*change)


def _now_us() -> int:
    return time.monotonic_ns() // 1000
