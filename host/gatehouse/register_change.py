"""A change of the register and its deed in the ledger: both are there afterwards, or neither is in force.

The deed is recorded, and is on the disk, right before the register's transaction ends. What ends between the two (a
power cut, a full disk) leaves a deed of what never came into force. Register and deed bear the same mark, so the next
change sees that, as it sees that the register was restored from an older copy, and records which deeds do not count.
"""

import contextlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace

import sqlalchemy as sa

from gatehouse.deeds import Deed, Detail, What
from gatehouse.ledger import Ledger
from gatehouse.register_memory import remember, remembered
from gatehouse.schema import DatabaseError, explain

CHANGES = frozenset((What.REGISTER_IMPORTED, What.REGISTER_UPDATED, What.REGISTER_DELETED))
MARK, UNDONE = "change", "undone"  # details: the mark of this change; that of one that is not in force
MARK_BYTES = 8
LOOK_BACK = 10_000  # deeds among which that of the register's last change is looked for
NAME = "last change"  # in the register's memory


class Change:
    """One import, update or deletion."""

    def __init__(self, ledger: Ledger, deed: Deed) -> None:
        """`deed`: what is known of it before it is done."""
        self._ledger = ledger
        self._mark = secrets.token_bytes(MARK_BYTES)
        self._deed = replace(deed, detail={**deed.detail, MARK: self._mark})
        self._recorded = False
        self.lost = 0  # earlier changes that turned out not to be in force

    def seal(self, connection: sa.Connection, counts: Mapping[str, Detail]) -> None:
        """At the end of the register's transaction. counts: what was done. DatabaseError if it cannot be recorded."""
        deed = replace(self._deed, detail={**self._deed.detail, **counts})
        try:
            for gone in not_in_force(self._ledger, remembered(connection, NAME)):
                self._ledger.record(replace(deed, what=gone.what, detail={UNDONE: gone.detail[MARK]}))
                self.lost += 1
            self._ledger.record(deed)
        except (sa.exc.SQLAlchemyError, DatabaseError) as failure:
            said = str(failure) if isinstance(failure, DatabaseError) else f"{self._ledger.path}: {explain(failure)}"
            raise DatabaseError(f"The ledger cannot record it. {said}") from None
        self._recorded = True
        remember(connection, NAME, self._mark.hex())

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Around the register's transaction: if that fails after the deed was recorded, that is recorded too."""
        try:
            yield
        except Exception:
            if self._recorded:
                # If the ledger takes that neither, the next change finds it out.
                with contextlib.suppress(sa.exc.SQLAlchemyError, DatabaseError):
                    self._ledger.record(replace(self._deed, detail={UNDONE: self._mark}))
            raise


def not_in_force(ledger: Ledger, last: str | None) -> list[Deed]:
    """Deeds of changes that the register does not hold, the oldest first, but for those of which that is recorded.

    last: mark of the register's last change, None if it knows none. Nothing is said where the ledger does not know that
    one: then it is the ledger that is older. Errors of SQLAlchemy come through.
    """
    found: list[Deed] = []
    told: set[Detail] = set()
    for deed in reversed(ledger.deeds(LOOK_BACK)):
        if deed.what not in CHANGES:
            continue
        if UNDONE in deed.detail:
            told.add(deed.detail[UNDONE])
        elif MARK in deed.detail:
            mark = deed.detail[MARK]
            if isinstance(mark, bytes) and mark.hex() == last:
                return found[::-1]
            if mark not in told:
                found.append(deed)
    return [] if last is not None else found[::-1]
