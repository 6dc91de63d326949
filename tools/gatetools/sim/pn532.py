"""A PN532 as its UART shows it (UM0701-02; frames as in public driver sources), and its known ways to freeze.

    frame     00 00 FF LEN LCS TFI data .. DCS 00      LEN + LCS = 0, TFI + data + DCS = 0, modulo 256
    ACK       00 00 FF 00 FF 00

Pure: bytes and microseconds are arguments. It sleeps until it is woken, and looks for cards of type A only.
"""

import random
from dataclasses import dataclass

ACK = bytes.fromhex("0000ff00ff00")
NOT_UNDERSTOOD = bytes.fromhex("0000ff01ff7f8100")
START = b"\x00\xff"
TO_CHIP, FROM_CHIP = 0xD4, 0xD5
WAKE = b"\x55\x55" + bytes(10)  # what the model wants at least; hosts send two to five zeros more
BUFFER_MAX_BYTES = 300
NO_LIMIT = 0xFF

ASK_FIRMWARE = 0x02
CONFIGURE_SAM = 0x14
CONFIGURE_RF = 0x32
LIST_TARGETS = 0x4A
FIRMWARE = bytes.fromhex("32010607")  # PN532, version 1.6, supports types A and B and ISO 18092
FIELD, RETRIES = 1, 5

ACK_US = 500
WORK_US = 1_000
LOOK_US = 5_000  # for each try to find a card
STARTING_US = 10_000  # after the reset line was released; the data sheet's figure could not be confirmed

# Faults. HUNG and FROZEN last until the reset line has been active, DEAF until the chip is woken.
DEAF = "deaf"  # it has lost its power for a moment and sleeps
HUNG = "hung"  # it acknowledges every command and answers none
FROZEN = "frozen"  # it says nothing at all
GARBLED = "garbled"  # a byte of each of its replies is wrong
REPEATING = "repeating"  # before an acknowledgement comes the last reply with a card once more
DEAD = "dead"  # it says nothing, whatever is done
FAULTS = (DEAF, HUNG, FROZEN, GARBLED, REPEATING, DEAD)


@dataclass(frozen=True, slots=True, repr=False)
class Tag:
    """A card without a number. uid: 4, 7 or 10 bytes. ats: what an ISO-DEP card adds, without its length byte."""

    uid: bytes
    ats: bytes = b""


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """Bytes to send. `card`: the card whose UID they carry, None for all else."""

    data: bytes
    card: Tag | None = None


def frame(data: bytes) -> bytes:
    """A reply, extended where it is long."""
    body = bytes((FROM_CHIP,)) + data
    size = len(body)
    head = bytes((size & 0xFF, -size & 0xFF))
    if size > 0xFF:
        high, low = divmod(size, 256)
        head = bytes((0xFF, 0xFF, high, low, -(high + low) & 0xFF))
    return b"\x00" + START + head + body + bytes((-sum(body) & 0xFF, 0))


class Pn532:
    """The chip with its antenna. `fault`: one of FAULTS or None, may be set at any time."""

    def __init__(self, seed: int = 0) -> None:
        self.baud = 115200
        self.reading: Tag | None = None  # a look takes milliseconds: nobody sees it
        self.told_empty = False  # the host has been told, since the last card came, that the field is empty
        self._fault: str | None = None
        self._chance = random.Random(seed)
        self._card: Tag | None = None
        self._seen = b""  # the last reply with a card
        self._input = bytearray()
        self._held = False
        self._starts_at_us = 0
        self._sleep()

    @property
    def fault(self) -> str | None:
        """What is wrong with it."""
        return self._fault

    @fault.setter
    def fault(self, fault: str | None) -> None:
        self._fault = fault
        if fault == DEAF:
            self._sleep()

    def _sleep(self) -> None:
        self._awake = self._configured = self._listed = False
        self._retries = NO_LIMIT
        self._input.clear()
        self._due: list[tuple[int, Said]] = []
        self._looking = False

    # --- antenna and reset line ---------------------------------------------------------------------------

    def place(self, card: Tag) -> None:
        """A card comes into the field; one that lies there already is replaced."""
        self._card, self._listed, self.told_empty = card, False, False

    def remove(self) -> None:
        """The card leaves the field."""
        self._card, self._listed = None, False

    def reset(self, now_us: int, *, active: bool) -> None:
        """The reset line: while it is active nothing runs, and afterwards everything begins anew."""
        if self._held and not active:
            self._starts_at_us = now_us + STARTING_US
        self._held = active
        self._sleep()
        if self._fault in {HUNG, FROZEN, DEAF}:
            self._fault = None

    def power_cycle(self, now_us: int) -> None:
        """Its power goes and comes back, which does to it what the reset line does."""
        self.reset(now_us, active=True)
        self.reset(now_us, active=False)

    # --- the serial line ----------------------------------------------------------------------------------

    def feed(self, data: bytes, now_us: int) -> list[Said]:
        """Take bytes from the host (b"" = only time has passed); what is due now."""
        if self._held or now_us < self._starts_at_us or self._fault in {FROZEN, DEAD}:
            self._input.clear()
            self._due.clear()
            return []
        self._input += data
        if not self._awake:
            self._wake()
        while self._awake and (command := self._next_command()) is not None:
            self._take(command, now_us)
        if self._looking and self._card is not None:  # without a limit it has looked all the time
            self._looking = False
            self._say(self._found(), now_us + LOOK_US, self._card)
        said = [what for at_us, what in self._due if at_us <= now_us]
        self._due = [(at_us, what) for at_us, what in self._due if at_us > now_us]
        return said

    def deadline_us(self) -> int | None:
        """When to feed b"" if nothing comes before."""
        return min((at_us for at_us, _ in self._due), default=None)

    def _wake(self) -> None:
        at = self._input.find(WAKE)
        if at < 0:
            del self._input[: -len(WAKE)]
            return
        del self._input[: at + len(WAKE)]
        self._awake = True
        if self._fault == DEAF:
            self._fault = None

    def _next_command(self) -> bytes | None:
        """The next whole frame's code and data; ACK for an abort, b"" for a frame that is none."""
        buffer = self._input
        start = buffer.find(START)
        if start < 0:
            del buffer[: max(0, len(buffer) - 1)]
            return None
        del buffer[:start]
        if len(buffer) < 4:
            return None
        size, check = buffer[2], buffer[3]
        if (size, check) == (0, 0xFF):
            del buffer[:4]
            return ACK
        if size == 0 or (size + check) & 0xFF:
            del buffer[:2]
            return b""
        if len(buffer) < 5 + size:
            return None
        body = bytes(buffer[4 : 5 + size])
        del buffer[: 5 + size]
        return body[1:-1] if body[0] == TO_CHIP and size > 1 and not sum(body) & 0xFF else b""

    def _take(self, command: bytes, now_us: int) -> None:
        # A new command ends what went on, and an ACK does nothing but that.
        self._due.clear()
        self._looking = False
        if command in {ACK, b""}:
            return
        code = command[0]
        if not self._configured and code != CONFIGURE_SAM:
            return  # in its low battery mode it waits for that one
        if self._fault == REPEATING and self._seen:
            self._due.append((now_us, Said(self._seen)))
        self._due.append((now_us + ACK_US, Said(ACK)))
        if self._fault != HUNG:
            self._answer(code, command[1:], now_us + ACK_US)

    def _answer(self, code: int, data: bytes, now_us: int) -> None:
        if code == CONFIGURE_SAM and data[:1] == b"\x01":
            self._configured = True
            self._say(b"\x15", now_us + WORK_US)
        elif code == ASK_FIRMWARE and not data:
            self._say(b"\x03" + FIRMWARE, now_us + WORK_US)
        elif code == CONFIGURE_RF and data[:1] == bytes((RETRIES,)) and len(data) == 4:
            self._retries = data[3]
            self._say(b"\x33", now_us + WORK_US)
        elif code == CONFIGURE_RF and data[:1] == bytes((FIELD,)) and len(data) == 2:
            self._listed = self._listed and bool(data[1] & 1)
            self._say(b"\x33", now_us + WORK_US)
        elif code == LIST_TARGETS and data == b"\x01\x00":
            self._look(now_us)
        else:
            self._due.append((now_us + WORK_US, Said(NOT_UNDERSTOOD)))

    def _look(self, now_us: int) -> None:
        """A card that was listed and has kept its field does not answer again."""
        if self._card is not None and not self._listed:
            self._say(self._found(), now_us + LOOK_US, self._card)
        elif self._retries == NO_LIMIT:
            self._looking = self._card is None
        else:
            self.told_empty = self._card is None
            self._say(b"\x4b\x00", now_us + LOOK_US * (self._retries + 1))

    def _found(self) -> bytes:
        card = self._card
        if card is None:
            return b"\x4b\x00"
        self._listed = True
        ats = bytes((len(card.ats) + 1,)) + card.ats if card.ats else b""
        kind = (0x00, 0x04, 0x20 if ats else 0x08, len(card.uid))
        return bytes((LIST_TARGETS + 1, 1, 1, *kind)) + card.uid + ats

    def _say(self, data: bytes, at_us: int, card: Tag | None = None) -> None:
        reply = frame(data)
        if card is not None:
            self._seen = reply
        if self._fault == GARBLED:
            place = self._chance.randrange(3, len(reply) - 1)
            reply, card = reply[:place] + bytes((reply[place] ^ 0x5A,)) + reply[place + 1 :], None
        self._due.append((at_us, Said(reply, card)))
