"""Puts a gate together from what lies in its flash, and runs it."""

import gc

import board
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
from gatelink import codes
from gatelink.gate_end import GateEnd
from gatelink.ticks import diff

WATCHDOG_MS = 5000
LOOK_MS = 10  # inputs are looked at this often at least: fire must be seen within 50 ms


def run() -> None:
    """Serve travellers. Comes back only by an exception."""
    gc.collect()  # what loading the code left behind
    watchdog = hal.watchdog(WATCHDOG_MS)
    slots = KeySlots(hal.Flash("keys"))
    keys = slots.load()
    if keys is None:
        refuse_everybody(watchdog)
    chosen, refusal = settings.load(board)
    journal = Journal(hal.Flash("journal"), hal.reset_cause())
    now = hal.now()
    end = GateEnd(keys, GateSuite(), chosen.link_baud, journal.boot, now)
    uplink = Uplink(hal.link_port(chosen.link_baud), end, slots, journal, now)
    if refusal:
        uplink.fault(codes.FAULT_SETTINGS_REFUSED, 0)
    conductor = Conductor(
        hal,
        Lane(journal.boot, chosen, now),
        readers(chosen, now),
        Turnstile(now),
        Indicators(now),
        uplink,
        journal,
        now,
    )
    supervisor = Supervisor(conductor.parts, watchdog, conductor.crashed)
    while True:
        now = hal.now()
        supervisor.turn(now)
        hal.wait(wait_ms(conductor.deadline(), hal.now()))


def readers(chosen: settings.Settings, now: int) -> "list[tuple[object, hal.SerialPort]]":
    """Driver and port of each configured reader; drivers that nobody asked for are not even loaded."""
    found = []
    if "sam_v" in chosen.readers:
        from gate.readers.sam_v import SamV

        found.append((SamV(now), hal.reader_port(settings.READERS["sam_v"], chosen.sam_v_baud)))
    return found


def wait_ms(due: "int | None", now: int) -> int:
    """How long the next pass may be away."""
    return LOOK_MS if due is None else max(0, min(LOOK_MS, diff(due, now)))


def refuse_everybody(watchdog: object) -> None:
    """A gate without keys serves nobody and shows it, for ever."""
    indicators = Indicators(hal.now())
    indicators.show(signals.OUT_OF_SERVICE, hal.now())
    while True:
        hal.set_signs(*indicators.outputs(hal.now()))
        watchdog.feed()
        hal.wait(LOOK_MS)
