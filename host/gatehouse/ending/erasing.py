"""Overwrites a file once and takes its name away. What an SSD, a snapshot or a backup keeps it cannot reach."""

import os
import secrets
import stat
from pathlib import Path

from gatehouse.private_file import sync_folder

CHUNK_BYTES = 1 << 20


def size_of(path: Path) -> int:
    """Bytes of a file; 0 of a link, a socket, or what is not there."""
    try:
        found = path.lstat()
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def erase(path: Path) -> None:
    """Overwrite it with random bytes, have the disk keep that, and unlink it. A link or socket is unlinked alone.

    Nothing if it is not there: an earlier try may have done it. OSError if it cannot be done.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISREG(found.st_mode):
        overwrite(path, found.st_size)
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def overwrite(path: Path, size: int) -> None:
    """Random bytes over all of it, then nothing: length and name may outlive it in the file system's own log."""
    with path.open("r+b", buffering=0) as file:
        left = size
        while left > 0:
            left -= file.write(secrets.token_bytes(min(left, CHUNK_BYTES)))
        os.fsync(file.fileno())
        file.truncate(0)
        os.fsync(file.fileno())
