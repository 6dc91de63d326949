"""Brings the key file of an older version to this one: alone, after a copy was made, all of it or nothing."""

import contextlib
import datetime
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from gatehouse.key_tables import MIGRATIONS, VERSION
from gatehouse.keyfile_error import KeyFileError
from gatehouse.private_file import make_whole
from gatehouse.protectors import choose


def migrate(database: sqlite3.Connection, path: Path, protector: str) -> str:
    """Do it; what its operator must read. Empty if another process has done it meanwhile.

    `protector`: as the settings name it. KeyFileError if another process has the file open. What sqlite3 raises comes
    through, and then the file is as it was.
    """
    with alone(database, path):
        version = version_of(database)
        if version >= VERSION:
            return ""
        chosen = choose(protector, path)
        copy = keep_copy(database, path, version)
        database.execute("begin")
        for number in range(version, VERSION):
            MIGRATIONS[number](database, chosen)
        database.execute("commit")
    return (
        f"{path}: was written by an older Gatehouse and is sealed by {chosen.name} now. {chosen.protects} "
        f"{copy} is as it was: it holds the keys unsealed. Destroy it as soon as all gates are up, and older "
        "backups of the file too."
    )


@contextlib.contextmanager
def alone(database: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Keep every other process out, also those that only have the file open; an open transaction is undone at the end.

    In WAL mode every open connection holds a lock, so leaving that mode fails while there is another one. The journal
    that takes its place holds unsealed rows: it is cut to nothing, and then removed.
    """
    try:
        database.execute("pragma journal_mode = truncate")
        database.execute("pragma locking_mode = exclusive")
        database.execute("begin exclusive")
        database.execute("commit")  # the lock stays
    except sqlite3.OperationalError as failure:
        if failure.sqlite_errorcode not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise
        raise KeyFileError(
            f"{path}: is of an older version, and a gatehouse or another program has it open. Stop that one, then "
            "start again; the file is as it was."
        ) from None
    try:
        yield
    finally:
        if database.in_transaction:
            database.execute("rollback")
        database.execute("pragma locking_mode = normal")
        version_of(database)  # the lock goes with the next access


def version_of(database: sqlite3.Connection) -> int:
    """The version that the file names."""
    return int(database.execute("pragma user_version").fetchone()[0])


def keep_copy(database: sqlite3.Connection, path: Path, version: int) -> Path:
    """A copy beside the file, under a name that tells version and time; KeyFileError if it cannot be made."""

    def copy_into(elsewhere: Path) -> None:
        with contextlib.closing(sqlite3.connect(elsewhere)) as copy:
            database.backup(copy)

    moment = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    copy = path.with_name(f"{path.name}.v{version}-{moment}")
    if not make_whole(copy, copy_into, beside=path):
        raise KeyFileError(f"{copy}: exists already. Move it away, then start again.")
    return copy


def unsealed_copies(path: Path) -> list[Path]:
    """Copies of version 1 that still lie beside the key file."""
    return sorted(path.parent.glob(f"{path.name}.v1-*"))
