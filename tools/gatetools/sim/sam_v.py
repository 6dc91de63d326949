"""A SAM_V card module as its serial line shows it (GA 467; frames as in public driver sources).

    request   AA AA AA 96 69 | length, 2 bytes | CMD PARA           | XOR from the length on
    reply     AA AA AA 96 69 | length, 2 bytes | 00 00 STATUS data  | XOR from the length on

Pure: bytes and microseconds are arguments. It answers requests in their order and knows nothing of who asks.
"""

import random
from collections import deque
from dataclasses import dataclass
from functools import reduce
from operator import xor

from gatetools.sim.cards import Card

PREAMBLE = b"\xaa\xaa\xaa\x96\x69"
REQUEST_MAX_BYTES = 64  # no request with data is known
INTER_BYTE_US = 100_000  # a request that stops in the middle is forgotten after this

# Status byte SW3 of a reply.
OK = 0x90
FOUND = 0x9F
EMPTY = 0x91
BAD_CHECKSUM = 0x10
BAD_LENGTH = 0x11
BAD_COMMAND = 0x21
READ_FAILED = 0x41
SELF_TEST_FAILED = 0x60
UNLICENSED = 0x66
NO_CARD = 0x80
SELECT_FAILED = 0x81

# Requests, CMD and PARA as one number.
RESET = 0x10FF
STATUS = 0x11FF
READ_SAM_ID = 0x12FF
FIND = 0x2001
SELECT = 0x2002
READ_BASE = 0x3001
READ_WITH_FINGERPRINT = 0x3010
READ_ADDRESS = 0x3003
BAUDS = {0x6000: 115200, 0x6001: 57600, 0x6002: 38400, 0x6003: 19200, 0x6004: 9600}

POWER_UP_US = 1_500_000  # before the first command, in a public driver
# What a module gives as identity and serial number of a card: zeros in every published dump. One that tells the real
# ones has not been seen; these are made up.
IIN = bytes.fromhex("01020304")
SERIAL = bytes.fromhex("1122334455667788")

SAM_ID = bytes.fromhex("05000100D5AF340187D61200B1CB7400")

# Faults: what a broken module does with each reply.
SILENT = "silent"
FROZEN = "frozen"  # as silent, until it is reset or loses its power
STUCK = "stuck"  # its status is good, and it finds nothing any more and says nothing of that
DAMAGED = "damaged"  # every reply has a wrong byte
GARBAGE = "garbage"
WRONG_CHECKSUM = "wrong checksum"
TRUNCATED = "truncated"
NOT_LICENSED = "unlicensed"
FAILED_SELF_TEST = "self-test failed"
FAULTS = (SILENT, FROZEN, STUCK, DAMAGED, GARBAGE, WRONG_CHECKSUM, TRUNCATED, NOT_LICENSED, FAILED_SELF_TEST)


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """Bytes to send. `card`: the card whose number a sound base read carries, None for all else."""

    data: bytes
    card: Card | None = None


def frame(status: int, data: bytes = b"") -> bytes:
    """A reply frame."""
    body = (len(data) + 4).to_bytes(2, "big") + bytes((0, 0, status)) + data
    return PREAMBLE + body + bytes((reduce(xor, body),))


class SamV:
    """The module with its antenna. `read_us`: how long reading a card over the air takes.

    `fault`: one of FAULTS or None, may be set at any time. `baud` changes when a host asks for it. `keeps_baud`: over
    a loss of power too; whether real ones do is not known. `tells_identity`: find and select give the card's own.
    """

    def __init__(self, read_us: int = 100_000, seed: int = 0, *, tells_identity: bool = False) -> None:
        self.fault: str | None = None
        self.baud = 115200
        self.keeps_baud = True
        self.tells_identity = tells_identity
        self.reading: Card | None = None  # being read over the air at this moment
        self.told_empty = False  # the host has been told, since the last card came, that the field is empty
        self._read_us = read_us
        self._chance = random.Random(seed)
        self._input = bytearray()
        self._fed_at_us = 0
        self._card: Card | None = None
        self._used = False  # read, well or badly: not found again before it leaves the field
        self._found = False
        self._selected = False
        self._waiting: deque[int] = deque()
        self._read_done_at_us: int | None = None
        self._awake_at_us = 0

    def power_cycle(self, now_us: int) -> None:
        """Its power goes and comes back: everything it knew is gone, and it hears nothing for a while."""
        self._input.clear()
        self._waiting.clear()
        self._read_done_at_us = self.reading = None
        self._used = self._found = self._selected = False
        self._awake_at_us = now_us + POWER_UP_US
        if self.fault == FROZEN:
            self.fault = None
        if not self.keeps_baud:
            self.baud = 115200

    # --- the antenna --------------------------------------------------------------------------------------

    def place(self, card: Card) -> None:
        """A card comes into the field; one that lies there already is replaced."""
        self.remove()
        self._card = card
        self.told_empty = False

    def remove(self) -> None:
        """The card leaves the field. A read that is under way fails."""
        self._card = None
        self._used = self._found = self._selected = False

    # --- the serial line ----------------------------------------------------------------------------------

    def feed(self, data: bytes, now_us: int) -> list[Reply]:
        """Take bytes from the host (b"" = only time has passed); the replies that are due now."""
        if now_us < self._awake_at_us:
            return []
        if now_us - self._fed_at_us > INTER_BYTE_US:
            self._input.clear()
        if data:
            self._fed_at_us = now_us
            self._input += data
        replies: list[Reply] = []
        while (request := self._next_request()) is not None:
            self._waiting.append(request)
        if self._read_done_at_us is not None and now_us >= self._read_done_at_us:
            self._read_done_at_us = None
            replies += self._spoilt(self._end_of_read())
        while self._waiting and self._read_done_at_us is None:
            reply = self._answer(self._waiting.popleft(), now_us)
            if reply is not None:
                replies += self._spoilt(reply)
        return replies

    def deadline_us(self) -> int | None:
        """When to feed b"" if nothing comes before."""
        return self._read_done_at_us

    def _next_request(self) -> int | None:
        """The next whole request: CMD PARA as one number, or a status below 0x100 if it is a bad one."""
        buffer = self._input
        start = buffer.find(PREAMBLE)
        if start < 0:
            # Keep what may be the beginning of a preamble.
            del buffer[: max(0, len(buffer) - len(PREAMBLE) + 1)]
            return None
        del buffer[:start]
        if len(buffer) < 7:
            return None
        length = int.from_bytes(buffer[5:7], "big")
        if not 3 <= length <= REQUEST_MAX_BYTES:
            del buffer[:7]
            return BAD_LENGTH
        if len(buffer) < 7 + length:
            return None
        body = bytes(buffer[5 : 7 + length])
        del buffer[: 7 + length]
        if reduce(xor, body) != 0:
            return BAD_CHECKSUM
        return int.from_bytes(body[2:4], "big") if length == 3 else BAD_COMMAND

    def _answer(self, request: int, now_us: int) -> Reply | None:
        """The reply, None while a card is being read over the air."""
        if self.fault in (NOT_LICENSED, FAILED_SELF_TEST):
            return Reply(frame(UNLICENSED if self.fault == NOT_LICENSED else SELF_TEST_FAILED))
        if self.fault == FROZEN:
            if request != RESET:
                return None
            self.fault = None
        if self.fault == STUCK and request not in (RESET, STATUS):
            return None
        if request < 0x100:
            return Reply(frame(request))
        if request in BAUDS:
            self.baud = BAUDS[request]
            return Reply(frame(OK))
        if request in (READ_BASE, READ_WITH_FINGERPRINT):
            return self._begin_read(request, now_us)
        simple = {RESET: self._reset, STATUS: self._status, FIND: self._find, SELECT: self._select}
        if request in simple:
            return Reply(simple[request]())
        if request == READ_SAM_ID:
            return Reply(frame(OK, SAM_ID))
        if request == READ_ADDRESS:
            return Reply(frame(EMPTY if self._card is not None and (self._used or self._selected) else BAD_COMMAND))
        return Reply(frame(BAD_COMMAND))

    def _reset(self) -> bytes:
        self._found = self._selected = False
        return frame(OK)

    def _status(self) -> bytes:
        return frame(OK)

    def _find(self) -> bytes:
        self._selected = False
        self._found = self._card is not None and not self._used
        self.told_empty = self._card is None
        return frame(FOUND, IIN if self.tells_identity else bytes(4)) if self._found else frame(NO_CARD)

    def _select(self) -> bytes:
        if not self._found or self._card is None:
            return frame(SELECT_FAILED)
        self._found, self._selected = False, True
        return frame(OK, SERIAL if self.tells_identity else bytes(8))

    def _begin_read(self, request: int, now_us: int) -> Reply | None:
        if not self._selected or self._card is None:
            self._used = self._card is not None
            return Reply(frame(READ_FAILED))
        self.reading = self._card
        self._fingerprint = request == READ_WITH_FINGERPRINT
        self._used, self._selected = True, False
        self._read_done_at_us = now_us + self._read_us
        return None

    def _end_of_read(self) -> Reply:
        card, self.reading = self.reading, None
        if card is None or card is not self._card:
            return Reply(frame(READ_FAILED))
        sizes = len(card.text).to_bytes(2, "big") + len(card.photo).to_bytes(2, "big")
        if self._fingerprint:
            sizes += bytes(2)
        return Reply(frame(OK, sizes + card.text + card.photo), card)

    def _spoilt(self, reply: Reply) -> list[Reply]:
        """What a module with this fault sends instead."""
        data = reply.data
        if self.fault == SILENT:
            return []
        if self.fault == GARBAGE:
            return [Reply(self._chance.randbytes(len(data)))]
        if self.fault == DAMAGED:
            at = self._chance.randrange(len(data))
            return [Reply(data[:at] + bytes((data[at] ^ 1 + self._chance.randrange(255),)) + data[at + 1 :])]
        if self.fault == WRONG_CHECKSUM:
            return [Reply(data[:-1] + bytes((data[-1] ^ 0x5A,)))]
        if self.fault == TRUNCATED:
            return [Reply(data[: len(data) // 2])]
        return [reply]
