"""Time as both sides count it: milliseconds that wrap at 2^30, as MicroPython's `time.ticks_ms` does.

All times in gatelink, lane and readers are such ticks. Two of them can be compared while they are less than
2^29 ms (6.2 days) apart.
"""

PERIOD = 1 << 30
HALF = PERIOD >> 1


def add(ticks: int, ms: int) -> int:
    """The tick `ms` milliseconds after `ticks` (before, if negative)."""
    return (ticks + ms) & (PERIOD - 1)


def diff(later: int, earlier: int) -> int:
    """Milliseconds from `earlier` to `later`, negative if they are the other way round."""
    return ((later - earlier + HALF) & (PERIOD - 1)) - HALF


def sooner(a: "int | None", b: "int | None") -> "int | None":
    """The one of two deadlines that comes first; None means no deadline."""
    if a is None:
        return b
    if b is None:
        return a
    return a if diff(b, a) > 0 else b
