"""Whether the ledger still is what it was: compared with the newest head, of which the key file keeps a copy.

An old copy of a database that was put back is whole in itself: only what lies elsewhere can tell. Key file and data
never are in one backup.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from gatehouse import alarms, tree
from gatehouse.deeds import Detail
from gatehouse.heads import Head
from gatehouse.words import Words, clock, filled


@dataclass(frozen=True, slots=True)
class FallenBack:
    """The ledger is not what `head` says that it was. size: how many entries it has now."""

    head: Head
    size: int

    @property
    def missing(self) -> int:
        """How many entries there are too few; 0 if there are enough, and others than there were."""
        return max(self.head.size - self.size, 0)

    def words(self) -> Words:
        """For people."""
        said = alarms.LEDGER_FELL_BACK if self.missing else alarms.LEDGER_IS_ANOTHER
        head = self.head
        return filled(
            said, number=head.number, size=head.size, now=self.size, at=clock(head.at_s), missing=self.missing
        )

    def detail(self) -> dict[str, Detail]:
        """For the ledger itself, so that it shows from now on what it lacks."""
        head = self.head
        return {
            "head": head.number,
            "size": head.size,
            "root": head.root,
            "at_s": head.at_s,
            "signature": head.signature,
            "missing": self.missing,
        }


def compared(connection: sa.Connection, kept: Head | None) -> FallenBack | None:
    """None if the ledger still holds all that the head which was kept elsewhere covers."""
    if kept is None:
        return None
    size = tree.size_of(connection)
    if size >= kept.size and tree.peaks_at(connection, kept.size).root() == kept.root:
        return None
    return FallenBack(kept, size)
