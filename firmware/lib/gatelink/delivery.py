"""Delivery: at most one urgent and one bulk message outstanding in each direction, repeated until acknowledged.

A sealed frame holds the flat array

    [urgent seen, bulk seen, echo]                               acknowledgement, heartbeat of the house, READY
    [urgent seen, bulk seen, echo, number, kind, field, ...]     the same, carrying a message
    [urgent seen, bulk seen, echo, 0, 0]                         NAK: something arrived damaged, repeat

"seen" is the highest message number taken on that channel; echo is the last heartbeat number that a house
had seen when it gave the message, 0 from a gate. Number 0 marks a message that is never repeated. This file owns
the outgoing slots and the incoming numbers of one session; it seals nothing and owns no clock.
"""

from gatelink.counters import Counters
from gatelink.errors import LocalError, RemoteError
from gatelink.limits import HASTY_REPEATS, REPEAT_MAX_FLOORS
from gatelink.message import Message, from_array
from gatelink.ticks import add, diff, sooner

URGENT = 0
BULK = 1
NAK = 0
PLAIN_LENGTH = 3


class Slot:
    """The one outstanding message of a channel, or none."""

    def __init__(self) -> None:
        self.number = 0
        self.message: "Message | None" = None
        self.echo = 0
        self.due = 0
        self.sent_at = 0
        self.times_sent = 0
        self.doublings = 0  # of the repeat time, since the other end was heard


class Delivery:
    """One session's message numbers, both directions."""

    def __init__(self, kinds_in: "dict[int, type[Message]]", floor_ms: int, counters: Counters, now: int) -> None:
        self._kinds_in = kinds_in
        self._floor_ms = floor_ms
        # A tap and an acknowledgement have half the bytes of the exchange that the floor outwaits.
        self._answer_ms = floor_ms // 2
        self._counters = counters
        self._slots = (Slot(), Slot())
        self.seen = [0, 0]
        self._ack_owed = False
        self._nak_owed = False
        self._nak_allowed_at = now
        self._naks_in_a_row = 0
        self._unnumbered: "list[Message]" = []
        self.round_trip_ms = 0
        self.echo_out = 0
        self.echo_in = 0

    def outstanding(self, channel: int) -> bool:
        """Whether a message of that channel waits for its acknowledgement."""
        return self._slots[channel].message is not None

    def send(self, message: Message, now: int) -> None:
        """Take `message` into its channel. An urgent one supersedes an older urgent one: only the newest counts.

        LocalError if a bulk message is outstanding.
        """
        slot = self._slots[URGENT if message.URGENT else BULK]
        if slot.message is not None and not message.URGENT:
            raise LocalError("a bulk message is outstanding")
        slot.number += 1
        slot.message = message
        # Repeats keep the echo of the moment the message was given: a delayed order stays an old order.
        slot.echo = self.echo_out
        slot.due = now
        slot.times_sent = 0
        slot.doublings = 0

    def send_once(self, message: Message) -> None:
        """Send `message` unnumbered: it is not repeated, and a lost one is not missed."""
        self._unnumbered.append(message)

    def acknowledge(self) -> None:
        """Owe the other end a frame, even an empty one."""
        self._ack_owed = True

    def damaged(self) -> None:
        """Something arrived damaged: owe the other end a NAK, at most one per half floor time."""
        self._nak_owed = True

    def resume(self, now: int) -> None:
        """The line was away: repeat at once what is outstanding, and have the other end do the same."""
        self._nak_owed = True
        for slot in self._slots:
            slot.due = now
            slot.doublings = 0

    # --- incoming -----------------------------------------------------------------------------------------

    def receive(self, array: object, now: int) -> "Message | None":
        """Take an opened array; the message in it if it is new. RemoteError if it breaks the protocol."""
        if not isinstance(array, list) or len(array) < PLAIN_LENGTH or len(array) == PLAIN_LENGTH + 1:
            raise RemoteError("shape of a sealed frame")
        for place in range(min(4, len(array))):
            # By exact type: on CPython a bool is an int.
            if type(array[place]) is not int or array[place] < 0:
                raise RemoteError("head of a sealed frame")
        self._take_acknowledgement(URGENT, array[0], now)
        self._take_acknowledgement(BULK, array[1], now)
        self.echo_in = array[2]
        if len(array) == PLAIN_LENGTH:
            return None
        number = array[3]
        if number == 0 and array[4] == NAK:
            self._take_nak(now)
            return None
        message = from_array(self._kinds_in, array, 4)
        return message if number == 0 else self._take_numbered(message, number)

    def _take_acknowledgement(self, channel: int, seen: int, now: int) -> None:
        slot = self._slots[channel]
        if slot.message is None:
            return
        if seen < slot.number:
            self._take_silence_on(slot, now)
            return
        slot.message = None
        if slot.times_sent == 1:  # a repeated frame does not tell which copy was answered (Karn)
            measured = diff(now, slot.sent_at)
            self.round_trip_ms = (7 * self.round_trip_ms + measured) // 8 if self.round_trip_ms else measured
            self._counters.round_trip_ms = self.round_trip_ms

    def _take_silence_on(self, slot: Slot, now: int) -> None:
        """The other end speaks and has not seen the message: if it had time to, the message is lost."""
        slot.doublings = 0
        self._hasten(slot, max(self._answer_ms, self.round_trip_ms), now)

    def _hasten(self, slot: Slot, pause_ms: int, now: int) -> None:
        """Repeat `pause_ms` after the last time, at once if that is over. Later repeats keep the floor between them:
        a cable full of garbage must not be filled up by our own frames.
        """
        if slot.times_sent:
            soonest = add(slot.sent_at, pause_ms if slot.times_sent <= HASTY_REPEATS else self._floor_ms)
            slot.due = sooner(slot.due, soonest if diff(soonest, now) > 0 else now) or now

    def _take_nak(self, now: int) -> None:
        self._counters.naks_in += 1
        idle = True
        for slot in self._slots:
            if slot.message is not None:
                self._hasten(slot, 0, now)
                idle = False
        # With nothing to repeat it was an acknowledgement that got lost.
        self._ack_owed = self._ack_owed or idle

    def _take_numbered(self, message: Message, number: int) -> "Message | None":
        channel = URGENT if message.URGENT else BULK
        self._ack_owed = True
        if number <= self.seen[channel]:
            self._counters.duplicates += 1
            return None
        self.seen[channel] = number
        return message

    # --- outgoing -----------------------------------------------------------------------------------------

    def next_array(self, now: int) -> "list[int | bytes] | None":
        """The next array to seal and send, or None when nothing is due."""
        head: "list[int | bytes]" = [self.seen[URGENT], self.seen[BULK], self.echo_out]
        if self._nak_owed and diff(now, self._nak_allowed_at) >= 0:
            self._nak_owed = False
            self._ack_owed = False
            self._pace_naks(now)
            self._counters.naks_out += 1
            return head + [0, NAK]
        for slot in self._slots:
            if slot.message is not None and diff(now, slot.due) >= 0:
                self._ack_owed = False
                self._mark_sent(slot, now)
                return [head[0], head[1], slot.echo, slot.number] + slot.message.to_array()
        if self._unnumbered:
            self._ack_owed = False
            return head + [0] + self._unnumbered.pop(0).to_array()
        if self._ack_owed:
            self._ack_owed = False
            return head
        return None

    def _pace_naks(self, now: int) -> None:
        """A few NAKs in a row come fast; while damage goes on they leave the wire to what has to be repeated."""
        if diff(now, self._nak_allowed_at) >= REPEAT_MAX_FLOORS * self._floor_ms:
            self._naks_in_a_row = 0
        self._naks_in_a_row += 1
        hasty = self._naks_in_a_row <= HASTY_REPEATS
        self._nak_allowed_at = add(now, self._answer_ms if hasty else self._floor_ms)

    def _mark_sent(self, slot: Slot, now: int) -> None:
        if slot.times_sent:
            self._counters.repeated += 1
        wait_ms = max(self._floor_ms, 2 * self.round_trip_ms) << min(slot.doublings, 6)
        slot.times_sent += 1
        slot.doublings += 1
        slot.sent_at = now
        slot.due = add(now, min(wait_ms, REPEAT_MAX_FLOORS * self._floor_ms))

    def deadline(self) -> "int | None":
        """When `next_array` has something again if nothing arrives before; None = never."""
        due: "int | None" = self._nak_allowed_at if self._nak_owed else None
        for slot in self._slots:
            if slot.message is not None:
                due = sooner(due, slot.due)
        return due
