"""Register and ledger in one ZIP archive: made while the gatehouse runs, read back without trusting it.

ZIP, because each member can be checked and bounded before it is read, and every system opens one. Deflate's level 1:
pseudonyms and hashes do not compress, whatever time is spent on them.
"""

import contextlib
import hashlib
import os
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from gatehouse import snapshot
from gatehouse.backups import manifest, swap
from gatehouse.backups.manifest import DATABASES, BackupRefused, Manifest, Saved
from gatehouse.migrations import CannotMigrate, found_version
from gatehouse.workplace import workplace

CHUNK_BYTES = 1 << 20
LEVEL = 1
Progress = Callable[[int, int], None]  # bytes done, bytes in all

# What reading a damaged or hostile archive raises in zipfile and zlib.
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OverflowError)


def write(data: Path, target: Path, progress: Progress) -> Manifest:
    """Save the databases of the folder `data`, each as it is at one moment, to the new file `target`.

    The archive appears under its name when it is whole and durable. BackupRefused if there is nothing to save, or
    something that must not be; OSError or sqlite3.Error if reading or writing fails: then nothing has appeared.
    """
    if not target.parent.is_dir():
        raise BackupRefused(f"{target.parent}: there is no such folder. Mount the disk, or make the folder first.")
    if target.exists():
        raise BackupRefused(f"{target}: there is such a file already. Choose another name.")
    if swap.is_unfinished(data.resolve()):
        raise BackupRefused(
            f"{data}: a restore was interrupted. Run it again first: gatehouse restore data FILE --replace"
        )
    names = [name for name in DATABASES if (data / name).exists()]
    if not names:
        raise BackupRefused(f"{data}: neither register nor ledger is there yet; nothing to save.")
    with workplace(target.parent) as work:
        steps = Steps(2 * sum((data / name).stat().st_size for name in names), progress)
        saved = []
        for name in names:
            steps.begin((data / name).stat().st_size)
            snapshot.take(data / name, work / name, steps.part)
            saved.append(examined(work / name, str(data / name)))
        told = manifest.made_now(saved)
        whole = work / "archive"
        _pack(whole, work, told, steps)
        if target.exists():
            raise BackupRefused(f"{target}: there is such a file already. Choose another name.")
        whole.replace(target)
        settle(target.parent)
    return told


def _pack(whole: Path, work: Path, told: Manifest, steps: "Steps") -> None:
    with os.fdopen(
        os.open(whole, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "w+b"
    ) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
            archive.writestr(manifest.NAME, told.model_dump_json(indent=1))
            for saved in told.files:
                steps.begin(saved.bytes)
                with (
                    (work / saved.name).open("rb") as source,
                    archive.open(saved.name, "w", force_zip64=True) as member,
                ):
                    done = 0
                    while chunk := source.read(CHUNK_BYTES):
                        member.write(chunk)
                        done += len(chunk)
                        steps.part(done, saved.bytes)
        file.flush()
        os.fsync(file.fileno())


def unpack(archive: Path, into: Path, progress: Progress) -> Manifest:
    """Write the databases of an archive into the folder `into`, each checked, under names that are ours.

    BackupRefused if the archive is damaged, newer than this version, or holds anything but what its manifest says;
    OSError if reading or writing fails.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            told = _manifest_of(opened)
            _check_room(told, into)
            steps = Steps(sum(saved.bytes for saved in told.files), progress)
            for saved in told.files:
                steps.begin(saved.bytes)
                _take_out(opened, saved, into / saved.name, steps)
    except DAMAGE:
        raise BackupRefused(f"{archive}: it is damaged or incomplete. Take another backup.") from None
    except BackupRefused as refusal:
        raise BackupRefused(f"{archive}: {refusal}") from None
    for saved in told.files:
        if examined(into / saved.name, f"{archive}, {saved.name}") != saved:
            raise BackupRefused(f"{archive}: {saved.name} is not what its manifest says. Take another backup.")
    return told


def _manifest_of(opened: zipfile.ZipFile) -> Manifest:
    members = {member.filename: member for member in opened.infolist()}
    first = members.get(manifest.NAME)
    if first is None or first.file_size > manifest.BYTES_MAX:
        raise BackupRefused("this is no backup of Gatehouse's data.")
    with opened.open(first) as file:
        told = manifest.understood(file.read(manifest.BYTES_MAX))
    names = [manifest.NAME, *(saved.name for saved in told.files)]
    sizes = {saved.name: members[saved.name].file_size for saved in told.files if saved.name in members}
    if sorted(names) != sorted(member.filename for member in opened.infolist()) or sizes != {
        saved.name: saved.bytes for saved in told.files
    }:
        raise BackupRefused("it does not hold what its manifest says. Take another backup.")
    return told


def _check_room(told: Manifest, into: Path) -> None:
    needed, free = sum(saved.bytes for saved in told.files), shutil.disk_usage(into).free
    if needed > free:
        raise BackupRefused(
            f"it takes {needed / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free. Make room on that disk."
        )


def _take_out(opened: zipfile.ZipFile, saved: Saved, target: Path, steps: "Steps") -> None:
    done = 0
    with (
        opened.open(saved.name) as member,
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
    ):
        while chunk := member.read(CHUNK_BYTES):
            done += len(chunk)
            if done > saved.bytes:
                raise BackupRefused("it does not hold what its manifest says. Take another backup.")
            file.write(chunk)
            steps.part(done, saved.bytes)
        file.flush()
        os.fsync(file.fileno())


def examined(path: Path, called: str) -> Saved:
    """What a database file is. BackupRefused, with the name that it is `called`, if it is no sound one of ours."""
    steps, counting = DATABASES[path.name]
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("pragma trusted_schema = off")
            # Ours are tables and indexes; anything that runs by itself is somebody else's.
            odd = database.execute(
                "select count(*) from sqlite_master where type not in ('table', 'index')"
            ).fetchone()[0]
            sound = database.execute("pragma quick_check(1)").fetchone() == ("ok",)
            version = found_version(database, path)
            if odd or not sound or version is None:
                raise BackupRefused(f"{called}: it is damaged, or no database of ours.")
            rows = database.execute(counting).fetchone()[0]
    except (sqlite3.Error, CannotMigrate):
        raise BackupRefused(f"{called}: it is damaged, or no database of ours.") from None
    if version > steps.newest():
        raise BackupRefused(f"{called}: a later Gatehouse has written it (version {version}). Update this Gatehouse.")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return Saved(name=path.name, version=version, rows=rows, bytes=path.stat().st_size, sha256=digest.hexdigest())  # type: ignore[arg-type]  # the name is checked


def settle(folder: Path) -> None:
    """Make names in a folder durable, where the system lets one ask for it."""
    if os.name == "posix":
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


class Steps:
    """Progress over several parts, each known by its own size and measure."""

    def __init__(self, total_bytes: int, progress: Progress) -> None:
        self._total = total_bytes
        self._progress = progress
        self._before = self._size = 0

    def begin(self, size_bytes: int) -> None:
        """The part before is done; the next one has this size."""
        self._before += self._size
        self._size = size_bytes

    def part(self, done: int, total: int) -> None:
        """So much of the part is done, in whatever unit."""
        self._progress(self._before + self._size * done // max(1, total), self._total)
