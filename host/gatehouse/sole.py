"""One gatehouse for each data folder and each key file: two would serve the same gates, and write the same ledger."""

import contextlib
import errno
import os
import sqlite3
from pathlib import Path
from typing import Self

from gatehouse.access import hand_over, other_owner

LOCK = "running.lock"
HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class RunsAlready(Exception):
    """Another process serves this data folder; the text says what to do."""


class SoleRun:
    """Holds the folder until it is closed or the process ends, however it ends: SQLite's lock is the system's."""

    @classmethod
    def of_keys(cls, keys: Path) -> Self:
        """The same for a key file: two data folders must not share one."""
        return cls(keys.parent, f"{keys.name}.running", f"{keys}: another gatehouse uses this key file. Stop that one.")

    def __init__(self, data: Path, name: str = LOCK, said: str = "") -> None:
        """RunsAlready if somebody holds it; OSError if the lock's file cannot be made or written.

        name: of that file. said: what is told then, about the data folder if empty.
        """
        lock = data / name
        # Only a new file is opened here: closing any other would let go of a lock that this process has on it.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            hand_over(lock, other_owner(data))
        if not os.access(lock, os.R_OK | os.W_OK):
            number = errno.EACCES if lock.exists() else errno.ENOENT  # somebody has removed the folder meanwhile
            raise OSError(number, os.strerror(number), str(lock))
        try:
            self._held = sqlite3.connect(lock, isolation_level=None, timeout=0)
        except sqlite3.Error as failure:
            raise OSError(errno.EIO if lock.exists() else errno.ENOENT, str(failure), str(lock)) from None
        try:
            self._held.execute("begin exclusive")
        except sqlite3.Error as failure:
            self._held.close()
            if failure.sqlite_errorcode not in HELD:
                raise OSError(errno.EIO if lock.exists() else errno.ENOENT, str(failure), str(lock)) from None
            raise RunsAlready(
                said or f"{data}: another gatehouse serves this data folder. Stop that one, or choose another folder."
            ) from None

    def close(self) -> None:
        """Let go."""
        self._held.close()
