"""Puts the keys of a backup where the settings want the key file, and sets aside what lies there."""

import contextlib
import datetime
import sqlite3
from pathlib import Path

from gatehouse.backups.key_archive import KeyBackup
from gatehouse.key_opening import check_kind, connect
from gatehouse.keyfile_error import KeyFileError
from gatehouse.private_file import make_whole
from gatehouse.protectors import Protector, choose
from gatehouse.schema import explain

BESIDE = ("", "-wal", "-shm", "-journal", ".master")  # what belongs to a key file, by the end of its name


def restore(backup: KeyBackup, path: Path, wanted: str, *, replace: bool) -> tuple[Protector, list[Path]]:
    """Make the key file from a backup. What seals it now, and where lies what lay there.

    wanted: name of a protector. KeyFileError if there is a key file and not `replace`, if a process has it open, or
    if the new one cannot be made: then the old one is where it was.
    """
    protector = choose(wanted, path)
    if path.exists() and path.stat().st_size:
        if not replace:
            raise KeyFileError(f"{path}: exists already. To put it aside and take the backup instead, add --replace.")
        settle(path)
    aside = set_aside(path)
    try:
        made = make_whole(path, lambda elsewhere: fill(elsewhere, backup, protector))
    except sqlite3.Error as failure:
        put_back(aside)
        raise KeyFileError(f"{path}: cannot be made: {explain(failure)}") from None
    except KeyFileError:
        put_back(aside)
        raise
    if not made:
        there = ", ".join(str(new) for new in aside.values()) or "nothing"
        raise KeyFileError(f"{path}: another program has just made one. What was there before: {there}.")
    return protector, list(aside.values())


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


def set_aside(path: Path) -> dict[Path, Path]:
    """Give a key file and what belongs to it a dated name; new names by old ones."""
    moment = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = path.with_name(f"{path.name}.replaced-{moment}")
    moved: dict[Path, Path] = {}
    try:
        for end in BESIDE:
            old, new = path.with_name(path.name + end), aside.with_name(aside.name + end)
            if old.exists():
                old.rename(new)
                moved[old] = new
    except OSError as failure:
        put_back(moved)
        raise KeyFileError(f"{path}: cannot be put aside ({failure.strerror}).") from None
    return moved


def put_back(aside: dict[Path, Path]) -> None:
    """Undo `set_aside`."""
    for old, new in aside.items():
        new.replace(old)


def fill(elsewhere: Path, backup: KeyBackup, protector: Protector) -> None:
    """Write the key file of a backup, its data key wrapped for this PC."""
    elsewhere.write_bytes(backup.database)
    with contextlib.closing(connect(elsewhere)) as database:
        check_kind(database, elsewhere)
        wrapped = protector.wrap(backup.data_key)
        database.execute("update vault set protector = ?, wrapped = ?", (protector.name, wrapped))
