"""The card that is laid down while the lane is somebody else's: at most one is kept, and not for long."""

from gatelink.ticks import diff


class SecondCard:
    """`missed`: something was presented and is not kept; it should be presented again."""

    def __init__(self) -> None:
        self._card = None
        self._until = 0
        self.missed = False

    def keep(self, card: "object", until: int) -> bool:
        """Keep `card` until then; False if another one waits already, and `card` stays the caller's to wipe."""
        if self._card is not None:
            self.missed = True
            return False
        self._card = card
        self._until = until
        return True

    def deadline(self) -> "int | None":
        """When the kept card becomes too old."""
        return None if self._card is None else self._until

    def age(self, now: int) -> None:
        """Wipe a card that has become too old."""
        if self._card is not None and diff(now, self._until) >= 0:
            self.drop()
            self.missed = True

    def fetch(self) -> "object | None":
        """The kept card, whose holder the caller is now; None if there is none."""
        card, self._card = self._card, None
        return card

    def drop(self) -> None:
        """Wipe what is kept, and forget that anybody was missed."""
        if self._card is not None:
            self._card.wipe()
            self._card = None
        self.missed = False
