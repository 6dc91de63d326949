"""From an older version of a database to this one's: a copy first, then every step that it lacks, or none of them.

A database's version stands in its table `meta`; what the steps do, and how to add one, in `gatehouse.revisions`. They
are Alembic's revisions and operations. Its own table of versions and its commands are not used: older programs read
`meta`, and a copy, a lock and one transaction belong around all steps together.
"""

import contextlib
import datetime
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from gatehouse import snapshot
from gatehouse.access import hand_over, other_owner
from gatehouse.private_file import sync_folder
from gatehouse.sole import RunsAlready, SoleRun

REVISIONS = Path(__file__).with_name("revisions")
REVISION_FILE = re.compile(r"v(\d+)_\w+\.py")


@dataclass(frozen=True, slots=True)
class Steps:
    """The versions of one database, a file each in `folder`: v1_..., v2_... and so on."""

    folder: Path

    def newest(self) -> int:
        """The version that a database has after all of them. By the files' names: programs that find nothing to do
        do not load Alembic, which takes 0.1 s.
        """
        return NEWEST.get(self.folder) or newest_in(self.folder)

    def after(self, version: int) -> list[tuple[int, Callable[[], None]]]:
        """The steps that a database of this version lacks, each with the version that it makes."""
        from alembic.script import ScriptDirectory

        script = ScriptDirectory(str(self.folder), version_locations=[str(self.folder)])
        lacking = script.iterate_revisions("heads", str(version) if version else "base")
        return [(int(one.revision), one.module.upgrade) for one in reversed(list(lacking))]


def newest_in(folder: Path) -> int:
    """The highest version that a file there makes."""
    names = [REVISION_FILE.fullmatch(path.name) for path in folder.iterdir()]
    return max(int(name[1]) for name in names if name)


REGISTER_STEPS = Steps(REVISIONS / "register")
LEDGER_STEPS = Steps(REVISIONS / "ledger")
LISTS_STEPS = Steps(REVISIONS / "lists")
ANSWERS_STEPS = Steps(REVISIONS / "answers")

# Read while the program is loaded: later it may have given up the right to.
NEWEST = {steps.folder: newest_in(steps.folder) for steps in (REGISTER_STEPS, LEDGER_STEPS, LISTS_STEPS, ANSWERS_STEPS)}
WAIT_S = 5.0


class CannotMigrate(Exception):
    """The database stays as it is; the text says why and what to do."""


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


def bring_up_to_date(path: Path, steps: Steps) -> bool:
    """Take an older database through the steps that it lacks; whether there is anything in the file at all.

    CannotMigrate if its version is newer, if a gatehouse serves it, or if a step failed: then nothing has changed.
    sqlite3.Error and OSError if file or disk do not allow it: then too.
    """
    newest = steps.newest()
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


def _migrate(database: sqlite3.Connection, path: Path, steps: Steps) -> None:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    # SQLAlchemy over the connection that is open: the transaction is begun and ended here, and by nobody else.
    engine = sa.create_engine("sqlite://", creator=lambda: database, poolclass=sa.pool.StaticPool, hide_parameters=True)
    with engine.connect() as connection, Operations.context(MigrationContext.configure(connection)):
        database.execute("pragma secure_delete = on")
        database.execute("pragma synchronous = full")
        database.execute("pragma temp_store = memory")
        database.execute("begin immediate")
        try:
            # Another process may have been faster while this one waited.
            found = found_version(database, path) or steps.newest()
            if found < steps.newest():
                copy = keep_copy(path, found)
                for number, step in steps.after(found):
                    _take(step, number, path, copy)
                database.execute("update meta set value = ? where name = 'version'", (str(steps.newest()),))
            database.execute("commit")
        except BaseException:
            if database.in_transaction:
                database.execute("rollback")
            raise


def _take(step: Callable[[], None], number: int, path: Path, copy: Path) -> None:
    try:
        step()
    except sa.exc.IntegrityError as failure:
        # Values may stand in the driver's text: only its kind is told.
        raise CannotMigrate(
            f"{path}: the step to version {number} does not fit what is in it ({type(failure).__name__}). Nothing was "
            f"changed, and {copy.name} is a copy. Go back to the Gatehouse before, and report this."
        ) from None
    except sa.exc.DBAPIError as failure:
        if isinstance(failure.orig, sqlite3.Error):
            raise failure.orig from None
        raise


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
