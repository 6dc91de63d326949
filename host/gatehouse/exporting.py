"""All of the ledger in one file, for an auditor who trusts nobody here.

A CBOR sequence (RFC 8742): ["gatehouse ledger export 1", public key, entries]; then each entry in order as [salt,
entry], or its leaf hash alone where the content is deleted or held back; behind the last entry that it covers each
signed head as ["head", signed, signature]; at the end ["end", entries, heads].
"""

from collections.abc import Callable
from typing import BinaryIO

import cbor2
import sqlalchemy as sa

from gatehouse import heads, schema
from gatehouse.heads import Head
from gatehouse.tree import size_of

KIND = "gatehouse ledger export 1"
ROWS_A_STEP = 10_000


class NotWhole(Exception):
    """Entries are missing: what is exported would prove nothing. The text says which and what to do."""


def write(
    connection: sa.Connection, file: BinaryIO, public: bytes, progress: Callable[[int, int], None], *, bare: bool
) -> tuple[int, int]:
    """Write it; how many entries and heads. bare: leaf hashes alone, so that the file tells nothing but how many.

    In a read transaction. NotWhole if an entry is missing.
    """
    size = size_of(connection)
    encoder = cbor2.CBOREncoder(file, canonical=True)
    encoder.encode([KIND, public, size])
    signed = heads.kept(connection)
    head = next(signed, None)
    count = head_count = 0
    table = schema.ledger.c
    query = sa.select(table.number, table.leaf, table.salt, table.entry).order_by(table.number)
    for number, leaf, salt, entry in connection.execute(query.execution_options(yield_per=ROWS_A_STEP)):
        if number != count + 1:
            raise NotWhole(f"entry {count + 1} is missing. See what else is wrong: gatehouse ledger verify")
        count = number
        encoder.encode(leaf if bare or salt is None or entry is None else [salt, entry])
        while head is not None and head.size <= count:
            encoder.encode(_told(head))
            head_count += 1
            head = next(signed, None)
        if count % ROWS_A_STEP == 0:
            progress(count, size)
    if head is not None:
        raise NotWhole(
            f"entries {count + 1} to {head.size} are missing, over which head {head.number} was signed. See what else "
            "is wrong: gatehouse ledger verify"
        )
    encoder.encode(["end", count, head_count])
    return count, head_count


def _told(head: Head) -> list[object]:
    return ["head", head.signed(), head.signature]
