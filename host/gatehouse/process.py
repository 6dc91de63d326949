"""Guards the process's memory: numbers and keys pass through it."""

import ctypes
import logging
import sys

PR_SET_DUMPABLE = 4  # prctl(2)

log = logging.getLogger("gatehouse")


def guard_memory() -> None:
    """No core dumps, and no other process of this user may read our memory, where the system offers it."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux" and ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        log.warning("the system does not let this process hide its memory from others of the same user")
