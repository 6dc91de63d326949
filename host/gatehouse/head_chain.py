"""The chain of signed heads, looked at one by one beside the tree as it is computed anew."""

from collections.abc import Iterator

from gatehouse.heads import FIRST, Head
from gatehouse.words import clock

MISSING_MAX = 100  # of heads that are missing one after the other, so many are named


class HeadChain:
    """Use `due` for each size that the tree reaches, in order, then `rest`.

    Whether a head is whole is told by its signature and its place in the chain; whether the ledger is what it was
    signed over, by whoever computes the tree: `due` hands him the heads that he can hold it against.
    """

    def __init__(self, heads: Iterator[Head], public: bytes | None) -> None:
        """public: the station's key; None takes every signer's word."""
        self._heads = heads
        self._public = public
        self._next: Head | None = None
        self._digest: bytes | None = FIRST
        self._size = 0
        self.last = 0  # number of the last head that was looked at
        self.wrong: list[tuple[int, str]] = []  # number of a head, and what is wrong with it
        self._advance()

    def next_size(self) -> int | None:
        """At which size `due` has something; None if nowhere any more."""
        return None if self._next is None else self._next.size

    def due(self, size: int) -> list[Head]:
        """The sound heads over so many entries."""
        found = []
        while self._next is not None and self._next.size <= size:
            found.append(self._next)
            self._advance()
        return found

    def rest(self) -> list[Head]:
        """The sound heads over more entries than there are."""
        found = []
        while self._next is not None:
            found.append(self._next)
            self._advance()
        return found

    def _advance(self) -> None:
        """To the next head that is sound; the others are `wrong`."""
        self._next = None
        for head in self._heads:
            said = self._fault(head)
            if said:
                self.wrong.append((head.number, said))
                if head.number == self.last + 1:
                    self.last, self._digest = head.number, None  # what it was the next head alone knows
                continue
            self.wrong += [(number, "is missing") for number in range(self.last + 1, head.number)[:MISSING_MAX]]
            self.last, self._digest, self._size = head.number, head.digest(), head.size
            self._next = head
            return

    def _fault(self, head: Head) -> str:
        if not head.is_signed():
            return "was altered: its signature does not hold"
        if self._public is not None and head.signer != self._public:
            return f"is signed by another key than this station's: {head.signer.hex()}"
        if head.size < self._size:
            return f"of {clock(head.at_s)} covers fewer entries than the one before it"
        if head.number == self.last + 1 and self._digest is not None and head.before != self._digest:
            return "does not follow the head before it: one of them was exchanged"
        return ""
