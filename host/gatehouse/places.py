"""Where the station's files lie, and what must not be written over: a log that rotates would destroy a database."""

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

UNUSABLE = (errno.ENAMETOOLONG, errno.ELOOP)


@dataclass(frozen=True, slots=True)
class Places:
    """Absolute paths of settings file, data folder and key file."""

    config: Path
    data: Path
    keys: Path

    def problems(self) -> Iterator[tuple[str, str]]:
        """(key of [store], why it cannot be as it stands). Looks at what is there now, and changes nothing."""
        for key, path in (("data", self.data), ("keys", self.keys)):
            if said := unusable(path):
                yield key, said
        if os.path.exists(self.data) and not is_folder(self.data):  # noqa: PTH110  # as is_folder
            yield "data", "it is a file"
        if real(self.keys) == real(self.data):
            yield "keys", "it is the data folder"
        elif is_folder(self.keys):
            yield "keys", "it is a folder; name a file in it"
        elif real(self.keys) == real(self.config):
            yield "keys", "it is the settings file"

    def taken(self, path: Path) -> str:
        """Why nothing else may be written to a path; empty if it may."""
        if said := unusable(path):
            return said
        if is_folder(path):
            return "it is a folder; name a file in it"
        there, keys = real(path), real(self.keys)
        if there == real(self.config):
            return "it is the settings file"
        if self.with_data(path):
            return "it lies in the data folder, which is for the databases alone"
        if there.parent == keys.parent and there.name.startswith(keys.name):
            return "it is the key file, or one that belongs to it"
        return ""

    def with_data(self, path: Path) -> bool:
        """Whether a path is the data folder or lies in it."""
        return real(self.data) in (real(path), *real(path).parents)

    def with_keys(self, path: Path) -> bool:
        """Whether a path lies in the folder of the key file."""
        return real(self.keys).parent in real(path).parents


def real(path: Path) -> Path:
    """Absolute, links followed as far as this user may look. Unlike Path.resolve it raises at no loop of links."""
    return Path(os.path.realpath(path))


def is_folder(path: Path) -> bool:
    """Unlike Path.is_dir, False too where this user may not look."""
    return os.path.isdir(path)  # noqa: PTH112


def unusable(path: Path) -> str:
    """Why no file can have this name; empty if one can."""
    try:
        path.stat()
    except OSError as failure:
        return f"no file can be there ({failure.strerror})" if failure.errno in UNUSABLE else ""
    return ""
