"""Pin interrupts as the esp32 port has them (machine_pin.c): soft, so that a handler waits for the next bytecode.

Here handlers run while the interpreter waits for its ports or looks at a pin. A change that is told with its time
(`us`, CLOCK_MONOTONIC) runs its handler as on a chip that was awake: `ticks_us` then says that time, however late this
process gets its turn. That is the one thing that is scaled: neither the garbage collector nor a busy bench takes
pulses away, as the collector does on a chip where more than eight handlers wait.

While a flash operation keeps the interrupts off, the hardware remembers one change of each pin and no more.
"""

import select
import time

_handlers = {}  # pin -> (object, handler, trigger)
_off = False
_missed = set()


class _Watched:
    """In every poll, as a port that never has anything to read: what comes for it are changes of pins."""

    def __init__(self, world):
        self._world = world

    @property
    def file(self):
        return self._world._socket

    def any(self):
        self._world.listen()
        return 0


def watch(world, number, pin, handler, trigger, wake):
    if trigger & ~3 or wake is not None:
        raise ValueError("level triggers are not modelled")
    if world.edge is None:
        world.edge = _changed
        select.always.append(_Watched(world))
    if handler is None:
        _handlers.pop(number, None)
    else:
        _handlers[number] = (pin, handler, trigger)


def _changed(number, level, us):
    found = _handlers.get(number)
    if found is None or not found[2] & (1 if level else 2):
        return
    if _off:
        if number in _missed:
            return
        _missed.add(number)
    pin, handler, _ = found
    time.edge_us = us
    try:
        handler(pin)
    finally:
        time.edge_us = None


def interrupts_off():
    """A flash operation begins: what has come by now is safe."""
    _listen()
    global _off
    _off = True


def interrupts_on():
    """It is over."""
    _listen()
    global _off
    _off = False
    _missed.clear()


def _listen():
    for watched in select.always:
        watched.any()


def stop_all():
    """As a soft reset does."""
    _handlers.clear()
