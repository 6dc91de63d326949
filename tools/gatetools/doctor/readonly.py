"""Opens a SQLite file of the station without leaving a trace: no file beside it, no journal, no lock that stays."""

import sqlite3
from pathlib import Path

from gatetools.doctor.system import PROBE_S


def open_readonly(path: Path) -> sqlite3.Connection:
    """A connection that cannot write. sqlite3.Error, also later, if it is no database or cannot be read.

    In WAL mode even a reader makes files beside the database if they are not there. They are there while somebody
    uses it; then it is read with them, else as it lies (https://www.sqlite.org/wal.html, "Read-Only Databases").
    """
    if path.exists() and not path.is_file():  # SQLite would read a device without end, and wait for a pipe
        raise sqlite3.OperationalError("this is a folder or a device, not a file")
    used = all(path.with_name(path.name + suffix).exists() for suffix in ("-wal", "-shm"))
    mode = "mode=ro" if used else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True, timeout=PROBE_S)
