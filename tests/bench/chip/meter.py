"""Time, allocations and least heap of anything that can be called.

Time is in paces: that of a plain loop run in the same breath, so that a machine that is busy, or changes its clock,
does not matter.
"""

import gc

import micropython
import utime as time

ROUNDS = 41  # odd: the median is one of them
PLENTY_BYTES = 6144  # no message wants as much


def median(values):
    return sorted(values)[len(values) // 2]


def plain_loop():
    total = 0
    for number in range(1000):
        total += number


class Pace:
    """The fastest that this machine has run the plain loop, in microseconds."""

    best_us = 1 << 20


def measured(act, times=1):
    """(paces, bytes allocated) of `act` done so many times, the collector off."""
    gc.collect()
    gc.disable()
    held = gc.mem_alloc()
    began = time.ticks_us()
    for _ in range(times):
        act()
    ended = time.ticks_us()
    size = gc.mem_alloc() - held
    plain_loop()
    pace_us = time.ticks_diff(time.ticks_us(), ended)
    gc.enable()
    Pace.best_us = min(Pace.best_us, pace_us)
    return time.ticks_diff(ended, began) / pace_us / times, size


def count(name, act):
    """Two maps of the heap, for whoever reads this to count what was allocated between them."""
    gc.collect()
    gc.disable()
    print("before", name)
    micropython.mem_info(1)
    act()
    print("after", name)
    micropython.mem_info(1)
    gc.enable()


def filled(_kept):
    """What fills the heap, but for the piece that is kept free until this returns."""
    ballast = None
    size = 4096
    while size:
        try:
            ballast = (ballast, bytearray(size))
        except MemoryError:
            size //= 2
    return ballast


def works_in(free, prepare, act):
    """Whether a message goes through with one free piece of so many bytes, the collector at work."""
    prepare()
    gc.collect()
    ballast = [filled(bytearray(free))]
    gc.collect()
    try:
        act()
    except MemoryError:
        return False
    finally:
        ballast.clear()
        gc.collect()
    return True


def least_free(prepare, act, bench):
    low, high = 0, PLENTY_BYTES
    while high - low > 64:
        middle = (low + high) // 2
        if works_in(middle, prepare, act):
            high = middle
        else:
            low = middle
        bench.join()
        bench.settle()
    return high
