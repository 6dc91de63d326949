"""`machine.Timer` of the esp32 port: four hardware timers, and any number of virtual ones under the id -1.

A callback runs between two instructions on the chip; here, while the interpreter waits for its console.
"""

import time

HARDWARE_TIMERS = 4  # ESP-IDF, SOC_TIMER_GROUP_TOTAL_TIMERS of the ESP32 and the ESP32-S3

_running = []  # one timer for each hardware id, and virtual ones


class Timer:
    ONE_SHOT = 0
    PERIODIC = 1

    def __init__(self, id=-1, **settings):
        if id >= HARDWARE_TIMERS:
            raise ValueError("Timer(%d) doesn't exist, there are only %d hardware timers" % (id, HARDWARE_TIMERS))
        self._id = id
        if settings:
            self.init(**settings)

    def init(self, *, mode=PERIODIC, callback=None, period=0xFFFFFFFF, tick_hz=1000, freq=None, hard=False):
        if hard:
            raise ValueError("hard Timers are not implemented")
        period_us = int(1000000 / freq) if freq is not None else period * 1000000 // tick_hz
        if period_us == 0:
            raise ValueError("Timer period is too short for this timer")
        self.deinit()
        self._callback = callback
        self._period_us = period_us
        self._repeats = mode == Timer.PERIODIC
        self._due_us = time.monotonic_us() + period_us
        _running.append(self)

    def deinit(self):
        for other in list(_running):
            if other is self or other._id == self._id >= 0:
                _running.remove(other)


def next_ms(limit_ms):
    """How long until a timer is due, at most `limit_ms`."""
    now_us = time.monotonic_us()
    for timer in _running:
        limit_ms = min(limit_ms, max(0, (timer._due_us - now_us + 999) // 1000))
    return limit_ms


def run_due():
    for timer in list(_running):
        if time.monotonic_us() >= timer._due_us:
            if timer._repeats:
                timer._due_us += timer._period_us
            else:
                timer.deinit()
            if timer._callback is not None:
                timer._callback(timer)


def stop_all():
    """As a soft reset does."""
    _running[:] = []
