"""Whose files are whose: what this user may enter, and root's hand in another user's folder."""

import os
import sys
from pathlib import Path


def obstacle(path: Path) -> str:
    """Why this user may not get at a file or folder and what to do; empty if he may, or if it is not there."""
    try:
        path.stat()
    except PermissionError:
        shut = next(folder for folder in path.parents if _is_seen(folder))
    except OSError:
        return ""  # whoever opens it tells why
    else:
        if sys.platform == "win32" or os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
            return ""
        shut = path
    owner = owner_name(shut) or "that user"
    return f"{path}: this user may not read it; it is for {owner}. Run the command as that user: sudo -u {owner} ..."


def _is_seen(folder: Path) -> bool:
    try:
        folder.stat()
    except PermissionError:
        return False
    return True


def other_owner(path: Path) -> os.stat_result | None:
    """Whose a file is, or will be: its owner, or that of its folder. None unless this is root and he is not.

    What root makes there goes to him, or he could not use it afterwards.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    there = path if path.exists() else path.parent
    if not there.exists():
        return None
    owner = there.stat()
    return owner if owner.st_uid != 0 else None


def hand_over(made: Path, owner: os.stat_result | None) -> None:
    """Give what root has made to the one that `other_owner` found, if any."""
    if owner is not None and sys.platform != "win32":
        os.chown(made, owner.st_uid, owner.st_gid)


def owner_name(path: Path) -> str | None:
    """The user that owns a file or folder, None if that is not known."""
    try:
        return path.owner()
    except (OSError, KeyError, NotImplementedError):
        return None
