"""Proof of a serial port with a jumper between TX and RX: what goes out must come back, at every baud rate."""

import random
import time
from dataclasses import dataclass, field
from typing import Self

from gatehouse.ports import BROKEN, close_quietly, open_port

from gatetools.serial_port import PortUnusable, unusable, why

BAUDS = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
PROBE_BYTES = 32  # about a small frame of the link
BLOCK_BYTES = 256
BITS_PER_BYTE = 10  # 8N1
ANSWER_S = 1.0  # beyond the wire time; USB bridges hold bytes back for up to 16 ms
PROBES_MAX = 400


@dataclass(slots=True)
class Result:
    """What one baud rate came to. `refused`: the port does not do this rate; then nothing else counts."""

    baud: int
    refused: bool = False
    sent: int = 0
    returned: int = 0
    wrong: int = 0  # bytes that came back changed
    bytes_per_s: float = 0.0  # while blocks followed each other without a pause
    latencies_ms: list[float] = field(default_factory=list)

    @property
    def missing(self) -> int:
        return max(0, self.sent - self.returned)

    @property
    def nothing_came(self) -> bool:
        return not self.refused and not self.returned

    @property
    def sound(self) -> bool:
        return self.refused or (self.sent > 0 and not self.missing and not self.wrong)


class Loopback:
    """One open port. Use as a context manager; PortUnusable if it cannot be opened."""

    def __init__(self, url: str, seed: int = 1) -> None:
        self._url = url
        self._chance = random.Random(seed)

    def __enter__(self) -> Self:
        try:
            self._port = open_port(self._url, BAUDS[0])
        except BROKEN as failure:
            raise unusable(self._url, failure) from None
        return self

    def __exit__(self, *_: object) -> None:
        close_quietly(self._port)

    def measure(self, baud: int, seconds: float) -> Result:
        """Probe for half the time, stream for the rest. PortUnusable if the port breaks meanwhile."""
        result = Result(baud)
        try:
            self._port.baudrate = baud
            self._port.reset_input_buffer()
        except (ValueError, OSError):  # SerialException is an OSError
            result.refused = True
            return result
        try:
            self._probe(result, seconds / 2)
            if result.returned:
                self._stream(result, seconds / 2)
        except BROKEN as failure:
            raise PortUnusable(f"{self._url} at {baud} Bd: {why(self._url, failure)}") from None
        return result

    def _probe(self, result: Result, seconds: float) -> None:
        """Single blocks, one at a time: how long each takes to come back."""
        ends_at = time.monotonic() + seconds
        while len(result.latencies_ms) < PROBES_MAX:
            started = time.monotonic()
            if self._take_back(self._send(PROBE_BYTES, result), result):
                result.latencies_ms.append((time.monotonic() - started) * 1000)
            elif not result.returned:
                return  # nothing is connected: more of it proves nothing more
            if time.monotonic() >= ends_at:
                return

    def _stream(self, result: Result, seconds: float) -> None:
        """Blocks without a pause between them, the next one out before the last is back: how much gets through."""
        started, before = time.monotonic(), result.returned
        block = self._send(BLOCK_BYTES, result)
        while time.monotonic() - started < seconds:
            following = self._send(BLOCK_BYTES, result)
            if not self._take_back(block, result):
                break
            block = following
        self._take_back(block, result)
        result.bytes_per_s = (result.returned - before) / (time.monotonic() - started)

    def _send(self, size: int, result: Result) -> bytes:
        block = self._chance.randbytes(size)
        self._port.write(block)
        result.sent += size
        return block

    def _take_back(self, block: bytes, result: Result) -> bool:
        """Whether the block came back whole and unchanged."""
        back = bytearray()
        until = time.monotonic() + ANSWER_S + 2 * len(block) * BITS_PER_BYTE / result.baud
        while len(back) < len(block) and time.monotonic() < until:
            back += self._port.read(max(1, min(self._port.in_waiting, len(block) - len(back))))
        if len(back) < len(block):
            self._port.reset_input_buffer()
        wrong = sum(sent != returned for sent, returned in zip(block, back, strict=False))
        result.returned += len(back)
        result.wrong += wrong
        return not wrong and len(back) == len(block)
