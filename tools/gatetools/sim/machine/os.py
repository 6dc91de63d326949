"""`os` as on the chip: `statvfs` tells of a LittleFS partition of GATE_FS_BYTES, by default 1 MiB, as in gatetools.chip.partitions."""

import uos as _host  # the interpreter's own, past this file

BLOCK_BYTES = 4096
_FILE_KIND = 0x8000


def __getattr__(name):
    # Not copied: a copy of every name would lie in the firmware's heap.
    return getattr(_host, name)


def statvfs(path):
    blocks = int(_host.getenv("GATE_FS_BYTES") or 1024 * 1024) // BLOCK_BYTES
    free = max(0, blocks - 2 - _used(""))  # the root takes a pair of blocks
    return (BLOCK_BYTES, BLOCK_BYTES, blocks, free, free, 0, 0, 0, 0, 255)


def _used(folder):
    """Blocks of all files below, but for names that are not UTF-8, which no call here takes; a folder takes a pair."""
    used = 0
    entries = iter(_host.ilistdir(folder or "."))
    while True:
        try:
            name, kind, *_ = next(entries)
        except StopIteration:
            break
        except UnicodeError:
            continue
        path = folder + name
        used += -(-_host.stat(path)[6] // BLOCK_BYTES) if kind == _FILE_KIND else 2 + _used(path + "/")
    return used
