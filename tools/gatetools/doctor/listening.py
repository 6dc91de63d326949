"""Listens for a moment on a port that was given and that nobody uses. Not a byte is sent."""

import stat
import time
from collections.abc import Iterator

from gatehouse.ports import BROKEN, close_quietly, open_port, plain_reason, url_problem

from gatetools.doctor.finding import Finding
from gatetools.doctor.patient import Patient
from gatetools.doctor.security import judge_board
from gatetools.doctor.system import System
from gatetools.doctor.terminals import is_terminal
from gatetools.doctor.voice import board, decided, hear

LISTEN_S = 3  # a gate without an answer says HELLO each half second, and is up 3 s after its power
BAUD = 115200
HEARD_MAX_BYTES = 65536


def findings(patient: Patient, url: str) -> Iterator[Finding]:
    """What is heard; nothing if it is no port or a gatehouse may be using it, which `ports` tells."""
    if any(patient.same_port(url, served) for served in patient.served()) or not is_port(patient.system, url):
        return
    baud = next((port.baud for port in patient.configured if patient.same_port(port.url, url)), BAUD)
    where = url if "://" in url else str(patient.system.path(url))
    try:
        data = listen(where, baud, LISTEN_S)
    except BROKEN as failure:
        yield Finding("voice-not-heard", url, {"why": plain_reason(failure)})
    else:
        yield hear(url, data, baud=baud, seconds=LISTEN_S)
        if named := board(data):
            yield judge_board(named, url)


def is_port(system: System, url: str) -> bool:
    """Whether there is something to be opened under this name."""
    if "://" in url:
        return url_problem(url) is None
    if system.platform == "win32":
        return True
    try:
        found = system.path(url).stat()
    except (OSError, ValueError):
        return False
    return stat.S_ISCHR(found.st_mode) and is_terminal(system, found.st_rdev)


def listen(where: str, baud: int, seconds: float) -> bytes:
    """What comes within so many seconds; less as soon as it is clear who speaks. One of BROKEN if the port breaks."""
    heard = bytearray()
    port = open_port(where, baud)
    try:
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s and len(heard) < HEARD_MAX_BYTES and not decided(bytes(heard)):
            heard += port.read(max(1, port.in_waiting))
    finally:
        close_quietly(port)
    return bytes(heard)
