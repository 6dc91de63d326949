"""The Merkle tree over all entries, and its signed heads. Deeds of the house, format 4, may follow."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from gatehouse.merkle import Peaks
from gatehouse.migrations import CannotMigrate

revision, down_revision = "4", "3"

ROWS_A_STEP = 10_000


def upgrade() -> None:
    op.create_table(
        "node",
        sa.Column("level", sa.Integer, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_table(
        "head",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("at_s", sa.Integer, nullable=False),
        sa.Column("before", sa.LargeBinary(32), nullable=False),
        sa.Column("signer", sa.LargeBinary(32), nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
        sqlite_strict=True,
    )
    add = sa.text("insert into node (level, position, hash) values (:level, :position, :hash)")
    rows: list[dict[str, object]] = []
    for node in Peaks().grow(leaves()):
        rows.append({"level": node.level, "position": node.position, "hash": node.hash})
        if len(rows) == ROWS_A_STEP:
            op.get_bind().execute(add, rows)
            rows.clear()
    if rows:
        op.get_bind().execute(add, rows)


def leaves() -> Iterator[bytes]:
    """The leaf hash of every entry, in order."""
    query = sa.text("select number, leaf from ledger where number > :after order by number limit :count")
    number = 0
    while rows := op.get_bind().execute(query, {"after": number, "count": ROWS_A_STEP}).all():
        for found, leaf in rows:
            number += 1
            if found != number:
                raise CannotMigrate(
                    f"The ledger lacks entry {number}: somebody has deleted it. Nothing was changed. Restore a backup "
                    "in which it is there: gatehouse restore data FILE --replace"
                )
            yield leaf
