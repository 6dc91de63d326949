"""The gate's end of the link: starts handshakes, steps the keys, asks and reports. States in `gate_handshake`."""

import hashlib

from gatelink import gate_handshake as t
from gatelink.codes import DOWN_REPLACED, DOWN_SILENCE
from gatelink.errors import DamagedFrame
from gatelink.events import Down, StaleOrder, StoreKeys, Up
from gatelink.gate_to_house import Heartbeat
from gatelink.handshake import ANSWER, PROOF, WHO, check_answer, hello, proof
from gatelink.house_to_gate import KINDS, Order
from gatelink.keys import GateKeys, SessionKeys, step
from gatelink.limits import (
    BEAT_MS,
    HOUSE_BODY_MAX_BYTES,
    NONCE_BYTES,
    ORDER_FRESH_MS,
    REKEY_MS,
    UNCONFIRMED_BEAT_MS,
    WHO_BELIEVED_MS,
    WHO_BURST,
    WHO_GAP_MS,
    hello_pauses_ms,
)
from gatelink.line_end import LineEnd
from gatelink.message import Message
from gatelink.session import Session
from gatelink.suite import Suite
from gatelink.ticks import add, diff, sooner

BEATS_REMEMBERED = 4


class GateEnd(LineEnd):
    """Sans-IO: the program feeds bytes and ticks, makes keys durable when told, and writes what comes out."""

    def __init__(self, keys: GateKeys, suite: Suite, baud: int, boot_count: int, now: int) -> None:
        """`boot_count` must never repeat on one gate: it keeps nonces apart where the random source is weak."""
        super().__init__(suite, baud, HOUSE_BODY_MAX_BYTES, now)
        self._keys = keys
        self._boot_count = boot_count
        self._hellos = 0
        self._state = t.RESTING
        self._hello_body = b""
        self._answer_body = b""
        self._proof_body = b""
        self._pending: "Session | None" = None
        self._next_chain_key = b""
        self._repeats = 0
        self._due = now
        self._pauses_ms = hello_pauses_ms(self._floor_ms)
        self._whos_left = WHO_BURST
        self._who_more_at = now  # one more is allowed then, while any of WHO_BURST is used up
        self._who_at: "int | None" = None  # when a WHO came that nothing has refuted
        self._who_believed_ms = max(WHO_BELIEVED_MS, 4 * self._floor_ms)
        self._deserted = False  # the house does not speak in the session any more: a WHO was believed
        self._beat_due = now
        self._beat_number = 0
        self._beats_left_at: "list[tuple[int, int]]" = []
        self._lane_state = 0
        self._reports_waiting = 0
        self._fire(t.START)

    # --- for the program around ---------------------------------------------------------------------------

    def set_heartbeat(self, lane_state: int, reports_waiting: int) -> None:
        """What the next heartbeats tell the house."""
        self._lane_state = lane_state
        self._reports_waiting = min(reports_waiting, 0xFFFF)

    def keys_stored(self, now: int) -> None:
        """The keys of the last StoreKeys event are durable, and the entry before them is zeroed."""
        self._now = now
        self._fire(t.STORED)

    def deadline(self) -> "int | None":
        """When `receive` has work again if nothing arrives before; None = never."""
        due = None if self._state in (t.RESTING, t.STORING) else self._due
        if self._session is not None:
            due = sooner(due, sooner(self._beat_due, self._session.silent_at()))
            due = sooner(due, self._session.delivery.deadline())
            if self._who_at is not None:
                due = sooner(due, add(self._who_at, self._who_believed_ms))
        return due

    # --- incoming -----------------------------------------------------------------------------------------

    def _take_clear(self, decoded: "list[object]", body: bytes) -> None:
        if decoded[0] == WHO and len(decoded) == 1:
            if self._who_at is None and self._whos_left:
                if self._whos_left == WHO_BURST:
                    self._who_more_at = add(self._now, WHO_GAP_MS)
                self._whos_left -= 1
                self._who_at = self._now
                if self._session is not None:
                    self._session.delivery.damaged()  # a house that has this session answers a NAK
        elif decoded[0] == ANSWER and self._state == t.ASKING:
            if check_answer(self._suite, self._keys.static_key, self._hello_body, decoded):
                self._answer_body = body
                self._fire(t.GOOD_ANSWER)
            else:
                self.counters.refused += 1
        elif decoded[0] != ANSWER:
            raise DamagedFrame("no clear message of a house")

    def _take_sealed(self, kid: bytes, counter: int, sealed: bytes) -> bool:
        if self._session is not None and self._session.kid == kid:
            self._opened(self._session, counter, sealed)
            return True
        if self._pending is not None and self._pending.kid == kid:
            if self._state == t.PROVING and self._pending.opens_as_ready(counter, sealed, self._now):
                self._fire(t.GOOD_READY)
            return True
        return False

    def _after_frame(self, session: Session, message: "Message | None") -> None:
        # Anybody can send a WHO; a house that still speaks in this session did not.
        self._who_at = None
        self._deserted = False
        if isinstance(message, Order) and not self._is_fresh(session.delivery.echo_in):
            self._events.append(StaleOrder(message.order))
        elif message is not None:
            self._events.append(message)

    def _is_fresh(self, echo: int) -> bool:
        """Whether the heartbeat that a frame echoes left this gate a short while ago, on this gate's clock."""
        for number, left_at in self._beats_left_at:
            if number == echo:
                return diff(self._now, left_at) <= ORDER_FRESH_MS
        return False

    # --- time ---------------------------------------------------------------------------------------------

    def _let_time_pass(self) -> None:
        now = self._now
        if self._session is not None and self._session.over(now):
            self._session = None
            self._events.append(Down(DOWN_SILENCE))
            self._fire(t.START)
        if self._whos_left < WHO_BURST and diff(now, self._who_more_at) >= 0:
            self._whos_left += 1
            self._who_more_at = add(now, WHO_GAP_MS)
        if self._who_at is not None and (self._session is None or diff(now, self._who_at) >= self._who_believed_ms):
            self._who_at = None
            self._deserted = True
            self._fire(t.START)
        if self._state in (t.ASKING, t.PROVING) and diff(now, self._due) >= 0:
            self._fire(t.REPEATS_OVER if self._repeats >= len(self._pauses_ms) else t.REPEAT_DUE)
        if self._session is not None:
            if diff(now, self._beat_due) >= 0:
                self._beat()
            if self._state == t.RESTING and (self._session.worn() or self._session.age_ms(now) >= REKEY_MS):
                self._fire(t.START)

    def _beat(self) -> None:
        session = self._session
        if session is None:
            return
        self._beat_number += 1
        self._beats_left_at.append((self._beat_number, self._now))
        if len(self._beats_left_at) > BEATS_REMEMBERED:
            self._beats_left_at.pop(0)
        self._beat_due = add(self._now, BEAT_MS if session.confirmed else UNCONFIRMED_BEAT_MS)
        session.delivery.send_once(Heartbeat(self._beat_number, self._lane_state, self._reports_waiting))

    # --- handshake ----------------------------------------------------------------------------------------

    def _new_hello(self) -> None:
        self._hellos += 1
        # The count of hellos makes the nonce new even with a constant random source.
        seed = self._suite.random(NONCE_BYTES) + bytes(self._keys.chain_key)
        seed += self._boot_count.to_bytes(4, "big") + self._hellos.to_bytes(4, "big")
        nonce = hashlib.sha256(seed).digest()[:NONCE_BYTES]
        self._hello_body = hello(self._suite, self._keys.identity, nonce, self._keys.count)
        self._pending = None
        self._repeats = 0
        self._send_hello()

    def _send_hello(self) -> None:
        self._clear_out.append(self._hello_body)
        self._schedule_repeat()

    def _schedule_repeat(self) -> None:
        # A WHO may ask for a HELLO once more after the last pause.
        wait_ms = self._pauses_ms[min(self._repeats, len(self._pauses_ms) - 1)]
        self._repeats += 1
        self._due = add(self._now, wait_ms)

    def _derive_keys(self) -> None:
        keys = SessionKeys(self._keys.chain_key, self._hello_body, self._answer_body)
        outgoing, incoming = (keys.gate_key, keys.gate_iv), (keys.house_key, keys.house_iv)
        self._pending = self._new_session(keys.kid, outgoing, incoming, KINDS)
        gate_proof = proof(self._keys.static_key, self._hello_body, self._answer_body)
        self._proof_body = self._suite.encode([PROOF, gate_proof])
        self._repeats = 0

    def _send_proof(self) -> None:
        self._clear_out.append(self._proof_body)
        self._schedule_repeat()

    def _store_keys(self) -> None:
        if self._session is not None and self._deserted:
            # The house has proven that it is another one. A tap in the old session would wait in vain, and while it
            # waits nothing is stored.
            self._session = None
            self._events.append(Down(DOWN_REPLACED))
        self._next_chain_key = step(self._keys.chain_key)
        self._events.append(StoreKeys(self._keys.count + 1, self._next_chain_key))

    def _switch_session(self) -> None:
        if self._session is not None:
            self._events.append(Down(DOWN_REPLACED))
        used = self._keys.count
        self._keys.advance(used + 1, self._next_chain_key)
        self._next_chain_key = b""
        self._session = self._pending
        self._pending = None
        self.counters.handshakes += 1
        self._events.append(Up(self._keys.identity, used))
        self._beats_left_at = []
        self._beat()

    TABLE = t.TABLE
    ACTIONS = {
        t.NEW_HELLO: _new_hello,
        t.SEND_HELLO: _send_hello,
        t.DERIVE_KEYS: _derive_keys,
        t.SEND_PROOF: _send_proof,
        t.STORE_KEYS: _store_keys,
        t.SWITCH_SESSION: _switch_session,
    }
