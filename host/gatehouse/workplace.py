"""A folder for what is half done. A process that is killed leaves it behind; whoever works there next sweeps it up."""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from gatehouse.sole import LOCK, RunsAlready, SoleRun

PREFIX = ".gatehouse-work-"
TRIES = 3


@contextlib.contextmanager
def workplace(beside: Path) -> Iterator[Path]:
    """A new folder in `beside`, for its owner only, gone afterwards; OSError if it cannot be made.

    Those of processes that have ended are removed first; a lock in each shows which those are.
    """
    sweep(beside)
    folder, held = _made(beside)
    try:
        yield folder
    finally:
        held.close()
        shutil.rmtree(folder, ignore_errors=True)


def sweep(beside: Path) -> None:
    """Remove what killed processes have left in `beside`."""
    for folder in beside.glob(f"{PREFIX}*"):
        if folder.is_symlink() or not folder.is_dir():
            continue
        with contextlib.suppress(RunsAlready, OSError):
            SoleRun(folder).close()
            shutil.rmtree(folder)


def _made(beside: Path) -> tuple[Path, SoleRun]:
    for _ in range(TRIES):
        folder = beside / f"{PREFIX}{secrets.token_hex(8)}"
        folder.mkdir(mode=0o700)
        try:
            held = SoleRun(folder)
        except (RunsAlready, FileNotFoundError):
            continue  # between making it and locking it somebody else has come to sweep it away
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if (folder / LOCK).exists():
            return folder, held
        held.close()
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(beside))
