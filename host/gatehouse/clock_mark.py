"""The latest time that a station has been sure of, kept over restarts: a PC that starts with an older one is wrong.

One line in a file of the data folder, Unix seconds in ASCII.
"""

import os
import re
from pathlib import Path

from gatehouse.regular_file import read_regular

BYTES_MAX = 32
LINE = re.compile(rb"([0-9]{1,11})\n")


def path_in(data: Path) -> Path:
    """Where it lies below the data folder."""
    return data / "clock"


def read(path: Path) -> int:
    """Unix time; 0 where nothing was kept, or nothing that can be read."""
    try:
        found = LINE.fullmatch(read_regular(path, BYTES_MAX))
    except OSError:
        return 0
    return int(found[1]) if found else 0


def write(path: Path, unix_s: int) -> None:
    """Replace the file as a whole, readable by its owner. OSError if that is not possible."""
    fresh = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(b"%d\n" % unix_s)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
