"""A file system under SQLite that tells what is done to it, and breaks when it is told to.

It stands between SQLite and its usual VFS, as the default one of this process: the product's code opens its databases
as ever. Locks, shared memory and paths stay with the usual VFS.
"""

import contextlib
import ctypes
import os
from collections.abc import Iterator

from faults import sqlite_vfs
from faults.sqlite_vfs import OK, File, Methods, Vfs


class Watcher:
    """Is told of each operation before it is carried out. The answer: a code of SQLite, not OK = it fails with that."""

    def read(self, path: str, offset: int, size: int) -> int:
        return OK

    def write(self, path: str, offset: int, data: bytes) -> int:
        return OK

    def truncate(self, path: str, size: int) -> int:
        return OK

    def sync(self, path: str) -> int:
        return OK

    def delete(self, path: str, *, settled: bool) -> int:
        """settled: the folder is synced too."""
        return OK

    def open(self, path: str, *, creates: bool) -> int:
        """`path`: "" for a file without a name, which ends with its connection. creates: where there is none yet."""
        return OK


class Shim:
    """One for the process: what is registered with SQLite is never freed."""

    def __init__(self) -> None:
        self._sqlite = sqlite_vfs.library()
        self._usual = self._sqlite.sqlite3_vfs_find(None)
        self._vfs = Vfs.from_buffer_copy(self._usual.contents)
        self._vfs.name = b"faults"
        self._vfs.open, self._vfs.delete = sqlite_vfs.Open(self._open), sqlite_vfs.Delete(self._delete)
        self._tables: dict[int, tuple[Methods, Methods]] = {}  # by the address of the usual one: usual, ours
        self._files: dict[int, tuple[str, Methods]] = {}
        self._watcher = Watcher()

    @contextlib.contextmanager
    def under(self, watcher: Watcher) -> Iterator[None]:
        """What is opened meanwhile goes through the shim. All of it must be closed when this ends."""
        self._watcher = watcher
        self._sqlite.sqlite3_vfs_register(ctypes.byref(self._vfs), 1)
        try:
            yield
        finally:
            self._sqlite.sqlite3_vfs_register(self._usual, 1)
            self._sqlite.sqlite3_vfs_unregister(ctypes.byref(self._vfs))
            self._watcher = Watcher()

    def watch(self, watcher: Watcher) -> None:
        """Another one from now on, for what is open too."""
        self._watcher = watcher

    # --- called by SQLite ---------------------------------------------------------------------------------

    def _open(self, vfs: int, name: int | None, file: int, flags: int, told: object) -> int:
        path = os.fsdecode(ctypes.string_at(name)) if name else ""
        failed = self._watcher.open(path, creates=bool(flags & sqlite_vfs.CREATE))
        code = failed or self._usual.contents.open(ctypes.addressof(self._usual.contents), name, file, flags, told)
        opened = File.from_address(file)
        if failed:
            opened.methods = None  # SQLite closes what has methods
        elif code == OK:
            usual = opened.methods.contents
            if ctypes.addressof(usual) not in self._tables:
                self._tables[ctypes.addressof(usual)] = usual, self._ours(usual)
            self._files[file] = path, usual
            opened.methods = ctypes.pointer(self._tables[ctypes.addressof(usual)][1])
        return code

    def _ours(self, usual: Methods) -> Methods:
        ours = Methods.from_buffer_copy(usual)
        ours.close = sqlite_vfs.Close(self._close)
        ours.read, ours.write = sqlite_vfs.Transfer(self._read), sqlite_vfs.Transfer(self._write)
        ours.truncate, ours.sync = sqlite_vfs.Truncate(self._truncate), sqlite_vfs.Sync(self._sync)
        return ours

    def _close(self, file: int) -> int:
        _, usual = self._files.pop(file)
        return usual.close(file)

    def _read(self, file: int, buffer: int, size: int, offset: int) -> int:
        path, usual = self._files[file]
        return self._watcher.read(path, offset, size) or usual.read(file, buffer, size, offset)

    def _write(self, file: int, buffer: int, size: int, offset: int) -> int:
        path, usual = self._files[file]
        failed = self._watcher.write(path, offset, ctypes.string_at(buffer, size))
        if failed:
            usual.write(file, buffer, size // 2, offset)  # a disk that gets full takes what still fits
        return failed or usual.write(file, buffer, size, offset)

    def _truncate(self, file: int, size: int) -> int:
        path, usual = self._files[file]
        return self._watcher.truncate(path, size) or usual.truncate(file, size)

    def _sync(self, file: int, flags: int) -> int:
        # Nothing here outlives the process, and waiting for the disk is most of the time.
        return self._watcher.sync(self._files[file][0])

    def _delete(self, vfs: int, name: bytes, settled: int) -> int:
        failed = self._watcher.delete(os.fsdecode(name), settled=bool(settled))
        return failed or self._usual.contents.delete(ctypes.addressof(self._usual.contents), name, settled)


_made: list[Shim] = []


def shim() -> Shim:
    """The process's one, made when it is first asked for."""
    if not _made:
        _made.append(Shim())
    return _made[0]
