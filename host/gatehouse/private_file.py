"""Files that only their owner may read, and that are there whole or not at all."""

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from gatehouse.access import hand_over, obstacle, other_owner
from gatehouse.keyfile_error import KeyFileError
from gatehouse.workplace import workplace


def make_whole(
    path: Path, fill: Callable[[Path], object], *, replace: bool = False, beside: Path | None = None
) -> bool:
    """Make a private file, in a private folder if there is none. False if it exists already; then it stays as it is.

    `fill(elsewhere)` writes the content to an empty file in a folder beside it, which takes its name only when all of
    it is on the disk: whoever is killed on the way leaves no file, or a whole one, and with `replace` the one that
    was there or the new one. `beside`: made by root for the owner of this file. KeyFileError if it cannot be made.
    """
    owner = other_owner(beside) if beside is not None else None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with workplace(path.parent) as work:
            elsewhere = work / path.name
            elsewhere.touch(mode=0o600, exist_ok=False)
            fill(elsewhere)
            hand_over(elsewhere, owner)
            sync(elsewhere)
            if replace:
                elsewhere.replace(path)
            else:
                take_name(elsewhere, path)
        sync_folder(path.parent)
    except FileExistsError:
        if path.parent.is_dir():
            return False
        raise KeyFileError(f"{path}: cannot be made (its folder is a file). Choose another place.") from None
    except OSError as failure:
        raise KeyFileError(
            f"{path}: cannot be made ({failure.strerror}). Check that this user may write its folder, and that the "
            "disk has room."
        ) from None
    return True


def take_name(elsewhere: Path, path: Path) -> None:
    """Give a finished file its name; FileExistsError if that is taken."""
    try:
        # Unlike a renaming, a link never takes the place of what another process has just made.
        os.link(elsewhere, path)
    except FileExistsError:
        raise
    except OSError:
        # FAT, as on a memory stick, knows no links. Nobody else makes files of this name there at this moment.
        if path.exists():
            raise FileExistsError from None
        elsewhere.rename(path)


def sync(path: Path) -> None:
    """Have the disk keep what was written to a file."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have the disk keep the names in a folder. Windows does that by itself, and opens no folder."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_private(path: Path) -> None:
    """KeyFileError if others than the owner may read or write the file. Windows keeps such rights elsewhere."""
    if sys.platform == "win32":
        return
    mode = path.stat().st_mode
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileError(f"{path}: others may read the keys (mode {stat.S_IMODE(mode):04o}). Run: chmod 600 {path}")
    if not os.access(path, os.R_OK | os.W_OK):
        raise KeyFileError(obstacle(path) or f"{path}: this user may not write it. Run Gatehouse as its owner.")
