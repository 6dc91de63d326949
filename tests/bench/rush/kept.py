"""How long processes that had something to do were kept from a core, as Linux counts it for each.

On a machine of its own that is next to nothing. Beside other programs it is their doing, apart from what the threads of
one process do to each other.
"""

from collections.abc import Sequence
from pathlib import Path

NS = 1e9


def kept_s(pids: Sequence[int]) -> float:
    """Seconds since their start, of their main threads together; 0 where the kernel does not tell."""
    return sum(map(_of, pids)) / NS


def excuses(kept_s: float, took_s: float, limit_s: float) -> bool:
    """Whether something is later than it may be, and would not be without the time that it was kept."""
    return took_s > limit_s >= took_s - kept_s


def _of(pid: int) -> int:
    # "time on the processor, time on a run queue, time slices", Documentation/scheduler/sched-stats.rst of Linux
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_bytes().split()[1])
    except (OSError, IndexError):
        return 0
