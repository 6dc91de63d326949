"""Putting a service's description where the system reads it, never over what a person has changed.

The first line holds the SHA-256 of the rest: a file that does not fit its own line was changed by hand.
"""

import hashlib
import os
import re
from enum import Enum
from pathlib import Path

from gatehouse.services.service import ServiceRefused

OURS = re.compile(rb"[^\n]{0,10}sha256:([0-9a-f]{64})[^\n]{0,10}\n")


class Placed(Enum):
    """What became of a description."""

    WRITTEN = "written"
    SAME = "in place already"


def marked(body: str, comment: str) -> bytes:
    """The file's content. `comment`: of its format, with {} for what the first line says, like "# {}"."""
    content = body.encode()
    return comment.format(f"sha256:{hashlib.sha256(content).hexdigest()}").encode() + b"\n" + content


def is_untouched(content: bytes) -> bool:
    """Whether this was made by `marked` and not changed since."""
    found = OURS.match(content)
    return found is not None and hashlib.sha256(content[found.end() :]).hexdigest().encode() == found[1]


def place(path: Path, content: bytes, *, replace: bool) -> Placed:
    """Write a description as a whole. One that a person has changed is replaced only if asked for, and kept as .old.

    ServiceRefused if it was changed and `replace` is not set; OSError if it cannot be written.
    """
    if not path.parent.is_dir():
        raise ServiceRefused(f"{path.parent}: there is no such folder. Make it first, or name another.")
    if path.is_symlink() or path.exists():
        there = None if path.is_symlink() else path.read_bytes()
        if there == content:
            return Placed.SAME
        if there is None or not is_untouched(there):
            if not replace:
                raise ServiceRefused(
                    f"{path}: was not made by this command, or was changed since. --replace keeps it as {path.name}.old"
                )
            path.replace(path.with_name(f"{path.name}.old"))
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    # Readable for everybody, as such files are: nothing in it is secret.
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644), "wb"
    ) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return Placed.WRITTEN


def remove(path: Path, *, replace: bool) -> None:
    """Take a description away; one that a person has changed only if asked for.

    ServiceRefused if there is none, or if it was changed and `replace` is not set; OSError if it cannot be removed.
    """
    if path.is_symlink() or not path.exists():
        raise ServiceRefused(f"{path}: there is no such description; nothing to remove.")
    if not is_untouched(path.read_bytes()) and not replace:
        raise ServiceRefused(
            f"{path}: was not made by this command, or was changed since. --replace removes it anyway."
        )
    path.unlink()
