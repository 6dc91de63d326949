"""What goes on while a fault strikes. Each exercise leads a settled world through some of its states."""

from collections.abc import Callable

from gatelink import codes
from gatelink.limits import REKEY_MS
from gatelink.ticks import add

from .cable import TO_GATE, TO_HOUSE
from .world import World

OFF_MS = 20


def swipe(world: World) -> None:
    """A traveller who may pass: tap, verdict, opening, passage, reports, cursors."""
    world.swipe(may_pass=True)


def refusal(world: World) -> None:
    """A traveller who may not pass."""
    world.swipe(may_pass=False)


def order(world: World) -> None:
    """Staff open once."""
    world.order_open()


def rules(world: World) -> None:
    """The lane's settings change while a traveller is on the way."""
    world.swipe(may_pass=True)
    world.change_rules()


def fault(world: World) -> None:
    """The gate tells of something that needs a person."""
    world.gate.uplink.fault(codes.FAULT_READER_SELF_TEST, 0)


def crash(world: World) -> None:
    """A part of the gate's program fails once."""
    world.gate.conductor.crashed(0, ValueError())


def reboot(world: World) -> None:
    """The gate's power was off for a moment: a whole handshake, with the ratchet's step, and the welcome."""
    world.gate.power_off()
    world.clockwork.after(OFF_MS, lambda: None if world.gate.on else world.gate.power_on())


def restart(world: World) -> None:
    """The gatehouse was restarted: WHO, then a handshake beside the gate's live session."""
    world.house.kill()
    world.clockwork.after(OFF_MS, lambda: None if world.house.alive else world.house.start())


def renewal(world: World) -> None:
    """The session has reached its age: a handshake while it goes on."""
    session = world.gate.end._session
    assert session is not None, "a settled world has a session"
    session._made_at = add(world.clockwork.ticks(), -REKEY_MS)


def noise(world: World) -> None:
    """Garbage between frames, both ways: each end tells the other that something arrived damaged."""
    for direction in (TO_HOUSE, TO_GATE):
        world.cable.inject(direction, b"\0" + world.random.randbytes(9) + b"\0")


def quiet(world: World) -> None:
    """Nothing but heartbeats."""


EXERCISES: dict[str, Callable[[World], None]] = {
    made.__name__: made for made in (swipe, refusal, order, rules, fault, crash, reboot, restart, renewal, noise, quiet)
}
LASTS_MS = 1500  # heartbeats of both ends fall into it
