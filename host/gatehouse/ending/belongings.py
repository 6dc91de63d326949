"""What belongs to a deployment on this disk, in the order in which it is destroyed: what opens the rest comes first."""

import enum
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gatehouse.backups.swap import KEPT
from gatehouse.protectors.master_file import MasterFile
from gatehouse.settings import GatehouseSettings
from gatehouse.workplace import PREFIX

# What a data folder's files begin with; copies that migrations left and SQLite's own files beside them do too.
DATABASES = ("register.db", "ledger.db", "answers.db", "lists.db")
BESIDE = ("running.lock", "register.changing", "retention.running", "gates.json", "gates.new", "control.sock")


class Part(enum.StrEnum):
    """What a file is; the receipt has these words."""

    MASTER = "master key"
    KEYS = "key file"
    CREDENTIALS = "credentials"
    DATA = "data"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Belonging:
    """A file, link or socket."""

    part: Part
    path: Path


def belongings(settings: GatehouseSettings) -> list[Belonging]:
    """All that is there now. Where the settings, or a database's own name, lead to a file through a link, both."""
    keys, data = settings.store.keys_path, Path(settings.store.data).resolve()
    named = [data / name for name in DATABASES]
    wanted = (
        (Part.MASTER, targets([MasterFile(keys).path, MasterFile(keys.resolve()).path])),
        (Part.KEYS, [*key_files(keys), *targets([keys]), *key_files(keys.resolve())]),
        (Part.CREDENTIALS, targets(credentials(settings))),
        (Part.DATA, [*data_files(data), *targets(named)]),
        (Part.LOG, settings.log.files()),
    )
    found: dict[Path, Part] = {}
    for part, paths in wanted:
        for path in paths:
            if os.path.lexists(path):
                found.setdefault(path, part)
    return [Belonging(part, path) for path, part in found.items()]


def targets(paths: Iterable[Path]) -> list[Path]:
    """What they lead to, if they are links, and they themselves."""
    return [one for path in paths for one in ((path.resolve(), path) if path.is_symlink() else (path,))]


def folders(settings: GatehouseSettings) -> list[Path]:
    """Folders that are removed once they are empty, inner ones first."""
    data, keys = Path(settings.store.data).resolve(), settings.store.keys_path.parent
    return [*(folder for root in roots(data) for folder in inner(root)), *inner_work(keys), keys]


def strangers(settings: GatehouseSettings) -> list[Path]:
    """What lies in the data folder and its kept predecessors, and is not of this program: it is left, and told."""
    data = Path(settings.store.data).resolve()
    ours = {one.path for one in belongings(settings)}
    found = [path for root in roots(data) if root.is_dir() for path in files_below(root)]
    return sorted(path for path in found if path not in ours)


def key_files(keys: Path) -> Iterator[Path]:
    """The key file, its copies, SQLite's files and its lock: whatever begins with its name, and half-made files."""
    if keys.parent.is_dir():
        yield from sorted(path for path in keys.parent.iterdir() if path.name.startswith(keys.name) and is_file(path))
    for work in inner_work(keys.parent):
        yield from files_below(work)


def credentials(settings: GatehouseSettings) -> Iterator[Path]:
    """What opens the station's accounts at health platforms."""
    for platform in settings.platforms.values():
        yield from (Path(path) for path in (platform.credentials, platform.key) if path)


def data_files(data: Path) -> Iterator[Path]:
    """Databases, their copies and what lies beside them; the same of folders that restores have kept; marks of one."""
    for root in roots(data):
        names = (*DATABASES, *BESIDE)
        for path in files_below(root):
            below = path.relative_to(root).parts[0]
            if root.name.startswith(PREFIX) or below.startswith(PREFIX) or below.startswith(names):
                yield path
    yield from (data.with_name(f"{data.name}{end}") for end in (".restoring", ".restoring.new"))


def roots(data: Path) -> list[Path]:
    """The data folder, what restores have kept of earlier ones, and what was cut off while it was made."""
    if not data.parent.is_dir():
        return []
    beside = sorted(data.parent.iterdir())
    kept = [one for one in beside if one.name.startswith(data.name) and KEPT.fullmatch(one.name[len(data.name) :])]
    return [one for one in (data, *kept, *inner_work(data.parent)) if one.is_dir() and not one.is_symlink()]


def inner_work(folder: Path) -> list[Path]:
    """Folders for half-made files that killed processes have left."""
    return [one for one in sorted(folder.glob(f"{PREFIX}*")) if one.is_dir() and not one.is_symlink()]


def files_below(root: Path) -> Iterator[Path]:
    """Everything below that is no folder; links are not followed."""
    for folder, inside, names in os.walk(root):
        links = (name for name in inside if (Path(folder) / name).is_symlink())
        yield from (Path(folder) / name for name in sorted([*names, *links]))


def inner(root: Path) -> list[Path]:
    """A folder and all below, the innermost first."""
    return [Path(folder) for folder, _, _ in os.walk(root, topdown=False)]


def is_file(path: Path) -> bool:
    """Whether this is anything but a folder; a link is."""
    return path.is_symlink() or not path.is_dir()
