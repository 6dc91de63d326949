"""How the key file is made, told from other files, and opened."""

import contextlib
import sqlite3
from pathlib import Path

from gatehouse.access import obstacle
from gatehouse.key_migration import migrate, version_of
from gatehouse.key_tables import APPLICATION_ID, VERSION, fill
from gatehouse.keyfile_error import KeyFileError
from gatehouse.private_file import check_private, make_whole
from gatehouse.protectors import Protector, by_name, choose
from gatehouse.schema import explain
from gatehouse.vault import Vault
from gatehouse.workplace import sweep

WAIT_S = 1.0  # for another process that is writing, an enrolment for example

Opened = tuple[sqlite3.Connection, Vault, list[str]]


def open_file(path: Path, protector: str, *, create: bool) -> Opened:
    """The database, what opens its rows, and what its operator should read. KeyFileError as `KeyFile` says."""
    if shut := obstacle(path.parent):
        raise KeyFileError(shut)
    news = []
    sweep(path.parent)  # what killed processes have left of files that they were making there
    if create and (not path.exists() or (path.is_file() and path.stat().st_size == 0)):
        news.append(make(path, protector))
    check_there(path)
    check_private(path)
    database = connect(path)
    try:
        check_kind(database, path)
        if version_of(database) < VERSION:
            news.append(migrate(database, path, protector))
        # Deleted rows are overwritten; a commit is on the disk before it is acknowledged.
        for pragma in ("secure_delete = on", "journal_mode = wal", "synchronous = full"):
            database.execute(f"pragma {pragma}")
        return database, open_vault(database, path), [line for line in news if line]
    except sqlite3.Error as failure:
        database.close()
        raise KeyFileError(f"{path}: {explain(failure)}") from None
    except BaseException:
        database.close()
        raise


def connect(path: Path) -> sqlite3.Connection:
    """A connection without transactions of its own."""
    return sqlite3.connect(path, isolation_level=None, timeout=WAIT_S)


def make(path: Path, wanted: str) -> str:
    """Make the file; what to tell of it, empty if another process made it first."""
    protector = choose(wanted, path)
    try:
        if path.exists():
            made = _fill(path, protector)
        else:
            made = make_whole(path, lambda elsewhere: _fill(elsewhere, protector), beside=path)
    except sqlite3.Error as failure:
        raise KeyFileError(f"{path}: cannot be made: {explain(failure)}") from None
    return f"{path}: made; its keys are sealed by {protector.name}. {protector.protects}" if made else ""


def _fill(path: Path, protector: Protector) -> bool:
    """Fill an empty file in one transaction; False if another process has."""
    with contextlib.closing(connect(path)) as database:
        database.execute("begin immediate")
        if version_of(database):
            return False
        fill(database, protector)
        database.execute("commit")
        # Of two processes that would open it and change this at once, one would be refused.
        database.execute("pragma journal_mode = wal")
    return True


def check_there(path: Path) -> None:
    """KeyFileError if there is no file, an empty one, or something else."""
    if path.exists() and not path.is_file():
        raise KeyFileError(f"{path}: is no file. Look at [store] keys in the settings.")
    if not path.exists():
        raise KeyFileError(
            f"{path}: no key file. Put it back where the settings say; a new station gets one when its first gate is "
            "enrolled."
        )
    if path.stat().st_size == 0:
        raise KeyFileError(
            f"{path}: is empty: a start that was cut off left it, or its content was lost. If this station had gates, "
            "restore the keys from a backup (gatehouse restore keys); if it is new, delete the file."
        )


def check_kind(database: sqlite3.Connection, path: Path) -> None:
    """KeyFileError if this is another program's database, a later version's, or damaged."""
    version = version_of(database)
    ours = database.execute("pragma application_id").fetchone()[0] == APPLICATION_ID
    tables = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
    if ours and version > VERSION:
        raise KeyFileError(f"{path}: written by a later Gatehouse (version {version}). Update this one.")
    if not {"gates", "secrets"} <= tables or not (version == 1 or (ours and version == VERSION)):
        raise KeyFileError(f"{path}: this is another program's database, not a key file. Check [store] keys.")
    if database.execute("pragma quick_check(1)").fetchone()[0] != "ok":
        raise KeyFileError(f"{path}: is damaged. Restore the keys from a backup: gatehouse restore keys")


def open_vault(database: sqlite3.Connection, path: Path) -> Vault:
    """KeyFileError if the data key cannot be unwrapped here."""
    found = database.execute("select protector, wrapped from vault").fetchone()
    if found is None:
        raise KeyFileError(f"{path}: has lost its data key. Restore the keys from a backup: gatehouse restore keys")
    name, wrapped = found
    return Vault(by_name(name, path).unwrap(wrapped))
