"""The house's end of the link: answers handshakes, keeps each gate's key count, decides and orders.

States in `house_handshake`. Before a gate has proven itself nothing is kept, stepped or dropped.
"""

from gatelink import house_handshake as t
from gatelink.codes import (
    DOWN_PORT,
    DOWN_REPLACED,
    DOWN_SILENCE,
    REFUSED_ROLLED_BACK,
    REFUSED_TOO_FAR_AHEAD,
    REFUSED_WRONG_KEY,
)
from gatelink.errors import DamagedFrame, Refused
from gatelink.events import Alarm, Down, Here, KeysAdvanced, Up
from gatelink.gate_to_house import KINDS, Heartbeat
from gatelink.handshake import HELLO, HERE, PROOF, WHO, answer, check_proof, read_hello, read_here
from gatelink.keys import HouseKeys, SessionKeys, step
from gatelink.limits import (
    ANSWERS_PER_SECOND,
    BEAT_MS,
    CATCH_UP_STEPS,
    GATE_BODY_MAX_BYTES,
    NONCE_BYTES,
    UNPROVEN_HELLOS,
    WHO_AGAIN_MS,
)
from gatelink.line_end import LineEnd
from gatelink.message import Message
from gatelink.roster import Roster
from gatelink.session import Session
from gatelink.suite import Suite
from gatelink.ticks import add, diff, sooner

READY: "list[int | bytes]" = [0, 0, 0]


class Candidate:
    """One answered HELLO: what is needed to check its PROOF."""

    def __init__(self, identity: bytes, keys: HouseKeys, count: int, hello_body: bytes, answer_body: bytes) -> None:
        self.identity = identity
        self.keys = keys
        self.count = count
        self.hello_body = hello_body
        self.answer_body = answer_body
        self.chain_key = b""
        self.alarmed = False  # one alarm for each answered HELLO, however many wrong proofs follow


class HouseEnd(LineEnd):
    """Sans-IO: the program feeds bytes and ticks, fetches events, and writes what comes out."""

    def __init__(self, roster: Roster, suite: Suite, baud: int, now: int) -> None:
        super().__init__(suite, baud, GATE_BODY_MAX_BYTES, now)
        self._roster = roster
        self._state = t.RESTING
        self._candidate: "Candidate | None" = None
        self._proven: "Candidate | None" = None
        self._proof: "list[object]" = []
        self._provisional: "Session | None" = None
        self._hello_in_use = b""
        self._trusted = (b"", -1)  # identity and count of the newest session
        self._unproven = 0
        self._answers: "list[int]" = []
        self._beat_due = now
        self._who_allowed_at = add(now, WHO_AGAIN_MS)
        self.identity: "bytes | None" = None
        self._clear_out.append(suite.encode([WHO]))

    # --- for the program around ---------------------------------------------------------------------------

    def port_opened(self, now: int) -> None:
        """The port is there again: a session that has not gone silent goes on at once, else ask who is there."""
        self._now = now
        self._clear_out = []
        if self._session is None:
            self._clear_out.append(self._suite.encode([WHO]))
        else:
            self._session.delivery.resume(now)

    def port_lost(self, now: int, reason: int = DOWN_PORT) -> None:
        """The port will not come back, or nobody behind it is to be served: drop session and everything half done."""
        self._now = now
        self._state = t.RESTING
        self._candidate = self._proven = self._provisional = None
        self._hello_in_use = b""
        self._clear_out = [self._suite.encode([WHO])]
        self._drop(reason)

    def deadline(self) -> "int | None":
        """When `receive` has work again if nothing arrives before; None = never."""
        if self._session is None:
            return add(self._who_allowed_at, WHO_AGAIN_MS) if self._is_idle() else None
        due = sooner(self._beat_due, self._session.silent_at())
        return sooner(due, self._session.delivery.deadline())

    # --- incoming -----------------------------------------------------------------------------------------

    def _take_clear(self, decoded: "list[object]", body: bytes) -> None:
        if decoded[0] == HELLO:
            try:
                self._take_hello(decoded, body)
            except Refused as refusal:
                self.counters.refused += 1
                self._events.append(Alarm(refusal.reason, claimed_identity(decoded)))
        elif decoded[0] == PROOF:
            self._take_proof(decoded)
        elif decoded[0] == HERE:
            told = read_here(decoded)
            if self._session is None:  # beside a live gate it is somebody else's word
                self._events.append(Here(*told))
        else:
            raise DamagedFrame("no clear message of a gate")

    def _take_hello(self, decoded: "list[object]", body: bytes) -> None:
        if body == self._hello_in_use:
            return  # a late copy of the hello that made this session
        if self._candidate is not None and body == self._candidate.hello_body:
            if self._may_answer():
                self._fire(t.SAME_HELLO)
            return
        if not self._may_answer():
            return
        identity, count = read_hello(decoded)
        keys = self._roster.keys_of(identity)
        if count < keys.count or self._is_used(identity, count):
            raise Refused(REFUSED_ROLLED_BACK)
        if count - keys.count > CATCH_UP_STEPS:
            raise Refused(REFUSED_TOO_FAR_AHEAD)
        self._candidate = Candidate(identity, keys, count, body, b"")
        self._fire(t.GOOD_HELLO)

    def _is_used(self, identity: bytes, count: int) -> bool:
        """Whether a session under this count has been trusted here; the roster may not have heard of it yet."""
        return identity == self._trusted[0] and count <= self._trusted[1]

    def _may_answer(self) -> bool:
        while self._answers and diff(self._now, self._answers[0]) >= 1000:
            self._answers.pop(0)
        if len(self._answers) >= ANSWERS_PER_SECOND:
            return False
        self._answers.append(self._now)
        return True

    def _take_proof(self, decoded: "list[object]") -> None:
        if self._proof and decoded == self._proof:
            if self._may_answer():  # anybody can repeat it
                self._fire(t.SAME_PROOF)
            return
        candidate = self._candidate
        if candidate is None or self._state != t.ANSWERED:
            return
        proven = check_proof(candidate.keys.static_key, candidate.hello_body, candidate.answer_body, decoded)
        if proven and not self._is_used(candidate.identity, candidate.count):
            self._proof = decoded
            self._fire(t.GOOD_PROOF)
        else:
            self.counters.refused += 1
            if not candidate.alarmed:
                candidate.alarmed = True
                reason = REFUSED_ROLLED_BACK if proven else REFUSED_WRONG_KEY
                self._events.append(Alarm(reason, candidate.identity))

    def _take_sealed(self, kid: bytes, counter: int, sealed: bytes) -> bool:
        if self._session is not None and self._session.kid == kid:
            self._opened(self._session, counter, sealed)
        elif self._provisional is not None and self._provisional.kid == kid:
            self._opened(self._provisional, counter, sealed)
        else:
            self._ask_who()
            return False
        return True

    def _is_idle(self) -> bool:
        return self._session is None and self._provisional is None

    def _ask_who(self) -> None:
        """A gate speaks in a session that this house does not know (any more), or none has spoken for a while."""
        if self._is_idle() and diff(self._now, self._who_allowed_at) >= 0:
            self._who_allowed_at = add(self._now, WHO_AGAIN_MS)
            self._clear_out.append(self._suite.encode([WHO]))

    def _after_frame(self, session: Session, message: "Message | None") -> None:
        if session is self._provisional:
            self._fire(t.FIRST_FRAME)
        if isinstance(message, Heartbeat):
            session.delivery.echo_out = message.number
        if message is not None:
            self._events.append(message)

    # --- time ---------------------------------------------------------------------------------------------

    def _let_time_pass(self) -> None:
        session = self._session
        if session is None:
            if diff(self._now, add(self._who_allowed_at, WHO_AGAIN_MS)) >= 0:
                self._ask_who()
            return
        if session.over(self._now):
            self._drop(DOWN_SILENCE)
        elif diff(self._now, self._beat_due) >= 0:
            self._beat_due = add(self._now, BEAT_MS)
            session.delivery.acknowledge()

    def _drop(self, reason: int) -> None:
        if self._session is not None:
            self._session = None
            self.identity = None
            self._hello_in_use = b""
            self._who_allowed_at = self._now
            self._events.append(Down(reason))

    # --- handshake ----------------------------------------------------------------------------------------

    def _new_answer(self) -> None:
        candidate = self._candidate
        if candidate is not None:
            self._count_unproven(candidate)
            nonce = self._suite.random(NONCE_BYTES)
            candidate.answer_body = answer(self._suite, candidate.keys.static_key, candidate.hello_body, nonce)
            self._send_answer()

    def _count_unproven(self, candidate: Candidate) -> None:
        """A gate that does not accept our answers has another key than we: somebody must be told."""
        self._unproven += 1
        if self._unproven > UNPROVEN_HELLOS:
            self._unproven = 0
            self._events.append(Alarm(REFUSED_WRONG_KEY, candidate.identity))

    def _send_answer(self) -> None:
        if self._candidate is not None:
            self._clear_out.append(self._candidate.answer_body)

    def _derive_keys(self) -> None:
        candidate = self._candidate
        if candidate is None:
            return
        candidate.chain_key = candidate.keys.chain_key_at(candidate.count)
        keys = SessionKeys(candidate.chain_key, candidate.hello_body, candidate.answer_body)
        outgoing, incoming = (keys.house_key, keys.house_iv), (keys.gate_key, keys.gate_iv)
        self._provisional = self._new_session(keys.kid, outgoing, incoming, KINDS)
        self._proven = candidate
        self._candidate = None
        self._unproven = 0

    def _send_ready(self) -> None:
        if self._provisional is not None:
            self._clear_out.append(self._provisional.seal(READY))

    def _trust_session(self) -> None:
        proven = self._proven
        if proven is None or self._provisional is None:
            return
        self._drop(DOWN_REPLACED)
        self._session = self._provisional
        self._provisional = self._proven = None
        self._proof = []
        self._hello_in_use = proven.hello_body
        self._beat_due = self._now
        self.identity = proven.identity
        self._trusted = (proven.identity, proven.count)
        self.counters.handshakes += 1
        self._events.append(Up(proven.identity, proven.count))
        self._events.append(KeysAdvanced(proven.identity, proven.count + 1, step(proven.chain_key)))

    TABLE = t.TABLE
    ACTIONS = {
        t.NEW_ANSWER: _new_answer,
        t.SEND_ANSWER: _send_answer,
        t.DERIVE_KEYS: _derive_keys,
        t.SEND_READY: _send_ready,
        t.TRUST_SESSION: _trust_session,
    }


def claimed_identity(decoded: "list[object]") -> "bytes | None":
    """The identity that a HELLO claims, if it has one; unproven."""
    return decoded[1] if len(decoded) > 1 and isinstance(decoded[1], bytes) else None
