"""What both ends share: bytes in, bodies sorted into clear and sealed, damage counted, bytes out."""

from gatelink.counters import Counters
from gatelink.delivery import Delivery
from gatelink.errors import DamagedFrame, LocalError
from gatelink.framing import Deframer, frame
from gatelink.handshake import is_clear
from gatelink.limits import repeat_floor_ms
from gatelink.message import Message
from gatelink.sealing import Opener, Sealer, envelope
from gatelink.session import Session
from gatelink.suite import Suite


class LineEnd:
    """Base of GateEnd and HouseEnd. Times are ticks; `baud` 0 means a line without speed limit."""

    def __init__(self, suite: Suite, baud: int, body_max_bytes: int, now: int) -> None:
        self.counters = Counters()
        self._suite = suite
        self._floor_ms = repeat_floor_ms(baud)
        self._deframer = Deframer(suite, body_max_bytes)
        self._session: "Session | None" = None
        self._events: "list[object]" = []
        self._clear_out: "list[bytes]" = []
        self._now = now
        self._state = 0

    # --- for the program around ---------------------------------------------------------------------------

    def receive(self, data: bytes, now: int) -> None:
        """Take what arrived, b"" when only time has passed. Never raises for anything a line can carry."""
        self._now = now
        for body in self._deframer.feed(data) if data else ():
            try:
                self._take_body(body)
            except DamagedFrame:
                self.counters.damaged += 1
                if self._session is not None:
                    self._session.delivery.damaged()
        self._let_time_pass()

    def next_event(self) -> "object | None":
        """The oldest event or message not yet fetched, or None."""
        return self._events.pop(0) if self._events else None

    def send(self, message: Message, now: int) -> None:
        """Queue a message. LocalError without a session, or for a bulk message while one is outstanding."""
        if self._session is None:
            raise LocalError("no session")
        self._session.delivery.send(message, now)

    def is_up(self) -> bool:
        """Whether there is a trusted session."""
        return self._session is not None

    def can_send_bulk(self) -> bool:
        """Whether `send` would take a bulk message now."""
        return self._session is not None and not self._session.delivery.outstanding(1)

    def bytes_to_send(self, now: int) -> bytes:
        """All that is to be written to the port now."""
        self._now = now
        out = b""
        while self._clear_out:
            out += self._framed(self._clear_out.pop(0))
        while self._session is not None:
            body = self._session.next_body(now)
            if body is None:
                break
            out += self._framed(body)
        return out

    # --- for the two ends ---------------------------------------------------------------------------------

    # The handshake of this end: (state, event) -> (state, actions), and the method of each action.
    TABLE: "dict[tuple[int, int], tuple[int, tuple[int, ...]]]" = {}
    ACTIONS: "dict[int, object]" = {}

    def _fire(self, event: int) -> None:
        """Take one step of the handshake; an event that the table does not name in this state is dropped."""
        step_to = self.TABLE.get((self._state, event))
        if step_to is None:
            return
        self._state = step_to[0]
        for action in step_to[1]:
            self.ACTIONS[action](self)  # type: ignore[operator]

    def _new_session(
        self,
        kid: bytes,
        outgoing: "tuple[bytes, bytes]",
        incoming: "tuple[bytes, bytes]",
        kinds_in: "dict[int, type[Message]]",
    ) -> Session:
        """A session from (key, context IV) of both directions."""
        sealer = Sealer(self._suite, outgoing[0], outgoing[1], kid)
        opener = Opener(self._suite, incoming[0], incoming[1])
        delivery = Delivery(kinds_in, self._floor_ms, self.counters, self._now)
        return Session(kid, sealer, opener, delivery, self.counters, self._now)

    def _framed(self, body: bytes) -> bytes:
        self.counters.frames_out += 1
        return frame(self._suite, body)

    def _take_body(self, body: "bytes | None") -> None:
        if body is None:
            raise DamagedFrame("no frame")
        try:
            decoded = self._suite.decode(body)
        except ValueError:
            raise DamagedFrame("no CBOR")
        if is_clear(decoded):
            self._take_clear(decoded, body)  # type: ignore[arg-type]  # is_clear has looked
            return
        kid, counter, sealed = envelope(decoded)
        if not self._take_sealed(kid, counter, sealed):
            self.counters.old_session += 1

    def _opened(self, session: Session, counter: int, sealed: bytes) -> None:
        """Open a frame of `session`; what fails under its own id was damaged, or made by somebody else."""
        try:
            message = session.open(counter, sealed, self._now)
        except DamagedFrame:
            self.counters.forged += 1
            raise
        self.counters.frames_in += 1
        self._after_frame(session, message)

    def _take_clear(self, decoded: "list[object]", body: bytes) -> None:
        raise LocalError("each end takes its own clear messages")

    def _take_sealed(self, kid: bytes, counter: int, sealed: bytes) -> bool:
        raise LocalError("each end takes its own sealed frames")

    def _after_frame(self, session: Session, message: "Message | None") -> None:
        raise LocalError("each end takes its own messages")

    def _let_time_pass(self) -> None:
        raise LocalError("each end has its own deadlines")
