"""One fault strikes one world: it waits for its place, does its damage, and lifts it again."""

from random import Random

from . import faults
from .cable import TO_HOUSE, Pieces
from .damage import damaged
from .faults import Fault
from .gate_post import PowerGone
from .house_post import ProcessKilled
from .world import World

REPLAYED = 12
TORN_BYTES = 64
OVERTAKEN_MS = 1500  # by then a heartbeat has overtaken what was held back


class Strike:
    """Arms a fault. `struck`: it has happened. `lifted_ms`: when its last effect ended, None while it lasts."""

    def __init__(self, world: World, fault: Fault) -> None:
        self.struck = False
        self.lifted_ms: int | None = None
        self._world = world
        self._fault = fault
        self._left = fault.place.nth
        self._anywhere = False
        self._random = Random(fault.seed)
        self._heard: list[tuple[str, bytes]] = []
        self._overtaken: tuple[str, bytes] | None = None  # waits for the frame that is to come before it
        if fault.place.how == faults.AFTER:
            world.clockwork.after(fault.place.nth, self.now)

    # --- places: called for everything that happens ---------------------------------------------------------

    def frame_leaves(self, direction: str, kind: str, frame: bytes) -> "Pieces | None":
        """What becomes of a frame, None if this fault leaves it alone."""
        self._heard = [*self._heard[-REPLAYED:], (direction, frame)]
        if self._overtaken is not None and self._overtaken[0] == direction:
            _, held = self._overtaken
            self._overtaken = None
            return [(0, frame), (0, held)]
        if not self._here(faults.LEAVES, (direction, kind)):
            return None
        if self._fault.effect == "reordering":
            self._overtaken = direction, frame
            self._lift_in(OVERTAKEN_MS)
            self._world.clockwork.after(OVERTAKEN_MS, self._let_go)
            return []
        if self._fault.effect in faults.FRAME_EFFECTS:
            pieces = damaged(self._fault, frame, self._random)
            wire_ms = max((late_ms for late_ms, _ in pieces), default=0) + sum(len(piece) for _, piece in pieces) // 11
            self._lift_in(wire_ms)
            return pieces
        in_house = direction != TO_HOUSE
        self.now(in_house=in_house, in_gate=not in_house)
        return None

    def _let_go(self) -> None:
        if self._overtaken is not None:
            direction, held = self._overtaken
            self._overtaken = None
            self._world.cable.inject(direction, held)

    def frame_arrived(self, direction: str, kind: str) -> None:
        """The other side has taken a frame."""
        if self._here(faults.ARRIVES, (direction, kind)):
            self.now()

    def house_step(self, name: str) -> None:
        """The gatehouse's process is at a step."""
        if self._here(faults.STEP, name):
            self.now(in_house=True)

    def flash_step(self) -> "int | None":
        """The gate is about to write or erase."""
        if not self._here(faults.FLASH, None):
            return None
        self._lift_in(self._fault.lasts_ms)
        self._power_later()
        return self._random.randrange(TORN_BYTES + 1)

    def anywhere(self) -> None:
        """Its place has not come: strike the next frame that leaves."""
        self._anywhere = True

    def _here(self, how: str, what: object) -> bool:
        place = self._fault.place
        if self.struck:
            return False
        if self._anywhere:
            self.struck = how == faults.LEAVES
            return self.struck
        if place.how != how or place.what != what:
            return False
        self._left -= 1
        self.struck = self._left == 0
        return self.struck

    # --- effects on the world -------------------------------------------------------------------------------

    def _lift_in(self, wait_ms: int) -> None:
        lifted_ms = self._world.clockwork.ms + wait_ms

        def lift() -> None:
            self.lifted_ms = lifted_ms

        self.struck = True
        self._world.clockwork.after(wait_ms + 1, lift)  # after whatever happens at that moment

    def now(self, *, in_house: bool = False, in_gate: bool = False) -> None:
        """Strike. `in_house`, `in_gate`: this is called from inside that side's own code."""
        world, effect, lasts_ms = self._world, self._fault.effect, self._fault.lasts_ms
        self._lift_in(lasts_ms)
        if effect == "cable cut":
            world.cable.sever()
            world.clockwork.after(lasts_ms, world.cable.mend)
        elif effect == "re-plug":
            world.cable.sever()
            world.clockwork.after(0, world.house.unplug)
            world.clockwork.after(lasts_ms, self._plug)
        elif effect == "replay":
            for direction, frame in self._heard:
                world.cable.inject(direction, frame, self._random.randrange(lasts_ms + 1))
        else:
            self._fell(effect, in_house=in_house, in_gate=in_gate)

    def _plug(self) -> None:
        self._world.cable.mend()
        self._world.house.plug()

    def _fell(self, effect: str, *, in_house: bool, in_gate: bool) -> None:
        world = self._world
        house, gate = effect != "gate power cut", effect != "house killed"
        if house:
            world.clockwork.after(self._fault.lasts_ms, self._start_house)
        if gate:
            self._power_later()
        if house and not in_house:
            world.house.kill()
        if gate and not in_gate:
            world.gate.power_off()
        if house and in_house:
            raise ProcessKilled
        if gate and in_gate:
            raise PowerGone

    def _start_house(self) -> None:
        if not self._world.house.alive:
            self._world.house.start()

    def _power_later(self) -> None:
        def power_on() -> None:
            if not self._world.gate.on:
                self._world.gate.power_on()

        self._world.clockwork.after(self._fault.lasts_ms, power_on)
