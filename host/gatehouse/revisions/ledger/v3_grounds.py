"""Entries of format 3, whose note bears grounds, may follow."""

revision = "3"
down_revision = "2"


def upgrade() -> None:
    """No table changes, and no entry that is there."""
