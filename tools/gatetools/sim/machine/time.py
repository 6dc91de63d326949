"""`time` as on the chip: ticks wrap at 2^30, and nobody has set the clock: it counts from its epoch, 2000-01-01."""

import utime as _host  # the interpreter's own, past this file

_PERIOD = 1 << 30
_HALF = _PERIOD >> 1
_started_us = _host.ticks_us()

sleep = _host.sleep
sleep_ms = _host.sleep_ms
sleep_us = _host.sleep_us
# CLOCK_MONOTONIC in microseconds, not wrapped: only the models in this folder use it, for traces.
monotonic_us = _host.ticks_us


def time():
    return (_host.ticks_us() - _started_us) // 1000000


def ticks_ms():
    return _host.ticks_ms() & (_PERIOD - 1)


def ticks_us():
    return _host.ticks_us() & (_PERIOD - 1)


def ticks_add(ticks, delta):
    return (ticks + delta) & (_PERIOD - 1)


def ticks_diff(later, earlier):
    return ((later - earlier + _HALF) & (_PERIOD - 1)) - _HALF
