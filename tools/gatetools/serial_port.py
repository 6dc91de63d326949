"""What is wrong with a serial port, told so that somebody can act on it."""

import os
import sys
from pathlib import Path

from gatehouse.ports import plain_reason

BUSY = "another program holds it"
FORBIDDEN = "this user may not open it"


if sys.platform != "win32":
    import grp


class PortUnusable(Exception):
    """A port is missing, held, forbidden, or broke; the text says which, and what to do."""


def unusable(port: str, failure: Exception) -> PortUnusable:
    """What to raise for a port that could not be opened."""
    reason = plain_reason(failure)
    if reason == BUSY and (found := holders(port)):
        reason = f"it is held by {', '.join(found)}; end that first"
    elif reason.startswith(FORBIDDEN) and (group := group_of(port)):
        reason = f"{FORBIDDEN}; run `sudo usermod -aG {group} $USER`, then log in again"
    return PortUnusable(f"{port}: {reason}")


def holders(port: str) -> list[str]:
    """Programs that have this device open, "NAME (process N)"; only those that this user may look at, on Linux."""
    target = os.path.realpath(port)
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if int(process.name) != os.getpid() and any(
                os.path.realpath(file) == target for file in (process / "fd").iterdir()
            ):
                found.append(f"{(process / 'comm').read_text(encoding='utf-8').strip()} (process {process.name})")
        except OSError:
            continue  # somebody else's, or ended meanwhile
    return found


def group_of(port: str) -> str | None:
    """The group that may use this device, None where there is none or only root's."""
    if sys.platform == "win32":
        return None
    try:
        status = Path(port).stat()
        name = grp.getgrgid(status.st_gid).gr_name
    except (OSError, KeyError):
        return None
    return name if status.st_mode & 0o060 == 0o060 and name != "root" else None
