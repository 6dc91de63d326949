"""The Merkle tree of RFC 9162 section 2.1 as it grows: leaf after leaf, with what is needed to go on and no more.

The root over n leaves follows from the roots of the perfect subtrees that n leaves make, one for each bit of n that is
set: the tree's peaks. A subtree of 2^level leaves is named by its level and by its position in it, both from 0.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

HASH_BYTES = 32
EMPTY = hashlib.sha256(b"").digest()  # root of a tree without leaves
# Roots of subtrees from this level on are kept, smaller ones made anew from at most 2^KEPT_LEVEL leaves: five bytes
# for each leaf instead of seventy-five.
KEPT_LEVEL = 4


@dataclass(frozen=True, slots=True)
class Node:
    """Root of a perfect subtree."""

    level: int
    position: int
    hash: bytes


@dataclass(slots=True)
class Peaks:
    """A tree of `size` leaves. at: root of the subtree of each level; it counts where that bit of `size` is set."""

    size: int = 0
    at: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> Iterator[Node]:
        """Append a leaf's hash; the subtrees that it completes, from KEPT_LEVEL on. Use up what this yields."""
        position, level, node = self.size, 0, leaf
        self.size += 1
        while position & 1:
            node = node_hash(self.at[level], node)
            position, level = position >> 1, level + 1
            if level >= KEPT_LEVEL:
                yield Node(level, position, node)
        self.at[level : level + 1] = [node]

    def grow(self, leaves: Iterable[bytes]) -> Iterator[Node]:
        """Append them all; as `add`."""
        for leaf in leaves:
            yield from self.add(leaf)

    def root(self) -> bytes:
        """Root of the whole tree."""
        root = b""
        for level, peak in enumerate(self.at):
            if self.size >> level & 1:
                root = node_hash(peak, root) if root else peak
        return root or EMPTY

    def copy(self) -> "Peaks":
        """One that grows on its own."""
        return Peaks(self.size, self.at[:])


def node_hash(left: bytes, right: bytes) -> bytes:
    """Of an inner node."""
    return hashlib.sha256(b"\1" + left + right).digest()


def peaks_of(size: int) -> list[tuple[int, int]]:
    """Level and position of the peaks of a tree of `size` leaves, the smallest first."""
    return [(level, (size >> level) - 1) for level in range(size.bit_length()) if size >> level & 1]


# --- what a proof is made of: leaves from the first to before the last, whose root stands in the proof --------------

Range = tuple[int, int]


def inclusion_ranges(place: int, size: int) -> list[Range]:
    """Of the audit path of the leaf at `place`, from 0, in a tree of `size` leaves (RFC 9162 section 2.1.3.1)."""
    first, end = 0, size
    found = []
    while end - first > 1:
        middle = first + half(end - first)
        if place < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((first, middle))
            first = middle
    return found[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Of the proof that the first `old` of `new` leaves are the tree of `old` ones (section 2.1.4.1); 0 < old < new."""
    first, end = 0, new
    found = []
    while end > old:
        middle = first + half(end - first)
        if old <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((first, middle))
            first = middle
    # The verifier has the old root: where it is this very subtree's, it is left out.
    return ([(first, end)] if first else []) + found[::-1]


def half(width: int) -> int:
    """The largest power of two that is smaller than a width of at least 2."""
    return 1 << (width - 1).bit_length() - 1
