"""One folder in the place of another, so that a process that is killed in between leaves what the next run mends.

Two renames, and between them no data folder: a mark beside it keeps a gatehouse from beginning an empty one there.
"""

import contextlib
import json
import os
import re
from pathlib import Path

from gatehouse.sole import RunsAlready, SoleRun

KEPT = re.compile(r"\.before-\d{8}T\d{6}Z(-\d+)?")


class AtWork(Exception):
    """Another process is swapping this folder just now."""


def is_unfinished(data: Path) -> bool:
    """Whether a swap of this folder has begun and not ended."""
    return _mark(data).exists()


def mend(data: Path) -> None:
    """Undo what a killed process has begun: the old folder is in its place again. AtWork if one still lives."""
    with contextlib.suppress(FileNotFoundError):
        name = _kept_name(data)
        old = data.with_name(name) if name else None
        if old is not None and old.is_dir() and not data.exists():
            try:
                SoleRun(old).close()
            except RunsAlready:
                raise AtWork from None
            old.rename(data)
        _mark(data).unlink()


def put(fresh: Path, data: Path, old: Path | None) -> None:
    """Rename `data` to `old`, if there is one, and `fresh` to `data`. OSError if that fails; then it is as before."""
    text = json.dumps({"old": old.name if old else None})
    mark = _mark(data)
    new_mark = mark.with_name(f"{mark.name}.new")
    with new_mark.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new_mark.replace(mark)
    moved = False
    try:
        if old is not None:
            data.rename(old)
            moved = True
        fresh.rename(data)
    except OSError:
        if moved and old is not None:
            old.rename(data)
        mark.unlink()
        raise
    mark.unlink()


def _mark(data: Path) -> Path:
    return data.with_name(f"{data.name}.restoring")


def _kept_name(data: Path) -> str | None:
    """The name that the mark gives for the old folder; None if it says anything else."""
    try:
        name = json.loads(_mark(data).read_text(encoding="utf-8"))["old"]
    except (ValueError, TypeError, KeyError):
        return None
    ours = isinstance(name, str) and name.startswith(data.name) and KEPT.fullmatch(name[len(data.name) :])
    return name if ours else None
