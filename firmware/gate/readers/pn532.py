"""Driver of a PN532 on its UART (HSU): UIDs of type A cards of staff and visitors. No port, no clock.

A UID proves nothing: whoever has held a card to a telephone can copy it. What it may do is the gatehouse's setting.
An ID card is of type B and not seen here.

The chip is known to freeze in several ways. Whatever fails is answered by the same steps: an ACK aborts, the chip is
woken and set up anew; where that fails again, the reset line. Frames and states are in `pn532_frames`, `pn532_table`.
"""

import hashlib

from gate.card import Card
from gate.facts import CardSeen, CardUnreadable, Fact, ReaderFault, ResetLine
from gate.readers import pn532_table as t
from gate.readers.pn532_frames import ACK, ACKNOWLEDGED, FROM_CHIP, NOTHING, START, WHOLE, Frames
from gatelink import codes
from gatelink.ticks import add, diff

# 55 55 and zeros wake the chip while its UART sleeps (UM0701-02, section 7.2.11); how many differs among the public
# drivers, twelve to fifteen zeros all work.
WAKE = b"\x55\x55" + bytes(14)
# state -> (bytes, code of the reply, from where on its kept bytes are given, those bytes)
COMMANDS = {
    t.S_WAKING: (WAKE + START + b"\x03\xfd\xd4\x14\x01\x17\x00", 0x15, b""),  # SAMConfiguration: normal mode, no SAM
    t.S_ASKING: (START + b"\x02\xfe\xd4\x02\x2a\x00", 0x03, b"\x32"),  # GetFirmwareVersion: the IC is a PN532
    # Without it the chip looks for a card for ever: two tries, about as long as one look of the loop.
    t.S_SETTING: (START + b"\x06\xfa\xd4\x32\x05\xff\x01\x01\xf4\x00", 0x33, b""),
    t.S_LISTING: (START + b"\x04\xfc\xd4\x4a\x01\x00\xe1\x00", 0x4B, b""),  # one target, 106 kbit/s type A
    # A card that has lost the field is found again; one that was listed and kept it may not be.
    t.S_SILENCING: (START + b"\x04\xfc\xd4\x32\x01\x00\xf9\x00", 0x33, b""),
}
ACK_MS = 100  # UM0701-02 says 15 ms at most; a pass of the loop may be late
REPLY_MS = 400
REST_MS = 100  # between two looks for a card
ABORT_MS = 30  # public drivers found the chip deaf right after an abort
# What the data sheet wants could not be confirmed: these are what users of the line found to work.
RESET_MS = 100
START_MS = 200
FAILURES_MAX = 3
EMPTY_LOOKS = 2  # a card at the edge of the field is missed now and then, and has not gone
CARDS_MAX = 4  # remembered until the field is empty: of a purse with several cards each is told once

UID_AT = 8
UID_BYTES = (4, 7, 10)
RANDOM = 0x08  # first byte of a UID of 4 that is drawn anew each time (ISO/IEC 14443-3): telephones, some passports
HEX = b"0123456789ABCDEF"


class Pn532:
    """One chip on one line."""

    CODE = codes.READER_PN532

    def __init__(self, now: int) -> None:
        self._frames = Frames()
        self._facts: "list[Fact]" = []
        self._failures = 0
        self._is_lost = False
        self._empty_looks = 0
        self._cards: "list[bytes]" = []  # digests of what was told since the field was empty
        self._told_unreadable = False
        self._now = now
        self._enter(t.S_WAKING)

    # --- for the program around ---------------------------------------------------------------------------

    def feed(self, data: "bytes | bytearray | memoryview", now: int) -> "tuple[Fact, ...]":
        """Take what arrived, b"" when only time has passed; the facts that follow. Never raises for any bytes."""
        self._now = now
        frames = self._frames
        at = 0
        while at < len(data):
            at = frames.take(data, at)
            if frames.outcome != NOTHING:
                self._take_frame()
        if not self._request and diff(now, self._due) >= 0:
            if self._state in COMMANDS:
                self._fail()
            else:
                self._fire(t.E_TIME_UP)
        if not self._facts:
            return ()
        found = tuple(self._facts)
        self._facts.clear()
        return found

    def bytes_to_send(self, now: int) -> bytes:
        """The command that is due, once; the time limit of its ACK starts here."""
        request = self._request
        if request:
            self._frames.reset()  # what came before is no part of its reply
            self._request = b""
            self._due = add(now, ACK_MS if self._state in COMMANDS else ABORT_MS)
        return request

    def deadline(self) -> int:
        """When `feed` has work again if nothing arrives before."""
        return self._due

    def busy(self) -> bool:
        """Whether a reply is on its way: a flash erase now would cost bytes of it."""
        return self._state in COMMANDS and not self._request

    # --- replies ------------------------------------------------------------------------------------------

    def _take_frame(self) -> None:
        frames = self._frames
        # What comes unasked, or before the acknowledgement of what was asked, is the late reply to something before.
        if self._state in COMMANDS and not self._request:
            if frames.outcome == ACKNOWLEDGED:
                if not self._acknowledged:
                    self._acknowledged = True
                    self._due = add(self._now, REPLY_MS)
            elif self._acknowledged:
                self._judge(frames.kept)
        if frames.outcome == WHOLE:
            frames.reset()

    def _judge(self, kept: bytearray) -> None:
        """What a frame is in this state; a whole one may be the answer to something else, and nothing then."""
        _, code, wanted = COMMANDS[self._state]
        if self._frames.outcome != WHOLE or kept[0] != FROM_CHIP:  # 7F: it did not understand
            self._fail()
        elif self._frames.length >= 2 and kept[1] == code:
            if kept[2 : 2 + len(wanted)] == wanted:
                self._fire(t.E_OK)
            else:
                self._fail()

    def _fail(self) -> None:
        self._failures += 1
        self._fire(t.E_DEAD if self._failures >= FAILURES_MAX else t.E_FAILED)

    # --- the machine --------------------------------------------------------------------------------------

    def _fire(self, event: int) -> None:
        cell = t.TABLE.get(self._state | event)
        if cell is None:
            return
        action = self.ACTIONS[cell >> 4]
        if action is not None:
            action(self)
        self._enter(cell & 0x0F)

    def _enter(self, state: int) -> None:
        self._state = state
        self._acknowledged = False
        self._request = b""
        wait_ms = 0
        if state in COMMANDS:
            self._request = COMMANDS[state][0]
        elif state == t.S_ABORTING:
            self._request = ACK
        else:
            wait_ms = REST_MS if state == t.S_RESTING else RESET_MS if state == t.S_RESETTING else START_MS
        self._due = add(self._now, wait_ms)

    # --- actions ------------------------------------------------------------------------------------------

    def _listed(self) -> None:
        self._failures = 0
        if self._is_lost:
            self._is_lost = False
            self._facts.append(ReaderFault(codes.FAULT_READER_BACK, 0))
        kept, length = self._frames.kept, self._frames.length
        if length == 3 and kept[2] == 0:
            self._empty_looks += 1
            if self._empty_looks >= EMPTY_LOOKS:
                self._cards.clear()
                self._told_unreadable = False
            return
        self._empty_looks = 0
        size = kept[UID_AT - 1]
        end = UID_AT + size
        # A target without ATS ends with its UID; an ATS says how long it is, its first byte included.
        if kept[2] != 1 or size not in UID_BYTES or (length != end and (length < end or length != end + kept[end])):
            self._say_unreadable(codes.REASON_CARD_UNREADABLE)
        elif size == 4 and kept[UID_AT] == RANDOM:
            self._say_unreadable(codes.REASON_CARD_KIND_UNSUPPORTED)
        else:
            self._say_card(memoryview(kept)[UID_AT:end])

    def _say_card(self, uid: memoryview) -> None:
        digest = hashlib.sha256(uid).digest()[:8]
        if digest in self._cards:
            return
        if len(self._cards) == CARDS_MAX:
            self._cards.pop(0)
        self._cards.append(digest)
        number = bytearray(2 * len(uid))
        for place in range(len(uid)):
            number[2 * place] = HEX[uid[place] >> 4]
            number[2 * place + 1] = HEX[uid[place] & 0x0F]
        self._facts.append(CardSeen(Card(codes.CARD_UID, number), 0))

    def _say_unreadable(self, reason: int) -> None:
        if not self._told_unreadable:
            self._told_unreadable = True
            self._facts.append(CardUnreadable(reason))

    def _reset(self) -> None:
        self._failures = 0
        if not self._is_lost:
            self._is_lost = True
            self._facts.append(ReaderFault(codes.FAULT_READER_SILENT, 0))
        self._facts.append(ResetLine(True))

    def _start(self) -> None:
        self._facts.append(ResetLine(False))

    # Indexed by the A_ codes, shifted.
    ACTIONS = (None, _listed, _reset, _start)


Driver = Pn532  # what `start` asks every reader's file for
