"""One session: a sealer, an opener and a delivery under one session id."""

from gatelink.counters import Counters
from gatelink.delivery import Delivery
from gatelink.errors import RemoteError
from gatelink.limits import REKEY_FRAMES, SILENCE_MS
from gatelink.message import Message
from gatelink.sealing import Opener, Sealer
from gatelink.ticks import add, diff


class Session:
    """Turns sealed bodies into messages and back, and knows when the other end was last heard."""

    def __init__(
        self, kid: bytes, sealer: Sealer, opener: Opener, delivery: Delivery, counters: Counters, now: int
    ) -> None:
        self.kid = kid
        self.delivery = delivery
        self._sealer = sealer
        self._opener = opener
        self._counters = counters
        self._made_at = now
        self._heard_at = now
        self.confirmed = False  # the other end has been heard in this session

    def open(self, counter: int, sealed: bytes, now: int) -> "Message | None":
        """Take a sealed frame: its message if it carries a new one. DamagedFrame if it does not open."""
        array = self._opener.open(counter, sealed)
        if array is None:
            self._counters.replayed += 1
            return None
        self._heard_at = now
        self.confirmed = True
        try:
            return self.delivery.receive(array, now)
        except RemoteError:
            self._counters.ill_formed += 1
            return None

    def opens_as_ready(self, counter: int, sealed: bytes, now: int) -> bool:
        """Whether a sealed frame is READY: it opens and carries nothing. DamagedFrame if it does not open."""
        array = self._opener.open(counter, sealed)
        self._heard_at = now
        return isinstance(array, list) and len(array) == 3

    def seal(self, array: "list[int | bytes]") -> bytes:
        """The sealed body of an array from the delivery."""
        return self._sealer.seal(list(array))

    def next_body(self, now: int) -> "bytes | None":
        """The next sealed body to send, or None."""
        array = self.delivery.next_array(now)
        return None if array is None else self.seal(array)

    def silent(self, now: int) -> bool:
        """Whether the other end has not been heard for too long."""
        return self.quiet_ms(now) >= SILENCE_MS

    def over(self, now: int) -> bool:
        """Whether nothing can come of this session any more: the other end silent, or our counters used up."""
        return self.silent(now) or self._sealer.spent()

    def quiet_ms(self, now: int) -> int:
        """How long the other end has not been heard."""
        return diff(now, self._heard_at)

    def silent_at(self) -> int:
        """When `silent` comes true if nothing arrives."""
        return add(self._heard_at, SILENCE_MS)

    def age_ms(self, now: int) -> int:
        """How long this session has existed."""
        return diff(now, self._made_at)

    def worn(self) -> bool:
        """Whether so many frames went out that new keys are due."""
        return self._sealer.counter >= REKEY_FRAMES
