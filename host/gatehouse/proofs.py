"""Proofs from the ledger, as small JSON that anybody can check with SHA-256 and Ed25519 alone.

Inclusion (RFC 9162 section 2.1.3): an entry is in the tree of a signed head. Consistency (2.1.4): the tree of an older
head is the beginning of a later one's. All bytes are hexadecimal; what a head signs is in `heads`.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from gatehouse import heads, schema, tree
from gatehouse.heads import Head
from gatehouse.merkle import consistency_ranges, inclusion_ranges

FORMAT = "gatehouse ledger proof 1"


class NoProof(Exception):
    """There is nothing to prove that; the text says why and what to do."""


def inclusion(connection: sa.Connection, number: int) -> Mapping[str, object]:
    """That entry `number` is in the tree of the newest head. NoProof if there is no such entry or head."""
    table = schema.ledger
    row = connection.execute(
        sa.select(table.c.leaf, table.c.salt, table.c.entry).where(table.c.number == number)
    ).first()
    if row is None:
        raise NoProof(f"entry {number}: there is none; the ledger has {tree.size_of(connection)}.")
    head = heads.newest(connection)
    if head is None or head.size < number:
        raise NoProof(f"entry {number}: no head covers it yet. Have one signed: gatehouse ledger head")
    leaf, salt, entry = row
    path = [tree.range_root(connection, *one).hex() for one in inclusion_ranges(number - 1, head.size)]
    return {
        "format": FORMAT,
        "proves": "inclusion",
        "number": number,
        "leaf": leaf.hex(),
        "salt": None if salt is None else salt.hex(),
        "entry": None if entry is None else entry.hex(),
        "path": path,
        "head": told(head),
    }


def consistency(connection: sa.Connection, old: int, new: int | None) -> Mapping[str, object]:
    """That head `old` is a beginning of head `new`, None for the newest. NoProof if there are no such heads."""
    first = head_of(connection, old)
    second = heads.newest(connection) if new is None else head_of(connection, new)
    if second is None or second.size < first.size:
        raise NoProof(f"head {old}: the other head must be a later one. Name the older head first.")
    ranges = consistency_ranges(first.size, second.size) if first.size < second.size else []
    return {
        "format": FORMAT,
        "proves": "consistency",
        "path": [tree.range_root(connection, *one).hex() for one in ranges],
        "old": told(first),
        "head": told(second),
    }


def head_of(connection: sa.Connection, number: int) -> Head:
    """The head of that number. NoProof if there is none."""
    head = next(heads.kept(connection, number), None)
    if head is None or head.number != number:
        raise NoProof(f"head {number}: there is none. List them: gatehouse ledger head --all")
    return head


def told(head: Head) -> Mapping[str, object]:
    """A head as JSON has it: what counts is `signed`; the rest repeats it, to be read."""
    return {
        "number": head.number,
        "size": head.size,
        "root": head.root.hex(),
        "at_s": head.at_s,
        "signer": head.signer.hex(),
        "signed": head.signed().hex(),
        "signature": head.signature.hex(),
    }
