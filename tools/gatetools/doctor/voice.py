"""What a gate's end of a line says of itself: the link's frames, or the text of chip and interpreter.

Texts: the ROM loader of ESP32 and ESP32-S3 ("rst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)",
"invalid header: 0xffffffff", "flash read err, 1000", "csum err:0x9a!=0x5f", "waiting for download"), the second stage
loader of ESP-IDF ("No bootable app partitions"), and MicroPython (">>> ").
"""

import re
from typing import cast

from gatehouse import words
from gatehouse.suite import HouseSuite
from gatelink.errors import DamagedFrame, Refused
from gatelink.framing import Deframer
from gatelink.handshake import HELLO, HERE, is_clear, read_hello, read_here
from gatelink.limits import GATE_BODY_MAX_BYTES
from gatelink.sealing import envelope

from gatetools.doctor.finding import Fact, Finding

SAID_MAX_CHARACTERS = 80

HALF_WRITTEN = re.compile(
    rb"invalid header: 0x[0-9a-f]+|flash read err, \d+|csum err:0x[0-9a-f]+!=0x[0-9a-f]+"
    rb"|No bootable app partitions[^\r\n]*|image at 0x[0-9a-f]+ has invalid magic byte"
)
LOADER = re.compile(rb"waiting for download")
CRASH = re.compile(rb"Guru Meditation Error[^\r\n]*|Traceback \(most recent call last\)")
STARTED = re.compile(rb"rst:0x[0-9a-f]+ \([A-Z0-9_]+\)")
CONSOLE = re.compile(rb">>> ")
STARTS_MANY = 3


def hear(port: str, data: bytes, *, baud: int, seconds: int) -> Finding:
    """What the bytes that came within so many seconds mean. The link's own language counts before any text."""
    return _frames(port, data) or _text(port, data, seconds) or _rest(port, data, baud, seconds)


def decided(data: bytes) -> bool:
    """Whether more bytes could not change what is heard."""
    return _frames("", data) is not None


def _frames(port: str, data: bytes) -> Finding | None:
    suite = HouseSuite()
    bodies = [body for body in Deframer(suite, GATE_BODY_MAX_BYTES).feed(data) if body is not None]
    heard = {found.code: found for body in bodies if (found := _frame(suite, port, body))}
    codes = ("voice-enrolled", "voice-not-enrolled", "voice-other-version", "voice-session")
    return next((heard[code] for code in codes if code in heard), None)


def _frame(suite: HouseSuite, port: str, body: bytes) -> Finding | None:
    try:
        decoded = suite.decode(body)
        if not is_clear(decoded):
            envelope(decoded)
            return Finding("voice-session", port)
        clear = cast("list[object]", decoded)
        if clear[0] == HELLO:
            read_hello(clear)
            return Finding("voice-enrolled", port)
        if clear[0] == HERE:
            board, firmware = read_here(clear)
            facts = {"board": words.plain(board), "firmware": words.plain(firmware)}
            return Finding("voice-not-enrolled", port, facts)
    except Refused:
        return Finding("voice-other-version", port)
    except (ValueError, DamagedFrame):
        return None
    return None


def _text(port: str, data: bytes, seconds: int) -> Finding | None:
    for code, pattern in (("voice-half-written", HALF_WRITTEN), ("voice-crash", CRASH)):
        found = pattern.search(data)
        if found:
            return Finding(code, port, {"said": _said(found[0])})
    if LOADER.search(data):
        return Finding("voice-loader", port)
    starts = STARTED.findall(data)
    if len(starts) >= STARTS_MANY:
        facts: dict[str, Fact] = {"times": len(starts), "seconds": seconds, "said": _said(starts[-1])}
        return Finding("voice-restarts", port, facts)
    if CONSOLE.search(data):
        return Finding("voice-console", port)
    return Finding("voice-started", port) if starts else None


def _rest(port: str, data: bytes, baud: int, seconds: int) -> Finding:
    if data:
        return Finding("voice-strange", port, {"bytes": len(data), "baud": baud})
    return Finding("voice-silent", port, {"seconds": seconds})


def _said(text: bytes) -> str:
    return text.decode("ascii", "replace")[:SAID_MAX_CHARACTERS]
