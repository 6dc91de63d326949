"""Whether a disk has room for an import, before it begins: the ledger, on the same disk, needs what is left."""

import shutil
from pathlib import Path

import sqlalchemy as sa

from gatehouse.schema import DatabaseError

MB = 1_000_000
BYTES_A_PERSON = 60  # about 42 with a short word for the source
LOG_BYTES = 16 * MB  # beside the file, while it is filled
LEFT_FOR_OTHERS_BYTES = 64 * MB
SMALL_BYTES = MB  # so little is simply tried


def check(path: Path, connection: sa.Connection, people: int, *, whole: bool) -> None:
    """DatabaseError if `people` more do not fit on the disk of the register at `path`, filled in beside it.

    `whole`: nobody who is there already is taken over.
    """
    page, pages, free = (
        connection.exec_driver_sql(f"pragma {name}").scalar_one()
        for name in ("page_size", "page_count", "freelist_count")
    )
    needed = people * BYTES_A_PERSON + (0 if whole else page * (pages - free))
    if needed <= SMALL_BYTES:
        return
    needed = max(0, needed - page * free) + LOG_BYTES + LEFT_FOR_OTHERS_BYTES
    there = shutil.disk_usage(path.parent).free
    if needed > there:
        raise DatabaseError(
            f"{path}: {people} people take {needed / MB:.0f} MB on that disk while they are imported, and "
            f"{there / MB:.0f} MB are free. Free space on it."
        )
