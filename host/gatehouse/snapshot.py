"""A copy of a SQLite database as it is at one moment, while others go on writing to it."""

import contextlib
import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

PAGES_A_STEP = 2000
# Only the copy is written to.
WRITING = (
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_DIR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
)


def take(source: Path, target: Path, progress: Callable[[int, int], None] = lambda _done, _total: None) -> None:
    """Copy what is committed in `source` to the new file `target`, for its owner only and durable.

    `progress(pages done, pages in all)`. FileExistsError if there is such a file, sqlite3.Error if reading fails,
    OSError without a name if writing does; what was written then is gone.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with (
            contextlib.closing(sqlite3.connect(source, isolation_level=None)) as reading,
            contextlib.closing(sqlite3.connect(target, isolation_level=None)) as writing,
        ):
            # Held from the first to the last page: without it each commit of somebody else would start the copy anew.
            reading.execute("begin")
            reading.execute("select count(*) from sqlite_master").fetchone()
            # A copy that fails is deleted, never rolled back.
            writing.execute("pragma journal_mode = off")
            reading.backup(writing, pages=PAGES_A_STEP, progress=lambda _, left, total: progress(total - left, total))
    except sqlite3.Error as failure:
        target.unlink(missing_ok=True)
        if failure.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None
        if failure.sqlite_errorcode in WRITING:
            raise OSError(errno.EIO, os.strerror(errno.EIO)) from None
        raise
    except BaseException:
        target.unlink(missing_ok=True)
        raise
