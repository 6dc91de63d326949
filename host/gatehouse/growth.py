"""One transaction's appends to the ledger: the rows, and the tree over their leaves, which is committed with them."""

import hashlib
import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from gatehouse import schema, tree
from gatehouse.merkle import Node, Peaks

SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry's place in the ledger: its number, from 1 on, and its leaf."""

    number: int
    leaf: bytes


class Growth:
    """Use `keep` for each entry, then `settle` before the commit.

    `peaks`: of the tree after the transaction, once it is settled. `last`: what was kept last in it.
    """

    def __init__(self, connection: sa.Connection, known: Peaks) -> None:
        """Inside a transaction that is the only one that writes. known: a state of the tree, perhaps an older one."""
        self.connection = connection
        self.last: Kept | None = None
        size = tree.size_of(connection)
        self.peaks = known.copy() if known.size == size else tree.peaks_at(connection, size)
        self._nodes: list[Node] = []

    def keep(self, identity: bytes, report: int, body: bytes) -> Kept:
        """Append an entry under a salt of its own."""
        salt = secrets.token_bytes(SALT_BYTES)
        leaf = leaf_hash(salt, body)
        self._nodes += self.peaks.add(leaf)
        self.last = Kept(self.peaks.size, leaf)
        row = {"number": self.last.number, "identity": identity, "report": report}
        self.connection.execute(schema.ledger.insert(), {**row, "leaf": leaf, "salt": salt, "entry": body})
        return self.last

    def settle(self) -> None:
        """Write what the tree has gained."""
        if self._nodes:
            rows = [{"level": node.level, "position": node.position, "hash": node.hash} for node in self._nodes]
            # Where somebody has deleted the newest entries, nodes over them may be left.
            places = sa.tuple_(schema.node.c.level, schema.node.c.position)
            old = places.in_([(node.level, node.position) for node in self._nodes])
            self.connection.execute(schema.node.delete().where(old))
            self.connection.execute(schema.node.insert(), rows)
            self._nodes.clear()


def leaf_hash(salt: bytes, entry: bytes) -> bytes:
    """RFC 9162 section 2.1.1 over the salted entry."""
    return hashlib.sha256(b"\0" + salt + entry).digest()
