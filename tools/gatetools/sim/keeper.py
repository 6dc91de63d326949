"""Waits for the end of a run, of whatever kind, and clears up: argument FOLDER; lines "watch PID", "forget PID".

Run as a script by `child.Children`. When its standard input ends it kills the process groups it still watches and
removes the folder.
"""

import contextlib
import os
import shutil
import signal
import sys


def main() -> None:
    """See the module."""
    folder = sys.argv[1]
    # The terminal's signals are for the parent; this process ends by the end of its input alone.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched: set[int] = set()
    for line in sys.stdin:
        verb, pid = line.split()
        (watched.add if verb == "watch" else watched.discard)(int(pid))
    for pid in watched:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
