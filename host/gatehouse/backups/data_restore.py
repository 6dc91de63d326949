"""A backup in the place of the data folder: all of it or nothing, and the folder that was there is kept."""

import contextlib
import datetime
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from gatehouse.backups import swap
from gatehouse.backups.data_archive import Progress, settle, unpack
from gatehouse.backups.manifest import BackupRefused, Manifest
from gatehouse.sole import RunsAlready, SoleRun
from gatehouse.workplace import workplace


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put there. kept: where the folder that was there lies now, None if there was none."""

    manifest: Manifest
    kept: Path | None


def restore(archive: Path, data: Path, *, replace: bool, progress: Progress) -> Restored:
    """Put the databases of an archive in the place of the folder `data`.

    `replace`: also where there is one already. BackupRefused or OSError: then everything is as it was.
    """
    data = data.resolve()
    try:
        swap.mend(data)
    except swap.AtWork:
        raise BackupRefused(f"{data}: another restore is at work there. Wait for it.") from None
    if data.exists() and not data.is_dir():
        raise BackupRefused(f"{data}: is no folder. Look at [store] data in the settings.")
    if data.is_mount():
        raise BackupRefused(
            f"{data}: is where a disk is mounted, which cannot be exchanged as a whole. Name a folder on that disk in "
            f'the settings, [store] data = "{data / "data"}", and move what is there into it.'
        )
    filled = data.exists() and any(data.iterdir())
    if filled and not replace:
        raise BackupRefused(f"{data}: there is data already. With --replace that folder is kept under another name.")
    data.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.ExitStack() as held:
        if data.exists():
            try:
                lock = held.enter_context(contextlib.closing(SoleRun(data)))
            except RunsAlready:
                raise BackupRefused(
                    f"{data}: a gatehouse serves this folder. Stop it first, for example: systemctl stop gatehouse"
                ) from None
        work = held.enter_context(workplace(data.parent))
        fresh = work / "data"
        fresh.mkdir(mode=0o700)
        told = unpack(archive, fresh, progress)
        _give_to_owner_of(data if data.exists() else data.parent, fresh)
        settle(fresh)
        old = _free_name(data) if data.exists() else None
        if old is not None and sys.platform == "win32":
            lock.close()  # a folder with an open file in it cannot be renamed there
        swap.put(fresh, data, old)
        settle(data.parent)
    if old is not None and not filled:
        shutil.rmtree(old, ignore_errors=True)
        old = None
    return Restored(told, old)


def _free_name(data: Path) -> Path:
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    name, number = data.with_name(f"{data.name}.before-{stamp}"), 1
    while name.exists():
        number += 1
        name = data.with_name(f"{data.name}.before-{stamp}-{number}")
    return name


def _give_to_owner_of(like: Path, fresh: Path) -> None:
    """Run by root for a gatehouse of another user, files go to that user."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return
    owner = like.stat()
    for path in (fresh, *fresh.iterdir()):
        os.chown(path, owner.st_uid, owner.st_gid)
