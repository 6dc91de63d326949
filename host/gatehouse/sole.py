"""One gatehouse for each data folder: two would serve the same gates and write the same ledger."""

import sqlite3
from pathlib import Path

LOCK = "running.lock"


class RunsAlready(Exception):
    """Another process serves this data folder; the text says what to do."""


class SoleRun:
    """Holds the folder until it is closed or the process ends, however it ends: SQLite's lock is the system's."""

    def __init__(self, data: Path) -> None:
        """RunsAlready if somebody holds it."""
        self._held = sqlite3.connect(data / LOCK, isolation_level=None, timeout=0)
        try:
            self._held.execute("begin exclusive")
        except sqlite3.Error:
            self._held.close()
            raise RunsAlready(
                f"{data}: another gatehouse serves this data folder. Stop that one, or choose another folder."
            ) from None

    def close(self) -> None:
        """Let go."""
        self._held.close()
