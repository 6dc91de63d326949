"""From an older version of a database to this one's: numbered steps, a copy first, all of them or none.

A database's version is 1 plus the number of its steps, and stands in its table `meta`. To change a schema, append a
step that changes what is there, change the table in `schema` to match, and freeze a database of the version before
in tests/vectors/. Steps that have been released stay as they are.
"""

import contextlib
import datetime
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from gatehouse import snapshot
from gatehouse.access import hand_over, other_owner
from gatehouse.private_file import sync_folder
from gatehouse.sole import RunsAlready, SoleRun

Step = Callable[[sqlite3.Connection], None]  # changes tables inside the transaction that it is called in


def let_in_notes(_database: sqlite3.Connection) -> None:
    """Ledger, version 2: entries of format 2, with a note, may follow. No table changes, and no entry that is there;
    the new number keeps programs away that could not read them.
    """


def let_in_grounds(_database: sqlite3.Connection) -> None:
    """Ledger, version 3: entries of format 3, whose note bears grounds, may follow. As with the step before."""


REGISTER_STEPS: Sequence[Step] = ()
LEDGER_STEPS: Sequence[Step] = (let_in_notes, let_in_grounds)
LISTS_STEPS: Sequence[Step] = ()
ANSWERS_STEPS: Sequence[Step] = ()

WAIT_S = 5.0


class CannotMigrate(Exception):
    """The database stays as it is; the text says why and what to do."""


def version_of(steps: Sequence[Step]) -> int:
    """The version that a database has after all of its steps."""
    return 1 + len(steps)


def found_version(database: sqlite3.Connection, path: Path) -> int | None:
    """The version of a database, None of an empty one. CannotMigrate if it is none of ours."""
    tables = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
    if not tables:
        return None
    row = database.execute("select value from meta where name = 'version'").fetchone() if "meta" in tables else None
    if row is None or not str(row[0]).isascii() or not str(row[0]).isdecimal() or len(str(row[0])) > 6:
        raise CannotMigrate(
            f"{path}: this is another program's database, or damaged. Put the right file there, or restore a backup."
        )
    return int(row[0])


def bring_up_to_date(path: Path, steps: Sequence[Step]) -> bool:
    """Take an older database through the steps that it lacks; whether there is anything in the file at all.

    CannotMigrate if its version is newer, if a gatehouse serves it, or if a step failed: then nothing has changed.
    sqlite3.Error and OSError if file or disk do not allow it: then too.
    """
    newest = version_of(steps)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=WAIT_S)) as database:
        found = found_version(database, path)
        if found is not None and found > newest:
            raise CannotMigrate(
                f"{path}: a later Gatehouse has written it (version {found}; this one knows {newest}). Update this "
                f"Gatehouse; or, to stay with it, restore a backup or the copy {path.name}.v{newest}-... beside it."
            )
        if found is None or found == newest:
            return found is not None
        try:
            serving = SoleRun(path.parent)
        except RunsAlready:
            raise CannotMigrate(
                f"{path}: it is of version {found} and has to become {newest}. Another process holds it. "
                "Restart a gatehouse that was started before the update; one that was not is just doing it: try again."
            ) from None
        with contextlib.closing(serving):
            _migrate(database, path, steps)
        return True


def _migrate(database: sqlite3.Connection, path: Path, steps: Sequence[Step]) -> None:
    database.execute("pragma secure_delete = on")
    database.execute("pragma synchronous = full")
    database.execute("begin immediate")
    try:
        # Another process may have been faster while this one waited.
        found = found_version(database, path) or version_of(steps)
        if found < version_of(steps):
            copy = keep_copy(path, found)
            for number, step in enumerate(steps[found - 1 :], start=found + 1):
                _take(step, number, database, path, copy)
            database.execute("update meta set value = ? where name = 'version'", (str(version_of(steps)),))
        database.execute("commit")
    except BaseException:
        if database.in_transaction:
            database.execute("rollback")
        raise


def _take(step: Step, number: int, database: sqlite3.Connection, path: Path, copy: Path) -> None:
    try:
        step(database)
    except sqlite3.IntegrityError as failure:
        # Values may stand in the driver's text: only its kind is told.
        raise CannotMigrate(
            f"{path}: the step to version {number} does not fit what is in it ({type(failure).__name__}). Nothing was "
            f"changed, and {copy.name} is a copy. Go back to the Gatehouse before, and report this."
        ) from None


def keep_copy(path: Path, version: int) -> Path:
    """A copy of what is committed, durable and for its owner only, beside the database: its path."""
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    kept = path.with_name(f"{path.name}.v{version}-{stamp}")
    fresh = path.with_name(f"{path.name}.copy")
    fresh.unlink(missing_ok=True)  # one that was cut short
    snapshot.take(path, fresh)
    hand_over(fresh, other_owner(path))
    fresh.replace(kept)
    sync_folder(kept.parent)  # the copy has its name before anything changes
    return kept
