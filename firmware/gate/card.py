"""The card on the reader, as far as anything outside its driver may know it."""


class Card:
    """One card that was read whole.

    kind: a gatelink CARD_ code. number: ASCII in a bytearray, so that it can be wiped; a final X is upper case.
    valid_until: YYYYMMDD, 0 = unlimited.
    """

    def __init__(self, kind: int, number: bytearray, valid_until: int) -> None:
        self.kind = kind
        self.number = number
        self.valid_until = valid_until

    def wipe(self) -> None:
        """Overwrite the number where it lies. Whoever holds the card last calls this."""
        self.number[:] = bytes(len(self.number))

    def __repr__(self) -> str:
        """Never the number."""
        return "Card(kind=%d)" % self.kind
