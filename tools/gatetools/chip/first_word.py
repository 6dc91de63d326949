"""The gate's first word after it was flashed: a frame of gatelink, which only a firmware that runs can send."""

import time

from gatehouse import words
from gatehouse.ports import BROKEN, close_quietly, open_port, plain_reason

from gatetools.unsealed import Ear, Unsealed

READ_BYTES = 512
KEPT_BYTES = 2048  # of what is no frame: the boot loader's own text
LONGEST_S = 20.0


class Silent(Exception):
    """No frame came. `heard`: the text that came instead, "" if there was nothing."""

    def __init__(self, heard: str) -> None:
        super().__init__(heard)
        self.heard = heard


def wait(url: str, baud: int, limit_s: float = LONGEST_S) -> Unsealed:
    """What a gate says first at a port. Silent if nothing comes, also when the port breaks."""
    ear = Ear()
    heard = bytearray()
    ends_s = time.monotonic() + limit_s
    port = None
    try:
        while time.monotonic() < ends_s:
            try:
                port = port or open_port(url, baud)
                data = bytes(port.read(max(1, min(port.in_waiting, READ_BYTES))))
            except BROKEN as failure:
                # A chip with a USB of its own leaves the bus at a reset and comes back.
                _away(port)
                port = None
                heard[:] = plain_reason(failure).encode()
                time.sleep(0.1)
                continue
            heard += data[: max(0, KEPT_BYTES - len(heard))]
            if said := ear.feed(data):
                return said[0]
    finally:
        _away(port)
    raise Silent("\n".join(words.plain(line) for line in bytes(heard).splitlines()).strip())


def _away(port: object) -> None:
    if port is not None:
        close_quietly(port)
