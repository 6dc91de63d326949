"""What was presented to a reader, as far as anything outside its driver may know it."""


class Card:
    """One card or code that was read whole.

    kind: a gatelink CARD_ code. number: ASCII in a bytearray, so that it can be wiped; a final X is upper case. Of a
    code: its bytes, at most PRESENTED_MAX_BYTES. valid_until, valid_from: YYYYMMDD, 0 = unlimited, not said.
    """

    def __init__(self, kind: int, number: bytearray, valid_until: int = 0, valid_from: int = 0) -> None:
        self.kind = kind
        self.number = number
        self.valid_until = valid_until
        self.valid_from = valid_from

    def wipe(self) -> None:
        """Overwrite the number where it lies. Whoever holds the card last calls this."""
        self.number[:] = bytes(len(self.number))

    def __repr__(self) -> str:
        """Never the number."""
        return "Card(kind=%d)" % self.kind
