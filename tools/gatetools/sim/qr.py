"""A QR and bar code module as its serial line shows it: GROW GM60, GM65, GM805, GM812 (manual of the GM812 V1.2.1).

    code        its bytes as they are printed, then the ending that is set, if any
    command     7E 00 | type | length | address, 2 bytes | data | CRC, 2 bytes, or AB CD
    reply       02 00 00 | length | data | CRC
    heartbeat   7E 00 0A 01 00 00 00 30 1A, replied to by 03 00 00 01 00 33 31

CRC-16 with polynomial 1021 and initial value 0, from the type on. Codes and replies share one line, in the order in
which they arise. Pure: bytes and microseconds are arguments.
"""

import binascii
import random
from dataclasses import dataclass

HEAD = b"\x7e\x00"
READ, WRITE, SAVE, HEARTBEAT = 0x07, 0x08, 0x09, 0x0A
ANY_CRC = b"\xab\xcd"
HEARTBEAT_REPLY = bytes.fromhex("03000001003331")
REPLY_US = 200_000  # as long as a module takes
DECODE_US = 50_000  # from the code's coming to its first byte; what is known of it is that it is quick
INTER_BYTE_US = 100_000
REGISTERS = 256
COMMAND_BYTES = 9  # of one with a single byte of data

# How its setting for the ending is called.
ENDINGS = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "tab": b"\t", "none": b""}

FROZEN = "frozen"  # says nothing any more, until it is reset
DAMAGED = "damaged"  # a bit of each message is turned
HALTING = "halting"  # a code stops in its middle for a while
BABBLING = "babbling"  # never stops
FAULTS = (FROZEN, DAMAGED, HALTING, BABBLING)
HALT_US = 120_000
BABBLE = b"U" * 64


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes that the module sends. `card`: the code whose last byte is in them, None for all else."""

    data: bytes
    card: bytes | None = None


def crc(body: bytes) -> bytes:
    """Of a command or reply, from the type on (CRC-16/XMODEM)."""
    return binascii.crc_hqx(body, 0).to_bytes(2, "big")


def reply(data: bytes) -> bytes:
    """A reply with so much data."""
    body = bytes((0, len(data))) + data
    return b"\x02\x00" + body + crc(body)


class Qr:
    """The module with its window. `ending`: one of ENDINGS. `heartbeat`: whether it knows that command.

    `again_us`: after so long a code that is still there is read once more, None = never. `fault`: one of FAULTS or
    None, may be set at any time.
    """

    def __init__(
        self, ending: str = "cr", *, heartbeat: bool = True, again_us: int | None = 1_000_000, seed: int = 0
    ) -> None:
        self.fault: str | None = None
        self.baud = 9600
        self.reading: bytes | None = None  # being decoded at this moment
        self.told_empty = True
        self.answered = 0  # commands that it has replied to
        self.registers = bytearray(REGISTERS)
        self._ending = ENDINGS[ending]
        self._heartbeat = heartbeat
        self._again_us = again_us
        self._chance = random.Random(seed)
        self._input = bytearray()
        self._fed_at_us = 0
        self._shown: bytes | None = None
        self._read_at_us: int | None = None
        self._due: list[tuple[int, Sent]] = []

    # --- the window ---------------------------------------------------------------------------------------

    def place(self, card: bytes) -> None:
        """A code is held before it."""
        self._shown = self.reading = card
        self.told_empty = False
        self._read_at_us = 0  # as soon as time is known

    def remove(self) -> None:
        """It is taken away. What was read is sent all the same."""
        self._shown = self.reading = None
        self.told_empty = True
        self._read_at_us = None

    def power_cycle(self, _now_us: int) -> None:
        """Its supply was off for a moment, or its reset line low."""
        self._input.clear()
        self._due.clear()
        if self.fault == FROZEN:
            self.fault = None

    # --- the serial line ----------------------------------------------------------------------------------

    def feed(self, data: bytes, now_us: int) -> list[Sent]:
        """Take bytes from the host (b"" = only time has passed); what it sends by now."""
        if now_us - self._fed_at_us > INTER_BYTE_US:
            self._input.clear()
        if data:
            self._fed_at_us = now_us
            self._input += data
        self._obey(now_us)
        self._look(now_us)
        if self.fault == FROZEN:
            self._due.clear()
        if self.fault == BABBLING and not self._due:
            self._due.append((now_us + 10 * len(BABBLE) * 1_000_000 // self.baud, Sent(BABBLE)))
        self._due.sort(key=lambda one: one[0])
        ready = [sent for at_us, sent in self._due if at_us <= now_us]
        self._due = self._due[len(ready) :]
        return ready

    def deadline_us(self) -> int | None:
        """When to feed b"" if nothing comes before."""
        times_us = [at_us for at_us, _ in self._due]
        if self._read_at_us is not None:
            times_us.append(self._read_at_us)
        return min(times_us, default=None)

    def _look(self, now_us: int) -> None:
        """Read the code that is there, if it is time."""
        if self._read_at_us is None or self._shown is None:
            return
        if self._read_at_us == 0:
            self._read_at_us = now_us + DECODE_US
        if now_us < self._read_at_us:
            return
        self.reading = None
        self._read_at_us = None if self._again_us is None else now_us + self._again_us
        text = self._spoilt(self._shown + self._ending)
        if self.fault == HALTING:
            half = len(text) // 2
            wire_us = half * 10 * 1_000_000 // self.baud
            self._due += [(now_us, Sent(text[:half])), (now_us + wire_us + HALT_US, Sent(text[half:]))]
        else:
            self._due.append((now_us, Sent(text, self._shown)))

    def _obey(self, now_us: int) -> None:
        buffer = self._input
        while (start := buffer.find(HEAD)) >= 0:
            del buffer[:start]
            if len(buffer) < COMMAND_BYTES or len(buffer) < COMMAND_BYTES - 1 + buffer[3]:
                return
            size = COMMAND_BYTES - 1 + buffer[3]
            body, check = bytes(buffer[2 : size - 2]), bytes(buffer[size - 2 : size])
            del buffer[:size]
            answer = self._answer(body) if check in (crc(body), ANY_CRC) else None
            if answer is not None:
                self.answered += 1
                self._due.append((now_us + REPLY_US, Sent(self._spoilt(answer))))

    def _answer(self, body: bytes) -> bytes | None:
        kind, size, address, data = body[0], body[1], int.from_bytes(body[2:4], "big"), body[4:]
        if kind == HEARTBEAT:
            return HEARTBEAT_REPLY if self._heartbeat else None
        if kind == SAVE:
            return reply(b"\x00")
        if address + max(size, data[0] if kind == READ else 0) > REGISTERS:
            return None
        if kind == WRITE:
            self.registers[address : address + size] = data
            return reply(b"\x00")
        if kind == READ:
            return reply(bytes(self.registers[address : address + data[0]]))
        return None

    def _spoilt(self, data: bytes) -> bytes:
        if self.fault != DAMAGED or not data:
            return data
        at = self._chance.randrange(len(data))
        return data[:at] + bytes((data[at] ^ 1 << self._chance.randrange(8),)) + data[at + 1 :]
