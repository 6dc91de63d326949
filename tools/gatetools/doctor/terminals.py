"""Which character devices are terminals, without opening one: that may restart a board, or do worse.

/proc/tty/drivers names every terminal driver of Linux: name, default node, major, minor or range of minors, type.
"""

import os

from gatetools.doctor.system import System

TABLE = "/proc/tty/drivers"
FIELDS = 5
MEMORY = 1  # major number of /dev/null, /dev/zero and their like (Linux, admin-guide/devices.txt)


def is_terminal(system: System, device: int) -> bool:
    """`device`: its number, as in st_rdev. Where the system does not tell, everything but memory is taken for one."""
    major, minor = os.major(device), os.minor(device)
    if system.platform != "linux":
        return True
    drivers = [line.split() for line in (system.text(TABLE) or "").splitlines()]
    ranges = [fields[2:4] for fields in drivers if len(fields) == FIELDS and fields[2].isdecimal()]
    if not ranges:
        return major != MEMORY
    return any(int(number) == major and minor in minors(said) for number, said in ranges)


def minors(said: str) -> range:
    """Of `64` or `64-111`; nothing for other words."""
    first, _, last = said.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()):
        return range(0)
    return range(int(first), int(last or first) + 1)
