"""Entries of format 1, and each gate's cursor."""

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade() -> None:
    """From nothing."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "meta",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "ledger",
        sa.Column("number", number, primary_key=True, autoincrement=True),
        sa.Column("identity", sa.LargeBinary(8), nullable=False),
        sa.Column("report", number, nullable=False),
        sa.Column("leaf", sa.LargeBinary(32), nullable=False),
        sa.Column("salt", sa.LargeBinary(16)),
        sa.Column("entry", sa.LargeBinary),
        sqlite_strict=True,
    )
    op.create_index("ledger_by_report", "ledger", ["identity", "report"])
    op.create_table(
        "cursor",
        sa.Column("identity", sa.LargeBinary(8), primary_key=True),
        sa.Column("report", number, nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
