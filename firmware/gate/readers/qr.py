"""Driver of a QR or bar code module, GROW GM60, GM65, GM805 or GM812: bytes and time in, codes and faults out.

A code is a question to the gatehouse and nothing else: it is copied, compared and overwritten here, never read as
anything. The module is never configured from here: its replies and the codes come on one line, and a code could
say whatever a reply says. The only command is the heartbeat, whose reply decides nothing but that it is alive.

What silence means is learnt: a module that has answered a heartbeat once is dead when it stops. One that never did
looks the same idle, dead and unplugged, and nothing is said of it. A reply counts only while one is awaited: at any
other time its bytes are what somebody shows.

Which silence ends a code is learnt too: once a module has sent an ending, what pauses without one is a piece of a code
and none, and so is what follows within SAME_MS. Several such pieces in a row are codes of a module without an ending.

The GM67 speaks another protocol and needs another driver.
"""

import hashlib

from gate.card import Card
from gate.facts import CardSeen, CardUnreadable, Fact, ReaderFault, ResetLine, Tick
from gate.readers import qr_codes
from gate.readers.qr_codes import Codes
from gatelink import codes
from gatelink.ticks import add, diff, sooner

BAUD = 9600  # factory rate, 8N1
PAUSE_MS = 50  # so long a silence ends a code whatever the module's ending is
SAME_MS = 2000  # the same code again within this, counted from the last time: it is still held there
PIECES_MAX = 3  # so many without an ending may come in a row from a module that sends one
BABBLE_BYTES = 8192  # a QR code holds 7089 characters at most (ISO/IEC 18004): a line that says more is broken

# The maker asks for a heartbeat each 10 s. Of a module that answers, death is told within 5 s of its last word:
# ALIVE_MS and MISSES times REPLY_MS.
HEARTBEAT = b"\x7e\x00\x0a\x01\x00\x00\x00\x30\x1a"
REPLY_MS = 500  # modules take about 200 ms
MISSES = 3
ALIVE_MS = 3000
MUTE_MS = 10000
RESET_MS = 200
# A module without a heartbeat may answer the command by something else, or the reply be damaged. That is no code:
# codes are text, replies hold zeros.
REPLIES_MAX_BYTES = 16

SILENT = 0
BABBLES = 1  # details of FAULT_READER_SILENT


class Qr:
    """One module on one line."""

    CODE = codes.READER_QR
    heard = True  # False where a sign listens at the gate's end of the line instead: a heartbeat would be noise to it

    def __init__(self, now: int) -> None:
        self._codes = Codes()
        self._facts: "list[Fact]" = []
        self._burst_bytes = 0  # since the last pause
        self._heard_at = now
        self._same = b""  # digest of the code shown last
        self._same_until = now
        self._pieces = 0  # so many more are none; 0 if no ending is known
        self._rest = False  # of a code that paused may come until _same_until
        self._answers = False
        self._missed = 0
        self._awaiting = False  # a reply, until _due
        self._due = now  # of the next heartbeat, or of the reply
        self._fault = False
        self._reset_ends: "int | None" = None

    # --- for the program around ---------------------------------------------------------------------------

    def feed(self, data: "bytes | bytearray | memoryview", now: int) -> "tuple[Fact, ...]":
        """Take what arrived, b"" when only time has passed; the facts that follow. Never raises for any bytes."""
        if self._burst_bytes and diff(now, self._heard_at) >= PAUSE_MS:
            self._pause(now, seen=not data)
        if data:
            self._hear(data, now)
        self._let_time_pass(now)
        if not self._facts:
            return ()
        found = tuple(self._facts)
        self._facts.clear()
        return found

    def bytes_to_send(self, now: int) -> bytes:
        """The heartbeat when it is due, once, and never into a code; the time limit of its reply starts here."""
        if not self.heard or self._awaiting or self._burst_bytes or self._reset_ends is not None:
            return b""
        if diff(now, self._due) < 0:
            return b""
        self._awaiting = True
        self._due = add(now, REPLY_MS)
        return HEARTBEAT

    def deadline(self) -> "int | None":
        """When `feed` has work again if nothing arrives before."""
        pause = add(self._heard_at, PAUSE_MS) if self._burst_bytes else None
        due = self._due if self._awaiting or (self.heard and not self._burst_bytes) else None
        same = self._same_until if self._same or self._rest else None
        return sooner(sooner(pause, due), sooner(self._reset_ends, same))

    def busy(self) -> bool:
        """Whether a code is on its way: a flash erase now would hide the pause behind it."""
        return self._codes.is_inside()

    # --- bytes --------------------------------------------------------------------------------------------

    def _hear(self, data: "bytes | bytearray | memoryview", now: int) -> None:
        self._heard_at = now
        self._burst_bytes = min(self._burst_bytes + len(data), BABBLE_BYTES + 1)
        at = 0
        while at < len(data):
            at = self._codes.take(data, at)
            self._take(now)
        if self._burst_bytes > BABBLE_BYTES and (not self._fault or diff(now, self._due) >= 0):
            self._say_fault(BABBLES, now)

    def _pause(self, now: int, seen: bool) -> None:
        """The line was silent. Not `seen`: this program was away, and bytes came, so nobody knows where it paused.

        What may be the halves of two codes is then none, up to a pause that is seen; whoever shows one is asked to
        show it again.
        """
        found = self._codes
        if not seen:
            if found.is_inside():
                self._facts.append(CardUnreadable())
            found.drop()
            return
        last = found.last
        if self._is_noise(found.kept()):
            found.drop()
            last = qr_codes.NOTHING
        found.pause()
        if last == qr_codes.ENDED:
            self._pieces = PIECES_MAX
        elif last == qr_codes.OPEN:
            self._rest = True
            self._same_until = add(now, SAME_MS)
            if self._pieces:
                self._pieces -= 1
                if found.outcome == qr_codes.WHOLE:
                    found.outcome = qr_codes.PIECE
        babbled = self._burst_bytes > BABBLE_BYTES
        self._burst_bytes = 0
        self._take(now)
        if babbled and not self._answers:
            self._say_works()

    def _is_noise(self, kept: memoryview) -> bool:
        """Whether silence has ended something that nobody shows: a plug's byte, or a reply that is none."""
        size = len(kept)
        return size == 1 or (self._awaiting and 0 < size <= REPLIES_MAX_BYTES and min(kept) == 0)

    def _take(self, now: int) -> None:
        found = self._codes
        outcome = found.outcome
        if outcome == qr_codes.NOTHING:
            return
        found.outcome = qr_codes.NOTHING
        if outcome == qr_codes.ALIVE:
            if not self._awaiting:
                return
            self._answers = True
            self._awaiting = False
        else:
            if self._fault and self._missed:
                self._answers = False  # it reads, and has not answered since its reset: it may be another one now
            if self._rest and found.last == qr_codes.ENDED:
                self._rest = False
                self._facts.append(Tick())
            else:
                self._say(outcome, now)
            found.wipe()
        self._alive(now)

    def _say(self, outcome: int, now: int) -> None:
        kept = self._codes.kept()
        digest = hashlib.sha256(kept).digest()[:8]
        same = digest == self._same and diff(now, self._same_until) < 0
        self._same = digest
        self._same_until = add(now, SAME_MS)
        if same:
            self._facts.append(Tick())  # tells nothing, but that there were bytes to wipe from the port
        elif outcome == qr_codes.PIECE:
            self._facts.append(CardUnreadable())
        elif outcome == qr_codes.TOO_LONG:
            self._facts.append(CardUnreadable(codes.REASON_CODE_TOO_LONG))
        else:
            card = Card(codes.CARD_CODE, bytearray(kept))
            self._facts.append(CardSeen(card, diff(now, self._heard_at)))

    # --- health -------------------------------------------------------------------------------------------

    def _alive(self, now: int) -> None:
        """It said something that makes sense. A reply that is awaited is awaited still: it may stand behind a code."""
        self._missed = 0
        if not self._awaiting:
            self._due = add(now, ALIVE_MS if self._answers else MUTE_MS)
        self._say_works()

    def _say_works(self) -> None:
        if self._fault:
            self._fault = False
            self._facts.append(ReaderFault(codes.FAULT_READER_BACK, 0))

    def _say_fault(self, detail: int, now: int) -> None:
        if not self._fault:
            self._fault = True
            self._facts.append(ReaderFault(codes.FAULT_READER_SILENT, detail))
        self._facts.append(ResetLine(True))
        self._reset_ends = add(now, RESET_MS)
        self._missed = 0
        self._awaiting = False
        self._due = add(now, ALIVE_MS)  # when it is asked; where it babbles on, reset again

    def _let_time_pass(self, now: int) -> None:
        if (self._same or self._rest) and diff(now, self._same_until) >= 0:
            self._same, self._rest = b"", False
        if self._reset_ends is not None and diff(now, self._reset_ends) >= 0:
            self._reset_ends = None
            self._facts.append(ResetLine(False))
        if self._awaiting and diff(now, self._due) >= 0:
            self._awaiting = False
            self._missed += 1
            if not self._answers:
                self._due = add(now, MUTE_MS)
            elif self._missed >= MISSES:
                self._say_fault(SILENT, now)


Driver = Qr  # what `start` asks every reader's file for
