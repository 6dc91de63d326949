"""What the relays are told. Everything that switches them comes through here, and fire outvotes all of it."""

from gate.orders import RELAYS
from gatelink.ticks import diff


class Relays:
    """`hal` sets them. `off_at`: when a pulse ends by itself, None while none runs."""

    def __init__(self, hal: object, fire: bool) -> None:
        self._hal = hal
        self._wanted = 0
        self._fire = fire
        self.off_at: "int | None" = None
        self._drive()

    def release(self, relays: int, off_at: "int | None") -> None:
        """These on and all others off, until `off_at` or, with None, until they are shut. relays: RELAY_ bits."""
        self._wanted = relays
        self.off_at = off_at
        self._drive()

    def shut(self, relays: int = RELAYS) -> None:
        """These off."""
        self._wanted &= ~relays
        if not self._wanted:
            self.off_at = None
        self._drive()

    def set_fire(self, stands: bool) -> None:
        """While it stands everything is released, whatever is wanted."""
        self._fire = stands
        self._drive()

    def let_time_pass(self, now: int) -> None:
        """End a pulse whose time is up."""
        if self.off_at is not None and diff(now, self.off_at) >= 0:
            self.shut()

    def _drive(self) -> None:
        self._hal.set_relays(RELAYS if self._fire else self._wanted)
