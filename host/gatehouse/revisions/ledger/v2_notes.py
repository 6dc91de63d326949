"""Entries of format 2, with a note, may follow. The new number keeps programs away that could not read them."""

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """No table changes, and no entry that is there."""
