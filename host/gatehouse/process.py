"""What the process asks of the operating system: memory that nobody else reads, log lines that block nobody."""

import ctypes
import gc
import logging
import logging.handlers
import queue
import sys

from gatehouse.log_file import LogFile

PR_SET_DUMPABLE = 4  # prctl(2)
LOG_LINES_MAX = 10_000
FILES = 8192

log = logging.getLogger("gatehouse")


def guard_memory() -> None:
    """No core dumps, and no other process of this user may read our memory, where the system offers it.

    Numbers and keys pass through it.
    """
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux" and ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        log.warning("the system does not let this process hide its memory from others of the same user")


def widen_files() -> None:
    """As many open files as a large station has, as far as the system lets this user: five a port, and connections."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        log.warning("the system keeps this process to %d open files; a port takes five", soft)


def keep_what_is_there() -> None:
    """Libraries and what has been opened stay to the end: the collector of cycles looks through them no more.

    A full collection stops every lane meanwhile: over 100 ms of each few seconds at a full station without this.
    """
    gc.collect()
    gc.freeze()


def start_log(file: LogFile | None) -> logging.handlers.QueueListener:
    """Log lines go to standard error, and to `file` if given, by a thread of their own.

    `stop()` the listener to write the last of them; then close the file.
    """
    lines: queue.Queue[logging.LogRecord] = queue.Queue(LOG_LINES_MAX)
    outputs: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if file is not None:
        outputs.append(file)
    for out in outputs:
        out.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logging.raiseExceptions = False  # a full queue costs the line, nothing else
    logging.basicConfig(level=logging.INFO, handlers=[logging.handlers.QueueHandler(lines)], force=True)
    listener = logging.handlers.QueueListener(lines, *outputs)
    listener.start()
    return listener
