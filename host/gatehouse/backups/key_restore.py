"""Puts the keys of a backup where the settings want the key file, and keeps what lies there under a dated name.

At every moment there is a whole key file under the name, the old one or the new: a process that is killed in between
never leaves a station that looks new.
"""

import contextlib
import datetime
import functools
import shutil
import sqlite3
from pathlib import Path

from gatehouse.backups.key_archive import KeyBackup
from gatehouse.key_opening import check_kind, connect
from gatehouse.keyfile_error import KeyFileError
from gatehouse.private_file import make_whole
from gatehouse.protectors import Protector, choose
from gatehouse.protectors.master_file import MasterFile
from gatehouse.schema import explain

LOGS = ("-wal", "-shm", "-journal")  # SQLite's own files beside a key file that is damaged or was cut off


def restore(backup: KeyBackup, path: Path, wanted: str, *, replace: bool) -> tuple[Protector, list[Path]]:
    """Make the key file from a backup. What seals it now, and where lies what lay there.

    wanted: name of a protector. KeyFileError if there is a key file and not `replace`, if a process has it open, or
    if the new one cannot be made: then the old one is where it was.
    """
    if path.exists() and not path.is_file():
        raise KeyFileError(f"{path}: is no file. Look at [store] keys in the settings.")
    protector = choose(wanted, path)
    master = MasterFile(path)
    if path.exists() and path.stat().st_size:
        if not replace:
            raise KeyFileError(f"{path}: exists already. To put it aside and take the backup instead, add --replace.")
        settle(path)
    kept = keep(path)
    try:
        if master.path in kept and not master.is_usable():
            master.path.unlink()  # it opens nothing; the new key file gets a new one
        make_whole(path, lambda elsewhere: fill(elsewhere, path, backup, protector), replace=True, beside=path)
    except (sqlite3.Error, KeyFileError, OSError) as failure:
        put_back(kept)
        if isinstance(failure, KeyFileError):
            raise
        raise KeyFileError(f"{path}: cannot be made: {reason(failure)}") from None
    if protector.name != MasterFile.name:
        master.path.unlink(missing_ok=True)  # of the old one, which has its copy
    return protector, list(kept.values())


def settle(path: Path) -> None:
    """Bring everything of the old key file into that one file. KeyFileError if a process has it open.

    One that is damaged is taken as it is.
    """
    try:
        with contextlib.closing(connect(path)) as database:
            database.execute("pragma journal_mode = delete")
            database.execute("begin exclusive")
    except sqlite3.Error as failure:
        if getattr(failure, "sqlite_errorcode", None) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise KeyFileError(
                f"{path}: a gatehouse or another program has it open. Stop that one, then try again."
            ) from None


def keep(path: Path) -> dict[Path, Path]:
    """Copy a key file and what belongs to it to a dated name; the copies by what they are of. KeyFileError if not."""
    moment = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    kept: dict[Path, Path] = {}
    for end in ("", *LOGS, ".master"):
        old = path.with_name(path.name + end)
        copy = path.with_name(f"{path.name}.replaced-{moment}{end}")
        if old.exists():
            make_whole(copy, functools.partial(shutil.copyfile, old), beside=path)
            kept[old] = copy
    return kept


def put_back(kept: dict[Path, Path]) -> None:
    """Undo `keep`, and whatever was done since to what was kept."""
    for old, copy in kept.items():
        copy.replace(old)


def fill(elsewhere: Path, path: Path, backup: KeyBackup, protector: Protector) -> None:
    """Write the key file of a backup, its data key wrapped for this PC, as the very last thing before it takes `path`.

    A log of the old one would be taken for the new one's: it goes first.
    """
    elsewhere.write_bytes(backup.database)
    with contextlib.closing(connect(elsewhere)) as database:
        check_kind(database, elsewhere)
        wrapped = protector.wrap(backup.data_key)
        database.execute("update vault set protector = ?, wrapped = ?", (protector.name, wrapped))
    for end in LOGS:
        path.with_name(path.name + end).unlink(missing_ok=True)


def reason(failure: Exception) -> str:
    """What the system or SQLite said, without values."""
    return explain(failure) if isinstance(failure, sqlite3.Error) else str(getattr(failure, "strerror", "") or "")
