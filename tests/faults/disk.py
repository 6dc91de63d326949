"""A disk that loses its power, as SQLite and the file systems of today let one assume it.

What is assumed, and nothing beyond: a file's content is safe once the file was synced, and so is its name. Between two
syncs what was written arrives in any order or not at all, in sectors of 512 bytes; the sector that is being written is
new up to some byte or from some byte on, and bytes beside the ones that are written stay as they were (SQLite's
"powersafe overwrite", which it assumes too, https://www.sqlite.org/psow.html). A file may have grown before what is in
there has arrived: zeros or anything else stand there. Names, made, exchanged and removed, change in their order, as a
journal of names keeps it (ext4, XFS, APFS, NTFS), whenever the disk likes, at the latest when the folder is synced.

No disk holds that forgets what it has said to be synced, or that damages what it was not told to write.
"""

import random
from dataclasses import dataclass
from pathlib import Path

SECTOR_BYTES = 512
NOTHING, ALL, SOME = "nothing of it", "all of it", "some of it"  # what of the unsynced has arrived


@dataclass(frozen=True, slots=True)
class Write:
    file: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    file: int
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    file: int


@dataclass(frozen=True, slots=True)
class Named:
    path: str
    file: int


@dataclass(frozen=True, slots=True)
class Renamed:
    """A file, or a folder with all that is in it."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Removed:
    path: str


@dataclass(frozen=True, slots=True)
class Settled:
    """The names so far are synced."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something that the product has promised by now, in the test's own words."""

    what: object


Operation = Write | Truncate | Sync | Named | Renamed | Removed | Settled | Told


class Disk:
    """What is safe on it, and what is under way."""

    def __init__(self, files: dict[str, bytes]) -> None:
        """`files`: what is there, safe."""
        self._safe: dict[int, bytearray] = {}
        self._names: dict[str, int] = {}
        self._under_way: dict[int, list[Write | Truncate]] = {}
        self._names_under_way: list[Named | Renamed | Removed] = []
        for number, (path, content) in enumerate(files.items()):
            self._safe[number] = bytearray(content)
            self._names[path] = number

    def take(self, operation: Operation) -> None:
        """Carry it out."""
        match operation:
            case Write(file) | Truncate(file):
                self._under_way.setdefault(file, []).append(operation)
            case Sync(file):
                content = self._safe.setdefault(file, bytearray())
                for one in self._under_way.pop(file, []):
                    _put(content, one)
                made = [place for place, one in enumerate(self._names_under_way) if _makes(one, file)]
                self._settle(made[-1] + 1 if made else 0)
            case Named() | Renamed() | Removed():
                self._names_under_way.append(operation)
            case Settled():
                self._settle(len(self._names_under_way))

    def _settle(self, count: int) -> None:
        for one in self._names_under_way[:count]:
            _name(self._names, one)
        del self._names_under_way[:count]

    def without_power(self, what: str, draw: random.Random) -> dict[str, bytes]:
        """The files that are found when the power is back, if it fails now."""
        names, arrived = dict(self._names), len(self._names_under_way)
        if what == NOTHING:
            arrived = 0
        elif what == SOME:
            arrived = draw.randint(0, arrived)
        for one in self._names_under_way[:arrived]:
            _name(names, one)
        share = {NOTHING: 0.0, ALL: 1.0}.get(what, draw.choice((0.1, 0.5, 0.9)))
        return {path: self._content(file, share, draw) for path, file in names.items()}

    def _content(self, file: int, share: float, draw: random.Random) -> bytes:
        content = bytearray(self._safe.get(file, b""))
        for one in self._under_way.get(file, []) if share else []:
            if share == 1:
                _put(content, one)
            elif isinstance(one, Truncate):
                if draw.random() < share:
                    _put(content, one)
            else:
                for sector in _sectors(one):
                    if draw.random() < share:
                        _put(content, _torn(sector, draw) if draw.random() < 0.1 else sector, draw)
        return bytes(content)


def _makes(one: Named | Renamed | Removed, file: int) -> bool:
    return isinstance(one, Named) and one.file == file


def _name(names: dict[str, int], change: Named | Renamed | Removed) -> None:
    match change:
        case Named(path, file):
            names[path] = file
        case Removed(path):
            names.pop(path, None)
        case Renamed(old, new):
            moved = {path: file for path, file in names.items() if path == old or path.startswith(f"{old}/")}
            for path in moved:
                del names[path]
            names.update({new + path[len(old) :]: file for path, file in moved.items()})


def _put(content: bytearray, change: Write | Truncate, draw: random.Random | None = None) -> None:
    size = change.size if isinstance(change, Truncate) else change.offset
    if len(content) < size:
        hole = size - len(content)
        content.extend(draw.randbytes(hole) if draw is not None and draw.random() < 0.5 else bytes(hole))
    if isinstance(change, Truncate):
        del content[size:]
    else:
        content[size : size + len(change.data)] = change.data


def _sectors(write: Write) -> list[Write]:
    found, at, end = [], write.offset, write.offset + len(write.data)
    while at < end:
        upto = min(end, (at // SECTOR_BYTES + 1) * SECTOR_BYTES)
        found.append(Write(write.file, at, write.data[at - write.offset : upto - write.offset]))
        at = upto
    return found


def _torn(sector: Write, draw: random.Random) -> Write:
    place = draw.randrange(len(sector.data) + 1)
    if draw.random() < 0.5:
        return Write(sector.file, sector.offset, sector.data[:place])
    return Write(sector.file, sector.offset + place, sector.data[place:])


def files_in(folder: Path) -> dict[str, bytes]:
    """What lies in a folder, by path below it; shared memory and locks apart, which mean nothing without a process."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith("-shm")
    }


def put_into(folder: Path, files: dict[str, bytes]) -> None:
    """Make the folder hold these files."""
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.touch(mode=0o600)
        place.write_bytes(content)
