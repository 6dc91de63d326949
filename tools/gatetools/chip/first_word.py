"""The gate's first word after it was flashed: a clear frame of gatelink, which only a firmware that runs can send."""

import time
from typing import NamedTuple

from gatehouse.ports import BROKEN, close_quietly, open_port, plain_reason
from gatehouse.suite import HouseSuite
from gatelink import handshake
from gatelink.errors import DamagedFrame, Refused
from gatelink.framing import Deframer
from gatelink.limits import GATE_BODY_MAX_BYTES

READ_BYTES = 512
KEPT_BYTES = 2048  # of what is no frame: the boot loader's own text
LONGEST_S = 20.0


class Word(NamedTuple):
    """What was heard. `enrolled`: it has keys. `board`, `firmware`: what a gate without keys says of itself."""

    enrolled: bool
    board: str
    firmware: str


class Silent(Exception):
    """No frame came. `heard`: the text that came instead, "" if there was nothing."""

    def __init__(self, heard: str) -> None:
        super().__init__(heard)
        self.heard = heard


def wait(url: str, baud: int, limit_s: float = LONGEST_S) -> Word:
    """The first clear frame at a port. Silent if none comes, also when the port breaks."""
    suite = HouseSuite()
    frames = Deframer(suite, GATE_BODY_MAX_BYTES)
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
            for body in frames.feed(data):
                if body is not None and (word := understand(suite, body)) is not None:
                    return word
    finally:
        _away(port)
    raise Silent("\n".join(printable(line) for line in bytes(heard).splitlines()).strip())


def understand(suite: HouseSuite, body: bytes) -> Word | None:
    """What a frame's body says, None if it is no first word."""
    try:
        decoded = suite.decode(body)
        if not isinstance(decoded, list) or not handshake.is_clear(decoded):
            return None
        if decoded[0] == handshake.HELLO:
            handshake.read_hello(decoded)
            return Word(enrolled=True, board="", firmware="")
        if decoded[0] == handshake.HERE:
            board, firmware = handshake.read_here(decoded)
            return Word(enrolled=False, board=printable(board), firmware=printable(firmware))
    except Refused:
        return Word(enrolled=True, board="", firmware="")  # of another version of the link, and alive
    except (ValueError, DamagedFrame):
        return None
    return None


def printable(text: bytes) -> str:
    """What somebody unproven says of itself, fit for a terminal."""
    return "".join(letter for letter in text.decode("ascii", "replace") if letter.isprintable())


def _away(port: object) -> None:
    if port is not None:
        close_quietly(port)
