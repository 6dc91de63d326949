"""Where the control socket lies, and how to get at it where the path is longer than a socket's may be."""

import contextlib
import errno
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

NAME = "control.sock"
# sun_path with its final zero: 108 bytes on Linux (unix(7)), 104 on macOS (sys/un.h).
PATH_BYTES_MAX = 107 if sys.platform == "linux" else 103
WAITING_MAX = 16


def exists_here() -> bool:
    """Whether this system's Python has Unix sockets; on Windows it has none."""
    return hasattr(socket, "AF_UNIX")


def path_in(data: Path) -> Path:
    """Where it lies below the data folder."""
    return data / NAME


def listening(path: Path) -> socket.socket:
    """A socket that listens there, for its owner only. OSError if that is not possible.

    Call it while the data folder is held: one that lies there is then left over from a process that was killed.
    """
    if path.is_socket():
        path.unlink()
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with address(path) as name:
            opened.bind(name)
        # Before `listen` nobody can connect, whatever the mask allowed.
        path.chmod(0o600)
        opened.listen(WAITING_MAX)
        opened.settimeout(0)
    except BaseException:
        opened.close()
        raise
    return opened


def connected(path: Path, wait_s: float) -> socket.socket:
    """A socket that is connected to the one there. OSError if nobody listens, or not to this user."""
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        opened.settimeout(wait_s)
        with address(path) as name:
            opened.connect(name)
    except BaseException:
        opened.close()
        raise
    return opened


@contextlib.contextmanager
def address(path: Path) -> Iterator[str]:
    """The path, or a shorter way to the same place. OSError if it is too long and the system has none."""
    if len(os.fsencode(path)) <= PATH_BYTES_MAX:
        yield str(path)
        return
    if sys.platform != "linux":
        raise OSError(errno.ENAMETOOLONG, f"The path is longer than {PATH_BYTES_MAX} bytes", str(path))
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
