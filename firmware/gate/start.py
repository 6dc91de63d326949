"""Puts a gate together from what lies in its flash, and runs it."""

import gc
import sys

import board
import gate
from gate import hal, settings, signals
from gate.conductor import Conductor
from gate.indicators import Indicators
from gate.journal import Journal
from gate.keyslots import KeySlots
from gate.lane import Lane
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
LOOK_MS = 10  # inputs are looked at this often at least: fire must be seen within 50 ms


def run() -> None:
    """Serve travellers. Comes back only by an exception."""
    gc.collect()  # what loading the code left behind
    watchdog = hal.watchdog(WATCHDOG_MS)
    now = hal.now()
    chosen, refusal = settings.load(board)
    # Nothing is parsed until the next start, and the lane needs the heap of what parses.
    del settings.settings_text, gate.settings_text, sys.modules["gate.settings_text"]
    # Drivers and the ports' buffers come first, while the heap still has large blocks.
    found = readers(chosen, now)
    link = hal.link_port(chosen.link_baud)
    gc.collect()
    slots = KeySlots(hal.Flash("keys"))
    keys = slots.load()
    if keys is None:
        refuse_everybody(link, watchdog)
    journal = Journal(hal.Flash("journal"), hal.reset_cause())
    end = GateEnd(keys, GateSuite(), chosen.link_baud, journal.boot, now)
    about = About(FIRMWARE.encode(), board.NAME.encode(), hal.system())
    uplink = Uplink(link, end, slots, journal, now, about)
    if refusal:
        uplink.fault(codes.FAULT_SETTINGS_REFUSED, 0)
    conductor = Conductor(
        hal,
        Lane(journal.boot, chosen, now),
        found,
        Turnstile(now),
        Indicators(now),
        uplink,
        journal,
        now,
    )
    supervisor = Supervisor(conductor.parts, watchdog, conductor.crashed)
    # From here on memory is collected when nothing is going on, see Conductor.
    gc.collect()
    gc.threshold(-1)
    try:
        while True:
            now = hal.now()
            supervisor.turn(now)
            hal.wait(wait_ms(conductor.deadline(), hal.now()))
    finally:
        conductor.record_crashes()


def readers(chosen: settings.Settings, now: int) -> "list[tuple[object, hal.SerialPort]]":
    """Driver and port of each configured reader; drivers that nobody asked for are not even loaded."""
    found = []
    if "sam_v" in chosen.readers:
        from gate.readers.sam_v import SamV

        gc.collect()
        found.append((SamV(now), hal.reader_port(settings.READERS["sam_v"], chosen.sam_v_baud)))
    return found


def wait_ms(due: "int | None", now: int) -> int:
    """How long the next pass may be away."""
    return LOOK_MS if due is None else max(0, min(LOOK_MS, diff(due, now)))


def refuse_everybody(link: hal.SerialPort, watchdog: object) -> None:
    """A gate without keys serves nobody, shows it and says so on the link, for ever. What it hears there is nothing."""
    indicators = Indicators(hal.now())
    indicators.show(signals.OUT_OF_SERVICE, hal.now())
    suite = GateSuite()
    told = frame(suite, here(suite, board.NAME.encode(), FIRMWARE.encode()))
    due = hal.now()
    while True:
        now = hal.now()
        hal.set_signs(*indicators.outputs(now))
        link.read()
        if diff(now, due) >= 0:
            due = add(now, HERE_MS)
            link.write(told)
        watchdog.feed()
        hal.wait(LOOK_MS)
