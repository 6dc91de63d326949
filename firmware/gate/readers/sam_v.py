"""Driver of a SAM_V / SAM_A card module (GA 467): bytes and time in, cards and faults out. No port, no clock.

It looks for a card, selects it, reads it, and rests; states and replies are in `sam_v_table`. A card is told
once: the module does not find it again until it has left the field, and where one does, the same card again
without an empty field in between is not a new tap. A read that failed is told once as well; the card must be
taken away and laid down again.

Looking for a card, three times a second, is also the health probe: whoever has given no sensible answer for SICK_MS
is told of, reset, and sought at the other rates that such modules know. Whether a module keeps a rate over a power
cycle is not known, so after any silence it may be found at another one.
"""

import hashlib

from gate.facts import CardSeen, CardUnreadable, Fact, ReaderFault, SetBaud
from gate.readers import sam_v_table as t
from gate.readers import sam_v_text
from gate.readers.sam_v_frames import NOTHING, PREAMBLE, TEXT_BYTES, WHOLE, Frames
from gatelink import codes
from gatelink.ticks import add, diff, sooner

BAUD = 115200  # factory rate, 8N1
RATES = (BAUD, 57600, 38400, 19200, 9600)  # 60 00 to 60 04
POLL_MS = 300  # vendors: at least 300 ms between two looks for a card
GAP_MS = 250  # a frame whose bytes stop for so long is not continued
DOWN_MS = 1000
PROBES_MAX = 5  # with 300 ms each they outlast the module's 1500 ms after power-up
SELECTS_MAX = 3
SICK_MS = 3500  # with the longest look, 1300 ms, and some loop time still under the 5 s in which it must be told

SHORT_BYTES = 0x20  # replies without blocks: the longest known, the SAM id, has 14h
READ_BYTES = 0x0508  # the one length of a reply to 30 01
PHOTO_BYTES = 1024
SELECTED_MIN_BYTES = 5  # 90 with a serial number; a bare 90 is the late answer to something else

# state -> CMD PARA of its request, and in the last byte how long the reply may take, in tenths of a second.
REQUESTS = {
    t.S_FINDING: 0x20010A,
    t.S_SELECTING: 0x20020A,
    t.S_READING: 0x30011E,
    t.S_PROBING: 0x11FF03,
    t.S_RESETTING: 0x10FF0F,
    t.S_SEEKING: 0x11FF03,
    t.S_SETTING: 0x600003,  # and the rate's number
}
FAULTS = {0x60: codes.FAULT_READER_SELF_TEST}  # the other ways to be broken mean that it may not read cards


class SamV:
    """One module on one line. `baud`: the rate that its port has at the start, one of RATES."""

    CODE = codes.READER_SAM_V
    baud = BAUD

    def __init__(self, now: int) -> None:
        self._frames = Frames()
        self._facts: "list[Fact]" = []
        self._heard_at = now
        self._unanswered = 0
        self._resent = False
        self._failed_selects = 0
        self._told_unreadable = False
        self._last_card = b""  # digest of the card that may still lie there
        self._fault = 0
        self._well_at = now
        self._rate = 0  # that the port was told, 0 = none yet
        self._sought = 0  # how many of RATES were tried
        self._asked_to_change = False  # to the configured rate, and not seen there since
        self._request = 0  # CMD PARA that is due
        self._now = now
        self._enter(t.S_PROBING)

    # --- for the program around ---------------------------------------------------------------------------

    def feed(self, data: "bytes | bytearray | memoryview", now: int) -> "tuple[Fact, ...]":
        """Take what arrived, b"" when only time has passed; the facts that follow. Never raises for any bytes."""
        self._now = now
        frames = self._frames
        if frames.is_inside() and diff(now, self._heard_at) >= GAP_MS:
            frames.reset()
            self._fire(t.E_DAMAGED)
        if data:
            self._heard_at = now
            at = 0
            while at < len(data):
                at = frames.take(data, at)
                if frames.outcome != NOTHING:
                    self._take_frame()
        if not self._request and diff(now, self._due) >= 0:
            self._time_up()
        if not self._facts:
            return ()
        found = tuple(self._facts)
        self._facts.clear()
        return found

    def bytes_to_send(self, now: int) -> bytes:
        """The request that is due, once; its time limit starts here."""
        request = self._request
        if not request:
            return b""
        self._frames.reset()  # what came before cannot be the beginning of its reply
        self._request = 0
        self._due = add(now, 100 * (REQUESTS[self._state] & 0xFF))
        command, parameter = request >> 8, request & 0xFF
        return PREAMBLE + bytes((0, 3, command, parameter, 3 ^ command ^ parameter))

    def deadline(self) -> "int | None":
        """When `feed` has work again if nothing arrives before."""
        gap = add(self._heard_at, GAP_MS) if self._frames.is_inside() else None
        return sooner(self._due, gap)

    def busy(self) -> bool:
        """Whether a card is being read or a frame is on its way: a flash erase now would cost bytes of it."""
        return self._state in (t.S_SELECTING, t.S_READING) or self._frames.is_inside()

    # --- replies ------------------------------------------------------------------------------------------

    def _take_frame(self) -> None:
        frames = self._frames
        if frames.outcome != WHOLE:
            event = t.E_DAMAGED
        else:
            self._unanswered = 0
            event = self._judge(frames.status())
        self._fire(event)
        # A head that has just begun is not forgotten; whatever a whole frame held is.
        if not frames.is_inside():
            frames.reset()

    def _judge(self, status: int) -> int:
        """The event that a whole frame is in this state."""
        event = t.STATUS.get(status, t.E_CONFUSED)
        if event == t.E_OK:
            length = self._frames.length
            if self._state == t.S_READING and length != READ_BYTES:
                return 0
            if self._state == t.S_SELECTING and length < SELECTED_MIN_BYTES:
                return 0
            if self._state == t.S_SEEKING:
                if self._asked_to_change or self._rate == self.baud:
                    return t.E_KEEPS_RATE
                self._asked_to_change = True
        if event == t.E_RESEND:
            if self._resent:
                return t.E_DAMAGED
            self._resent = True
        return event

    def _time_up(self) -> None:
        if self._state in REQUESTS:
            self._unanswered += 1
        silent = self._state == t.S_PROBING and self._unanswered >= PROBES_MAX
        nowhere = self._state == t.S_SEEKING and self._sought >= len(RATES)
        self._fire(t.E_SILENT if silent or nowhere else t.E_TIME_UP)

    # --- the machine --------------------------------------------------------------------------------------

    def _fire(self, event: int) -> None:
        cell = t.TABLE[self._state | event]
        if cell == t.MISSING:
            return
        if event in t.WELL:
            self._well_at = self._now
        action = self.ACTIONS[cell >> 4]
        if action is not None:
            action(self)
        if event != t.E_RESEND:
            self._resent = False
        self._enter(cell & 0x0F)

    def _enter(self, state: int) -> None:
        if state in (t.S_FINDING, t.S_PROBING) and diff(self._now, self._well_at) >= SICK_MS:
            # It answers, and never to the point: frozen in one state, or nothing of it arrives whole.
            self._well_at = self._now
            self._say_silent()
            state = t.S_RESETTING
        self._state = state
        self._request = REQUESTS.get(state, 0) >> 8
        if self._request:
            self._frames.limit_bytes = READ_BYTES if state == t.S_READING else SHORT_BYTES
            if state == t.S_SETTING:
                self._request += RATES.index(self.baud)
            elif state == t.S_RESETTING:
                self._sought = 0
            self._due = self._now
        else:
            self._due = add(self._now, POLL_MS if state == t.S_RESTING else DOWN_MS)

    def _say_fault(self, what: int, detail: int) -> None:
        if self._fault != what:
            self._fault = what
            self._facts.append(ReaderFault(what, detail))

    def _say_unreadable(self, reason: int) -> None:
        if not self._told_unreadable:
            self._told_unreadable = True
            self._facts.append(CardUnreadable(reason))

    # --- actions ------------------------------------------------------------------------------------------

    def _works(self) -> None:
        if self._rate in (0, self.baud):
            self._asked_to_change = False
        if self._fault:
            self._fault = 0
            self._facts.append(ReaderFault(codes.FAULT_READER_BACK, 0))

    def _field_empty(self) -> None:
        self._works()
        self._told_unreadable = False
        self._failed_selects = 0
        self._last_card = b""

    def _select_failed(self) -> None:
        self._failed_selects += 1
        if self._failed_selects >= SELECTS_MAX:
            self._unreadable()

    def _card(self) -> None:
        self._failed_selects = 0
        text = self._frames.text()
        if self._frames.sizes() != (TEXT_BYTES, PHOTO_BYTES):
            self._unreadable()
            return
        kind = sam_v_text.kind(text)
        if not kind:
            self._unknown_kind()
            return
        card = sam_v_text.card(text, kind)
        if card is not None:
            self._say_card(card)
        else:
            self._unreadable()

    def _say_card(self, card: object) -> None:
        digest = hashlib.sha256(card.number).digest()[:8]
        if digest == self._last_card:
            card.wipe()
            return
        self._last_card = digest
        self._told_unreadable = False
        self._facts.append(CardSeen(card, 0))

    def _unreadable(self) -> None:
        self._say_unreadable(codes.REASON_CARD_UNREADABLE)

    def _rejected(self) -> None:
        self._say_unreadable(codes.REASON_CARD_REJECTED)

    def _unknown_kind(self) -> None:
        self._say_unreadable(codes.REASON_CARD_KIND_UNSUPPORTED)

    def _say_silent(self) -> None:
        self._say_fault(codes.FAULT_READER_SILENT, 0)

    def _say_broken(self) -> None:
        status = self._frames.status()
        self._say_fault(FAULTS.get(status, codes.FAULT_READER_UNLICENSED), status)

    def _next_rate(self) -> None:
        self._set_rate(RATES[self._sought])
        self._sought += 1

    def _own_rate(self) -> None:
        self._set_rate(self.baud)

    def _set_rate(self, rate: int) -> None:
        if self._rate != rate:
            self._rate = rate
            self._facts.append(SetBaud(rate))

    # Indexed by the A_ codes, shifted.
    ACTIONS = (
        None,
        _works,
        _field_empty,
        _select_failed,
        _card,
        _unreadable,
        _rejected,
        _unknown_kind,
        _say_silent,
        _say_broken,
        _next_rate,
        _own_rate,
    )


Driver = SamV  # what `start` asks every reader's file for
