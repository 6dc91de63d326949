"""Puts a gate together from what lies in its flash. Unloaded when that is done."""

import gc

import board
from gate import hal, signals
from gate.chosen import PORTS, Chosen, forget
from gate.conductor import LOOK_MS, Conductor
from gate.fire import Fire
from gate.indicators import Indicators
from gate.journal import Journal
from gate.keyslots import KeySlots
from gate.lane import Lane
from gate.relays import Relays
from gate.suite import GateSuite
from gate.supervisor import Supervisor
from gate.turnstile import Turnstile
from gate.uplink import Uplink
from gate.version import FIRMWARE
from gatelink import codes
from gatelink.framing import frame
from gatelink.gate_end import GateEnd
from gatelink.gate_to_house import About
from gatelink.handshake import here
from gatelink.limits import HERE_MS
from gatelink.ticks import add, diff

WATCHDOG_MS = 5000


def assemble(chosen: Chosen, refusal: str) -> "tuple[Conductor, Supervisor]":
    """What serves travellers; without keys it does not come back. refusal: why settings.json was not taken, or ""."""
    gc.collect()  # what loading the code left behind
    watchdog = hal.watchdog(WATCHDOG_MS)
    now = hal.now()
    # Drivers and the ports' buffers come first, while the heap still has large blocks.
    found = readers(chosen, now)
    signs = signs_of(chosen, found, now)
    link = hal.link_port(chosen.link_baud)
    gc.collect()
    slots = KeySlots(hal.Flash("keys"))
    keys = slots.load()
    if keys is None:
        refuse_everybody(link, watchdog)
    journal = Journal(hal.Flash("journal"), hal.reset_cause())
    end = GateEnd(keys, GateSuite(), chosen.link_baud, journal.boot, now)
    about = About(FIRMWARE.encode(), board.NAME.encode(), hal.system())
    uplink = Uplink(link, end, slots.store_alone(), journal, now, about)
    if refusal:
        uplink.fault(codes.FAULT_SETTINGS_REFUSED, 0, refusal)
    conductor = Conductor(
        hal,
        Lane(journal.boot, chosen, now, journal.locked()),
        found,
        Turnstile(chosen, now),
        Indicators(now),
        uplink,
        journal,
        now,
        signs,
    )
    # What served the start alone; `main` unloads this file too.
    hal.started()
    forget("keyslots")
    forget("mount")
    forget("signs.assembly")
    return conductor, Supervisor(conductor.parts, watchdog, conductor.crashed)


def readers(chosen: Chosen, now: int) -> "list[tuple[object, object]]":
    """Driver and port of each configured reader; drivers that nobody asked for are not even loaded."""
    found = []
    for name in chosen.readers:
        module = __import__("gate.readers." + name, None, None, ("Driver",))
        gc.collect()
        driver = module.Driver(now)
        baud = getattr(chosen, name + "_baud", 0)
        # By text, which keeps these names in the build: what a driver does not have it is not given.
        for own, value in (("baud", baud), ("bits", chosen.wiegand_bits)):
            if hasattr(driver, own):
                setattr(driver, own, value)
        found.append((driver, hal.reader_port(PORTS[name], baud)))
    return found


def signs_of(chosen: Chosen, found: "list[tuple[object, object]]", now: int) -> "object | None":
    """What tells the signs that speak or write; None, and nothing of it loaded, where there are none."""
    if not chosen.signs:
        return None
    module = __import__("gate.signs.assembly", None, None, ("assemble",))
    return module.assemble(chosen, found, hal.reader_port, now)


def refuse_everybody(link: hal.SerialPort, watchdog: object) -> None:
    """A gate without keys serves nobody, shows it and says so on the link, for ever. What it hears there is nothing.

    Fire releases it like any other.
    """
    fire = Fire(hal.fire_stands(), hal.now())
    relays = Relays(hal, fire.stands)
    indicators = Indicators(hal.now())
    indicators.show(signals.OUT_OF_SERVICE, hal.now())
    suite = GateSuite()
    told = frame(suite, here(suite, board.NAME.encode(), FIRMWARE.encode()))
    due = hal.now()
    while True:
        now = hal.now()
        if fire.sample(int(hal.fire()), now) is not None:
            relays.set_fire(fire.stands)
            indicators.show(signals.FIRE if fire.stands else signals.OUT_OF_SERVICE, now)
        hal.set_signs(*indicators.outputs(now))
        link.read()
        if diff(now, due) >= 0:
            due = add(now, HERE_MS)
            link.write(told)
        watchdog.feed()
        hal.wait(LOOK_MS)
