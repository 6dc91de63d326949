"""What health platforms told."""

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
        "answer",
        sa.Column("pseudonym", sa.LargeBinary(16), primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("colour", number, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("updated_s", number, nullable=False),
        sa.Column("fetched_s", number, nullable=False),
        sa.Column("usable_until_s", number),
        sa.Column("result", sa.Text),
        sa.Column("sampled_s", number),
        sa.Column("tested_s", number),
        sa.Column("reported_s", number),
        sa.Column("doses", number),
        sa.Column("flags", sa.Text, nullable=False),
        sa.Column("contact", sa.Text, nullable=False),
        sa.Column("looked_up", number, nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_index("answer_by_age", "answer", ["fetched_s"])
