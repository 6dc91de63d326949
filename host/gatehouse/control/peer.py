"""Who is at the other end of a Unix socket, or has started this process, by the operating system's own word."""

import os
import socket
import struct
import sys
from typing import Protocol

# struct ucred, unix(7): pid, uid, gid.
UCRED = struct.Struct("3i")
# struct xucred, sys/ucred.h of XNU: version, uid, number of groups, 16 groups; the short is padded to four bytes.
# Taken from Apple's published header and not run here.
XUCRED = struct.Struct("=IIhxx16I")
SOL_LOCAL = 0  # sys/un.h of XNU
LOCAL_PEERCRED = 1  # the same


class Socket(Protocol):
    """What of a socket is needed; asyncio hands out one that has no more."""

    def getsockopt(self, level: int, option: int, length: int, /) -> bytes:
        """As `socket.socket`."""


def user_id(connection: Socket) -> int | None:
    """The user id that the other end had when it connected; None where this system does not say. OSError if gone."""
    if sys.platform == "linux":
        return int(UCRED.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, UCRED.size))[1])
    if sys.platform == "darwin":
        told = connection.getsockopt(SOL_LOCAL, LOCAL_PEERCRED, XUCRED.size)
        return int(XUCRED.unpack(told)[1])
    return None


def user_name(user: int | None) -> str:
    """That user's name for people; the number where the system knows no name."""
    if user is None:
        return "unknown user"
    if sys.platform == "win32":
        return f"user {user}"
    import pwd

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"


def this_user() -> str:
    """The name of the user whose process this is."""
    if sys.platform == "win32":
        return os.environ.get("USERNAME", "unknown user")  # a process may say there what it likes
    return user_name(os.getuid())
