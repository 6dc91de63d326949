"""Until when a status may be used, by its issuer's word."""

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Statuses that are there have no limit of their own."""
    op.add_column("status", sa.Column("until_s", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))
