"""What is wrong with a serial port, told so that somebody can act on it; the same words in every command."""

import os
import sys
from pathlib import Path

from gatehouse.ports import (
    BROKEN,
    FORBIDDEN,
    HELD,
    MISSING,
    NOBODY_LISTENS,
    close_quietly,
    open_port,
    plain_reason,
    url_problem,
)

from gatetools.holders import holders

if sys.platform != "win32":
    import grp

CHARGES_ONLY = "many USB cables only charge; take one that is known to carry data"
REMEDIES = {
    MISSING: (
        f"there is no such port. Is the cable in, at both ends? If no port appears at all: {CHARGES_ONLY}, or the "
        "adapter's driver is missing (CP210x, CH340). Name the port as the system does: /dev/ttyUSB0, /dev/ttyACM0, "
        "COM3; `gate doctor` lists them."
    ),
    HELD: "another program holds it: a terminal, a gatehouse that runs, another gate command. End that first.",
    NOBODY_LISTENS: "nobody listens there. Start the server of that port, check host and port number.",
}
MAY_NOT_OPEN = "this user may not open it"


class PortUnusable(Exception):
    """A port is missing, held, forbidden, or broke; the text says which, and what to do."""


def check(port: str, baud: int = 115200) -> None:
    """Open it and close it again. PortUnusable if that fails."""
    try:
        close_quietly(open_port(port, baud))
    except BROKEN as failure:
        raise unusable(port, failure) from None


def unusable(port: str, failure: Exception) -> PortUnusable:
    """What to raise for a port that could not be opened, or broke."""
    return PortUnusable(f"{port}: {why(port, failure)}")


def why(port: str, failure: Exception) -> str:
    """What is wrong, and what to do: whole sentences."""
    if problem := url_problem(port):
        return f"{problem}."
    reason = plain_reason(failure)
    if reason == HELD and (found := list(holders(os.path.realpath(port)))):
        named = ", ".join(f"{holder.program} (process {holder.pid})" for holder in found)
        return f"it is held by {named}; end that first."
    if reason == FORBIDDEN:
        return f"{MAY_NOT_OPEN}. {may_open(group_of(port))}"
    return REMEDIES.get(reason, reason if reason.endswith((".", "?")) else f"{reason}.")


def may_open(group: str | None) -> str:
    """How to come by the right to a device of this group; None if its group has none, or there are no groups."""
    if not sys.platform.startswith("linux"):
        return "Ask whoever runs this computer for the right to use it."
    usual = "" if group else "Serial ports mostly belong to the group dialout, on some systems uucp. "
    return f"{usual}Run `sudo usermod -aG {group or 'dialout'} $USER`, then log out and in again."


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
