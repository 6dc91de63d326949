"""A turnstile on the gate's pins: one or two control inputs, two light barriers, the contact of its arm, key and fire.

Its inputs are `unlock`, what people do there is in `passages`. The arm turns with somebody whom the barrier lets
through; on a PERCo TTR-10A its contact is closed at rest and opens meanwhile. The fire loop is normally closed. Pure:
microseconds are arguments.
"""

from gatetools.sim.board import Board
from gatetools.sim.passages import ENTRY, EXIT, OTHER, SIDES, Move
from gatetools.sim.unlock import Unlock
from gatetools.sim.wiring import RELAY_A, RELAY_B, LaneSetup


class Turnstile:
    """The mechanics and the sensors of one lane."""

    def __init__(self, board: Board, setup: LaneSetup | None = None) -> None:
        """`setup`: how it is wired; without one as a gate without settings expects it."""
        self.board = board
        self.setup = setup or LaneSetup()
        wiring = self.setup.wiring
        self._shuts = wiring.polarity == "shuts"
        self.relays = {board["RELAY_OPEN"]: RELAY_A, board["RELAY_EXIT"]: RELAY_B}
        wired = (RELAY_A, RELAY_B)[: wiring.relays]
        self._unlocks = {relay: Unlock(level=wiring.control == "level", held=self._shuts) for relay in wired}
        self._arm_turned = 1 if wiring.arm_contact == "opens" else 0  # the contact is to ground: open reads high
        self._came_from: str | None = None  # the beam through which the body in the passage came
        self._crossed = False
        self._levels = {
            board[ENTRY]: self._beam(broken=False),
            board[EXIT]: self._beam(broken=False),
            board["ARM_CONTACT"]: 1 - self._arm_turned,
            board["FIRE"]: 1 - board["FIRE_ALARM"],
            board["KEY_SWITCH"]: 1 - board["KEY_TURNED"],
            board["SERVICE_BUTTON"]: 1 - board["SERVICE_PRESSED"],
        }

    # --- what the gate does -------------------------------------------------------------------------------

    def output_changed(self, pin: int, value: int, us: int) -> None:
        """The gate drives an output."""
        unlock = self._unlocks.get(self.relays.get(pin, 0))
        if unlock is not None:
            unlock.drive(us, held=self.opens(pin, value))

    def opens(self, pin: int, value: int) -> bool:
        """Whether a relay's pin at this level wants the barrier released. A relay that is not wired wants it when
        energised.
        """
        energised = value == self.board["RELAY_ACTIVE"]
        return energised != (self._shuts and self.relays[pin] in self._unlocks)

    def power_lost(self, us: int) -> None:
        """The gate's outputs fall to their external pulls: no relay is energised."""
        for unlock in self._unlocks.values():
            unlock.drive(us, held=self._shuts)

    def open_without_power(self) -> tuple[int, ...]:
        """The relays whose inputs are held as long as the gate has no power."""
        return tuple(self._unlocks) if self._shuts else ()

    # --- what people find ---------------------------------------------------------------------------------

    def released(self, us: int) -> bool:
        """Whether the barrier gives way from any side."""
        return any(self.gives_way(side, us) for side in SIDES.values())

    def gives_way(self, side: str, us: int) -> bool:
        """Whether it lets somebody through who comes through the beam `side`.

        With one relay the turnstile is set to the lane's direction; with two, input B is the exit's.
        """
        if self.setup.wiring.relays == 2:
            return self._unlocks[RELAY_A if side == ENTRY else RELAY_B].released(us)
        expected = [SIDES[name] for name in SIDES if self.setup.station.direction in (name, "both")]
        return side in expected and self._unlocks[RELAY_A].released(us)

    def gone_through(self) -> None:
        """Somebody went through: the release is used up."""
        for unlock in self._unlocks.values():
            unlock.used_up()

    # --- what the gate sees -------------------------------------------------------------------------------

    def inputs(self) -> dict[int, int]:
        """The level of every input pin."""
        return dict(self._levels)

    def move(self, move: Move, us: int) -> list[tuple[int, int]]:
        """(pin, level) of each input that changes by a person's move."""
        changed = [self._set(self.board[move.side], self._beam(broken=move.broken))]
        broken = [side for side in (ENTRY, EXIT) if self._levels[self.board[side]] == self._beam(broken=True)]
        arm = self.board["ARM_CONTACT"]
        if not broken:
            if self._crossed:
                self.gone_through()
            self._came_from, self._crossed = None, False
            if self._levels[arm] == self._arm_turned:
                changed.append(self._set(arm, 1 - self._arm_turned))
        elif self._came_from is None:
            self._came_from = move.side
        elif not self._crossed and OTHER[self._came_from] in broken:
            self._crossed = True
            if self.gives_way(self._came_from, us):
                changed.append(self._set(arm, self._arm_turned))
        return changed

    def fire(self, *, alarm: bool) -> tuple[int, int]:
        """(pin, level) of the fire loop, opened or closed."""
        level = self.board["FIRE_ALARM"]
        return self._set(self.board["FIRE"], level if alarm else 1 - level)

    def key(self, *, turned: bool) -> tuple[int, int]:
        """(pin, level) of the staff's key switch."""
        level = self.board["KEY_TURNED"]
        return self._set(self.board["KEY_SWITCH"], level if turned else 1 - level)

    def service_button(self, *, held: bool) -> tuple[int, int]:
        """(pin, level) of the service button."""
        level = self.board["SERVICE_PRESSED"]
        return self._set(self.board["SERVICE_BUTTON"], level if held else 1 - level)

    def _set(self, pin: int, level: int) -> tuple[int, int]:
        self._levels[pin] = level
        return pin, level

    def _beam(self, *, broken: bool) -> int:
        level = self.board["BEAM_BROKEN"]
        return level if broken else 1 - level
