"""Proof of a serial port with a jumper between TX and RX: what goes out must come back, at every baud rate."""

import random
import time
from dataclasses import dataclass, field

import serial
from gatehouse.ports import plain_reason

BAUDS = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
PROBE_BYTES = 32  # about a small frame of the link
BLOCK_BYTES = 256
ANSWER_S = 1.0  # beyond the wire time; USB bridges hold bytes back for up to 16 ms
PROBES_MAX = 400


class PortUnusable(Exception):
    """The port cannot be opened or broke; the text says why."""


@dataclass(slots=True)
class Result:
    """What one baud rate came to. `refused`: the port does not do this rate; then nothing else counts."""

    baud: int
    refused: bool = False
    sent: int = 0
    returned: int = 0
    wrong: int = 0  # bytes that came back changed
    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)

    @property
    def missing(self) -> int:
        return max(0, self.sent - self.returned)

    @property
    def sound(self) -> bool:
        return self.refused or (self.sent > 0 and not self.missing and not self.wrong)

    @property
    def bytes_per_s(self) -> float:
        return self.returned / self.seconds if self.seconds > 0 else 0.0


class Loopback:
    """One open port. Use as a context manager; PortUnusable if it cannot be opened."""

    def __init__(self, url: str, seed: int = 1) -> None:
        self._url = url
        self._chance = random.Random(seed)

    def __enter__(self) -> "Loopback":
        try:
            self._port = serial.serial_for_url(self._url, baudrate=BAUDS[0], timeout=0, write_timeout=5)
        except (serial.SerialException, OSError, ValueError) as failure:
            raise PortUnusable(f"{self._url}: {plain_reason(failure)}") from None
        return self

    def __exit__(self, *_: object) -> None:
        self._port.close()

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
        except (serial.SerialException, OSError) as failure:
            raise PortUnusable(f"{self._url} at {baud} Bd: {plain_reason(failure)}") from None
        return result

    def _probe(self, result: Result, seconds: float) -> None:
        """Single blocks, one at a time: how long each takes to come back."""
        ends_at = time.monotonic() + seconds
        while (time.monotonic() < ends_at or not result.sent) and len(result.latencies_ms) < PROBES_MAX:
            started = time.monotonic()
            if self._exchange(PROBE_BYTES, result, started):
                result.latencies_ms.append((time.monotonic() - started) * 1000)
            elif not result.returned:
                return  # nothing is connected: more of it proves nothing more

    def _stream(self, result: Result, seconds: float) -> None:
        """Blocks back to back: how much gets through."""
        sent, returned = result.sent, result.returned
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            if not self._exchange(BLOCK_BYTES, result, time.monotonic()):
                break
        result.seconds = time.monotonic() - started
        # Throughput counts this part only; totals count both.
        result.seconds *= result.returned / (result.returned - returned) if result.sent > sent else 1

    def _exchange(self, size: int, result: Result, started: float) -> bool:
        """Send a block and take it back; whether it came back whole and unchanged."""
        block = self._chance.randbytes(size)
        self._port.write(block)
        result.sent += size
        back = self._take_back(size, started + ANSWER_S + size * 10 / result.baud)
        result.returned += len(back)
        wrong = sum(a != b for a, b in zip(block, back, strict=False))
        result.wrong += wrong
        if len(back) < size:
            self._port.reset_input_buffer()
        return not wrong and len(back) == size

    def _take_back(self, size: int, until: float) -> bytes:
        back = bytearray()
        while len(back) < size:
            self._port.timeout = max(0.0, until - time.monotonic())
            data = self._port.read(max(1, min(self._port.in_waiting, size - len(back))))
            if not data:
                break
            back += data
        return bytes(back)
