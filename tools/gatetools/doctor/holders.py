"""Which other program holds a device open, as far as /proc tells this user (proc(5))."""

import os
from dataclasses import dataclass

from gatetools.doctor.system import System


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that has the device open."""

    pid: int
    program: str


def holder_of(system: System, device: str) -> Holder | None:
    """The first process that holds the device of this name; None if there is none, or none that may be seen."""
    for pid, program in system.processes():
        folder = system.path(f"/proc/{pid}/fd")
        for number in system.names(f"/proc/{pid}/fd"):
            try:
                held = os.readlink(folder / number)  # noqa: PTH115 - a path would be tidied, and need not exist
            except OSError:
                continue
            if held == device:
                return Holder(pid, program)
    return None
