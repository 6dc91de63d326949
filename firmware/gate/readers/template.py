"""Template of a driver, for a reader that is asked by a line and answers by one; how to copy it: README.md beside it.

    gate      ?\\r             is a card there?
    reader    -\\r             none
              =04A1B2C3\\r     one, its UID in hexadecimal
              !\\r             one that could not be read

No such reader exists. Everything else is as in a driver that serves: bytes and ticks in, facts out, nothing kept.
"""

from gate.card import Card
from gate.facts import CardSeen, CardUnreadable, Fact, ReaderFault, ResetLine
from gatelink import codes
from gatelink.ticks import add, diff, sooner

QUESTION = b"?\r"
END, NOBODY, CARD, UNREAD = b"\r-=!"
LINE_MAX_BYTES = 21
UID_DIGITS = (8, 14, 20)  # ISO/IEC 14443-3: a UID has 4, 7 or 10 bytes
HEX = b"0123456789ABCDEF"
ASK_MS = 300  # from an answer to the next question
REPLY_MS = 200
MISSES = 6  # its death is told within MISSES * (ASK_MS + REPLY_MS); travellers are owed that within 5 s
RESET_MS = 100


class Template:
    """One reader on one line."""

    CODE = 15  # in faults; a reader that stays gets a READER_ code of its own in gatelink/codes.py

    def __init__(self, now: int) -> None:
        self._line = bytearray(LINE_MAX_BYTES)
        self._size = 0
        self._spoilt = False  # the line is longer than any answer
        self._facts: "list[Fact]" = []
        self._told = False  # of the card that lies there
        self._asked = False
        self._due = now  # the next question's time; after it, the answer's limit
        self._missed = 0
        self._fault = False
        self._reset_ends: "int | None" = None

    def feed(self, data: "bytes | bytearray | memoryview", now: int) -> "tuple[Fact, ...]":
        """Take what arrived, b"" when only time has passed; the facts that follow. Never raises for any bytes."""
        for byte in data:
            if byte == END:
                self._take(now)
            elif self._size < LINE_MAX_BYTES:
                self._line[self._size] = byte
                self._size += 1
            else:
                self._spoilt = True
        self._let_time_pass(now)
        found = tuple(self._facts)
        self._facts.clear()
        return found

    def bytes_to_send(self, now: int) -> bytes:
        """What the reader is to get now, once."""
        if self._asked or self._reset_ends is not None or diff(now, self._due) < 0:
            return b""
        self._asked, self._due = True, add(now, REPLY_MS)
        return QUESTION

    def deadline(self) -> "int | None":
        """When `feed` or `bytes_to_send` has work again if nothing arrives before."""
        return sooner(self._due, self._reset_ends)

    def busy(self) -> bool:
        """Whether something is on its way that an erase of the flash, 80 ms, would spoil."""
        return self._size > 0

    def _take(self, now: int) -> None:
        """One line is whole."""
        found, kind, spoilt = memoryview(self._line)[1 : self._size], self._line[0], self._spoilt or not self._size
        if self._asked and not spoilt:  # else it answers nothing: noise, or what is left from before a reset
            if kind == CARD and len(found) in UID_DIGITS and all(byte in HEX for byte in found):
                self._say(CardSeen(Card(codes.CARD_UID, bytearray(found)), 0), now)
            elif kind == UNREAD and not found:
                self._say(CardUnreadable(), now)
            elif kind == NOBODY and not found:
                self._say(None, now)
        self._line[:] = bytes(LINE_MAX_BYTES)  # a number does not outlive its answer
        self._size, self._spoilt = 0, False

    def _say(self, fact: "Fact | None", now: int) -> None:
        """An answer that makes sense. A card that goes on lying there is one tap."""
        self._asked, self._due, self._missed = False, add(now, ASK_MS), 0
        if self._fault:
            self._fault = False
            self._facts.append(ReaderFault(codes.FAULT_READER_BACK, 0))
        if fact is not None and not self._told:
            self._facts.append(fact)
        self._told = fact is not None

    def _let_time_pass(self, now: int) -> None:
        if self._reset_ends is not None and diff(now, self._reset_ends) >= 0:
            self._reset_ends = None
            self._facts.append(ResetLine(False))
        if self._asked and diff(now, self._due) >= 0:
            self._asked, self._due, self._missed = False, add(now, ASK_MS), self._missed + 1
            if self._missed >= MISSES:
                self._missed, self._told = 0, False
                if not self._fault:
                    self._fault = True
                    self._facts.append(ReaderFault(codes.FAULT_READER_SILENT, 0))
                self._facts.append(ResetLine(True))
                self._reset_ends = add(now, RESET_MS)


Driver = Template  # what `start` asks every reader's file for
