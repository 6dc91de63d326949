"""Pin interrupts as the esp32 port has them (machine_pin.c): soft, so that a handler waits for the next bytecode.

Here handlers run while the interpreter waits for its ports or looks at a pin. A change that is told with its time
(`us`, CLOCK_MONOTONIC) runs its handler as on a chip that was awake: `ticks_us` then says that time, however late this
process gets its turn. That is the one thing that is not true to life: neither the garbage collector nor a busy bench
takes pulses away, as the collector does on a chip where more than eight handlers wait.

While a flash operation keeps the interrupts off, the hardware remembers one change of each pin and no more.

Loaded by the first pin that is asked for `irq`; it then puts itself between the other models, so that a gate without
interrupts has none of this in its heap.
"""

import json

import pins
import select
import time
import uart

NAMES = ("irq", "IRQ_RISING", "IRQ_FALLING")
IRQ_RISING = 1
IRQ_FALLING = 2

_world = pins._world
_handlers = {}  # pin -> (object, handler, trigger)
_off = False
_missed = set()
_edge_us = None  # the time of the change whose handler runs


def _irq(pin, handler=None, trigger=IRQ_FALLING | IRQ_RISING, wake=None):
    if trigger & ~(IRQ_FALLING | IRQ_RISING) or wake is not None:
        raise ValueError("level triggers are not modelled")
    if handler is None:
        _handlers.pop(pin._number, None)
    else:
        _handlers[pin._number] = (pin, handler, trigger)


def _change(line):
    """A line of the world, which the pins take in too."""
    before = dict(_world._driven)
    pins.World._drive(_world, line)
    for number in _handlers:
        level = _world._driven.get(number)
        if level != before.get(number):
            us = json.loads(line).get("us")
            _edge(number, level, us if isinstance(us, int) else None)


def _edge(number, level, us):
    global _edge_us
    pin, handler, trigger = _handlers[number]
    if not trigger & (IRQ_RISING if level else IRQ_FALLING) or number in _missed:
        return
    if _off:
        _missed.add(number)
    _edge_us = us
    _world.listen = _later
    try:
        handler(pin)
    finally:
        _edge_us = None
        del _world.listen


def _later():
    """A handler that looks at a pin sees it at its edge: what changes next waits."""


def stop_all():
    """As a soft reset does."""
    _handlers.clear()


# --- between the other models -------------------------------------------------------------------------------


class _Watched:
    """In every poll, as a port that never has anything to read: what comes for it are changes of pins."""

    @property
    def file(self):
        return _world._socket

    def any(self):
        _world.listen()
        return 0


_watched = _Watched()
_ready, _ticks_us = select.poll._ready, time.ticks_us
_flash_begins, _flash_ends = uart.interrupts_off, uart.interrupts_on


def _ready_too(poll):
    if _watched not in poll._ports:
        poll._ports.append(_watched)
    return _ready(poll)


def _ticks_us_then():
    return _ticks_us() if _edge_us is None else _edge_us & (time._PERIOD - 1)


def _interrupts_off():
    global _off
    _world.listen()
    _off = True
    _flash_begins()


def _interrupts_on():
    global _off
    _world.listen()
    _off = False
    _missed.clear()
    _flash_ends()


# What else a pin has: its constants and `irq`.
pins.Pin.irq = _irq
pins.Pin.IRQ_RISING = IRQ_RISING
pins.Pin.IRQ_FALLING = IRQ_FALLING
_world._drive = _change
select.poll._ready = _ready_too
time.ticks_us = _ticks_us_then
uart.interrupts_off, uart.interrupts_on = _interrupts_off, _interrupts_on
