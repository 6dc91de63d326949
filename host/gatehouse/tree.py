"""The tree over the ledger's leaves as the tables hold it.

What somebody has deleted from them hinders nothing here, so that lanes go on: a node is made anew from what lies below
it, a leaf that is gone counts as LACKING. `gatehouse ledger verify` finds and names it.
"""

import sqlalchemy as sa

from gatehouse import schema
from gatehouse.merkle import HASH_BYTES, KEPT_LEVEL, Peaks, node_hash, peaks_of

LACKING = bytes(HASH_BYTES)


def size_of(connection: sa.Connection) -> int:
    """How many entries there are: their numbers begin at 1 and leave none out."""
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(schema.ledger.c.number), 0))).scalar_one())


def leaves_of(connection: sa.Connection, offset: int, width: int) -> list[bytes]:
    """The leaf hashes of so many entries after the first `offset` ones."""
    table = schema.ledger
    between = table.c.number.between(offset + 1, offset + width)
    leaves = [LACKING] * width
    for number, leaf in connection.execute(sa.select(table.c.number, table.c.leaf).where(between)):
        leaves[number - offset - 1] = leaf
    return leaves


def peaks_at(connection: sa.Connection, size: int) -> Peaks:
    """The tree as it was after `size` entries."""
    peaks = Peaks(size, [b""] * size.bit_length())
    whole = size >> KEPT_LEVEL << KEPT_LEVEL
    low = Peaks()
    for leaf in leaves_of(connection, whole, size - whole):
        list(low.add(leaf))
    peaks.at[: len(low.at)] = low.at
    for level, position in peaks_of(size):
        if level >= KEPT_LEVEL:
            peaks.at[level] = subtree(connection, level, position)
    return peaks


def subtree(connection: sa.Connection, level: int, position: int) -> bytes:
    """Root of a perfect subtree that is full."""
    if level < KEPT_LEVEL:
        return _from_leaves(connection, level, position)
    table = schema.node
    there = (table.c.level == level) & (table.c.position == position)
    kept: bytes | None = connection.execute(sa.select(table.c.hash).where(there)).scalar()
    if kept is not None:
        return kept
    if level == KEPT_LEVEL:
        return _from_leaves(connection, level, position)
    return node_hash(*(subtree(connection, level - 1, 2 * position + side) for side in (0, 1)))


def _from_leaves(connection: sa.Connection, level: int, position: int) -> bytes:
    peaks = Peaks()
    for leaf in leaves_of(connection, position << level, 1 << level):
        list(peaks.add(leaf))
    return peaks.root()


def range_root(connection: sa.Connection, first: int, end: int) -> bytes:
    """Root over the leaves from `first` to before `end`, as they stand in a proof: `first` is a multiple of the
    largest subtree among them.
    """
    root = b""
    for level, _ in peaks_of(end - first):
        end -= 1 << level
        peak = subtree(connection, level, end >> level)
        root = node_hash(peak, root) if root else peak
    return root
