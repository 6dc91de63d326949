"""What is wrong with this computer's own files, told so that somebody can act on it."""

import errno
from pathlib import Path

AGAIN = "Then run the same command again."
FULL = f"the disk is full. Make room. {AGAIN}"
LIMITED = f"this user may not use more of the disk (a quota, or ulimit -f). {AGAIN}"
FORBIDDEN = "this user has no right to it. Change its owner or mode, or run the command as its owner."
READ_ONLY = f"its disk can only be read. Mount it for writing. {AGAIN}"
SAID = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: LIMITED,
    errno.EFBIG: LIMITED,
    errno.EACCES: FORBIDDEN,
    errno.EPERM: FORBIDDEN,
    errno.EROFS: READ_ONLY,
    errno.ENOENT: "there is no such file or folder.",
}


def trouble(failure: OSError, path: Path | None = None) -> str:
    """What is wrong with the file at `path`, or the one that the failure names."""
    said = SAID.get(failure.errno or 0) or f"{failure.strerror or failure}."
    name = path or failure.filename
    return f"{name}: {said}" if name else said
