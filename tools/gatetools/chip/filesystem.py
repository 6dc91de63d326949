"""What the gate mounts: a LittleFS image of the compiled firmware, and back from an image to its settings.

The image has the disk format 2.0, which every MicroPython mounts; one that writes 2.1 brings it up at its first
write. Nothing in it depends on time or place: files go in sorted, and no time is stored.
"""

from collections.abc import Mapping
from pathlib import Path

from littlefs import LittleFS, LittleFSError, UserContext

from gatetools.build import SETTINGS_FILES, files_of
from gatetools.chip import partitions

# MicroPython's own figures: ports/esp32, extmod/vfs_lfsx.c (read and program size 32, cache 4 times as much).
READ_BYTES = 32
CACHE_BYTES = 128
LOOKAHEAD_BYTES = 32
DISK_VERSION = 0x00020000
KEPT_MAX_BYTES = 4096


class FilesTooMany(Exception):
    """The files do not fit into the partition."""


class Unreadable(ValueError):
    """This is no file system that a gate has written, or a damaged one."""


def build(tree: Path, board: str, kept: Mapping[str, bytes]) -> bytes:
    """An image of the whole partition, byte for byte the same for the same input. FilesTooMany if it does not fit.

    `tree`: the compiled firmware. `kept`: name -> content of files to put beside it.
    """
    partition = partitions.named("vfs")
    volume = _volume(partition.size)
    volume.format()
    volume.mount()
    try:
        for name, content in sorted(files(tree, board, kept).items()):
            folder = name.rpartition("/")[0]
            if folder:
                volume.makedirs(folder, exist_ok=True)
            with volume.open(name, "wb") as file:
                file.write(content)
    except LittleFSError as failure:
        raise FilesTooMany(f"the firmware does not fit into {partition.size} bytes: {failure}") from None
    volume.unmount()
    return bytes(volume.context.buffer)


def files(tree: Path, board: str, kept: Mapping[str, bytes]) -> dict[str, bytes]:
    """Path on the gate -> content: the compiled firmware, which board it is on, and what is kept."""
    return files_of(tree) | {"board.py": f"from boards.{board} import *\n".encode()} | dict(kept)


def settings(image: bytes) -> dict[str, bytes]:
    """The settings files in an image that was read from a gate, those that it has. Unreadable if it does not mount."""
    volume = _volume(len(image), bytearray(image))
    found = {}
    try:
        volume.mount()
        present = set(volume.listdir("/"))
        for name in SETTINGS_FILES:
            if name in present:
                with volume.open(name, "rb") as file:
                    found[name] = bytes(file.read(KEPT_MAX_BYTES))
        volume.unmount()
    except (LittleFSError, OSError, UnicodeDecodeError) as failure:
        raise Unreadable(str(failure)) from None
    return found


def _volume(size: int, content: bytearray | None = None) -> LittleFS:
    context = UserContext(buffsize=size) if content is None else UserContext(buffer=content)
    return LittleFS(
        context=context,
        mount=False,
        block_size=partitions.SECTOR_BYTES,
        block_count=size // partitions.SECTOR_BYTES,
        read_size=READ_BYTES,
        prog_size=READ_BYTES,
        cache_size=CACHE_BYTES,
        lookahead_size=LOOKAHEAD_BYTES,
        # 0: whatever the image has.
        disk_version=DISK_VERSION if content is None else 0,
    )
