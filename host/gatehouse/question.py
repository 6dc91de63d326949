"""What is asked about a traveller."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Question:
    """One tap's question. kind: a gatelink CARD_ code. number: a card's number in ASCII or a code's bytes.

    `number` is wiped by whoever made the question, as soon as everybody who was asked has answered or given up; nobody
    keeps it longer, and it is in no repr.
    """

    kind: int
    number: bytearray = field(repr=False)

    def wipe(self) -> None:
        """Overwrite the number where it lies."""
        self.number[:] = bytes(len(self.number))
