"""Which other programs hold a device open, as far as /proc tells this user (proc(5)); none on a system without it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that has the device open."""

    pid: int
    program: str


def holders(device: str, proc: Path = PROC) -> Iterator[Holder]:
    """Every process but this one that holds the device of this name, links in the name followed already."""
    for process in sorted(proc.glob("[0-9]*"), key=lambda path: (len(path.name), path.name)):
        try:
            if int(process.name) != os.getpid() and device in _open_files(process):
                yield Holder(
                    int(process.name), (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
                )
        except (OSError, ValueError):
            continue  # somebody else's, ended meanwhile, or no process


def _open_files(process: Path) -> Iterator[str]:
    for file in (process / "fd").iterdir():
        try:
            yield os.readlink(file)  # noqa: PTH115 - a path would be tidied, and need not exist
        except OSError:
            continue  # closed meanwhile
