"""Records what a program does to the files of one folder: SQLite's own writing through the shim, names by Python's
audit events. What Python itself writes into a file is seen when it is synced; unsynced it counts as never written.
"""

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from faults.disk import Named, Operation, Removed, Renamed, Settled, Sync, Told, Truncate, Write, files_in
from faults.shim import Watcher, shim
from faults.sqlite_vfs import OK

real_fsync = os.fsync
recording: list["Recorder"] = []  # who listens to audit events now; none of them can ever be taken off


class Recorder(Watcher):
    """What was there at first, and every operation since."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.before = files_in(root)
        self.operations: list[Operation] = []
        self._names = {path: number for number, path in enumerate(self.before)}
        self._files = len(self.before)

    @contextlib.contextmanager
    def listening(self) -> Iterator["Recorder"]:
        """Record. Databases must be opened and closed inside."""
        recording.append(self)
        os.fsync = self._fsync
        try:
            with shim().under(self):
                yield self
        finally:
            os.fsync = real_fsync
            recording.remove(self)

    def promise(self, what: object) -> None:
        """From now on a power cut must not undo this."""
        self.operations.append(Told(what))

    def _inside(self, path: object) -> str | None:
        """The path below the folder; None if it is elsewhere, or no file of its own."""
        whole = Path(os.fsdecode(path)).absolute() if isinstance(path, str | bytes | os.PathLike) and path else Path()
        inside = whole.is_relative_to(self.root) and not whole.name.endswith("-shm")
        return str(whole.relative_to(self.root)) if inside else None

    def _known(self, path: object) -> int | None:
        inside = self._inside(path)
        if inside is None:
            return None
        if inside not in self._names:
            self._names[inside] = self._files
            self._files += 1
            self.operations.append(Named(inside, self._names[inside]))
        return self._names[inside]

    # --- SQLite -------------------------------------------------------------------------------------------

    def open(self, path: str, *, creates: bool) -> int:
        if creates:
            self._known(path)
        return OK

    def write(self, path: str, offset: int, data: bytes) -> int:
        file = self._known(path)
        if file is not None:
            self.operations.append(Write(file, offset, data))
        return OK

    def truncate(self, path: str, size: int) -> int:
        file = self._known(path)
        if file is not None:
            self.operations.append(Truncate(file, size))
        return OK

    def sync(self, path: str) -> int:
        file = self._known(path)
        if file is not None:
            self.operations.append(Sync(file))
        return OK

    def delete(self, path: str, *, settled: bool) -> int:
        self._removed(path)
        if settled:
            self.operations.append(Settled())
        return OK

    # --- Python -------------------------------------------------------------------------------------------

    def heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit event, before what it tells is done."""
        match event, arguments:
            case "open", (path, _, flags) if isinstance(flags, int) and flags & os.O_CREAT:
                self._known(path)
            case "os.remove", (path, folder):
                self._removed(_at(path, folder))
            case "os.link", (old, new, *_) if not os.path.lexists(new):
                file, name = self._known(old), self._inside(new)
                if file is not None and name is not None:
                    self._names[name] = file
                    self.operations.append(Named(name, file))
            case "os.rename", (old, new, *_) if os.path.lexists(old):
                self._renamed(self._inside(old), self._inside(new))

    def _removed(self, path: object) -> None:
        inside = self._inside(path)
        if inside in self._names:
            del self._names[inside]
            self.operations.append(Removed(inside))

    def _renamed(self, old: str | None, new: str | None) -> None:
        if old is None or new is None:
            return
        moved = {path: file for path, file in self._names.items() if path == old or path.startswith(f"{old}/")}
        for path in moved:
            del self._names[path]
        self._names |= {new + path[len(old) :]: file for path, file in moved.items()}
        self.operations.append(Renamed(old, new))

    def _fsync(self, descriptor: int) -> None:
        path = _opened(descriptor)
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            self.operations.append(Settled())
        elif self._inside(path) is not None:
            content = path.read_bytes()
            self.truncate(str(path), len(content))
            self.write(str(path), 0, content)
            self.sync(str(path))


def _opened(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}").readlink()


def _at(path: str, folder: int) -> object:
    return _opened(folder) / path if folder >= 0 else path


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    for one in recording:
        if event == "open" or event.startswith("os."):
            one.heard(event, arguments)


sys.addaudithook(_heard)
