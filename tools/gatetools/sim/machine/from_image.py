"""Starts the firmware out of a flash image, as the chip does: mount `vfs`, run boot.py, run main.py.

The image is the file vfs.bin in the folder GATE_FLASH. It is mounted with the interpreter's own VfsLfs2, as on the
chip, and everything of the firmware comes out of it; only the chip's modules stand in front.
"""

import os
import sys

import vfs

BLOCK_BYTES = 4096


class Blocks:
    """The partition `vfs`: NOR flash of this many blocks in a file."""

    def __init__(self, path):
        self._count = os.stat(path)[6] // BLOCK_BYTES
        self._file = open(path, "r+b")

    def readblocks(self, block, buffer, offset=0):
        self._file.seek(block * BLOCK_BYTES + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block, data, offset=None):
        if offset is None:
            self._erase(block)
            offset = 0
        old = bytearray(len(data))
        self.readblocks(block, old, offset)
        for i in range(len(data)):
            old[i] &= data[i]
        self._put(block * BLOCK_BYTES + offset, old)

    def ioctl(self, operation, argument):
        if operation == 4:
            return self._count
        if operation == 5:
            return BLOCK_BYTES
        if operation == 6:
            self._erase(argument)
            return 0
        return 0

    def _erase(self, block):
        self._put(block * BLOCK_BYTES, b"\xff" * BLOCK_BYTES)

    def _put(self, at, data):
        self._file.seek(at)
        self._file.write(data)
        self._file.flush()


vfs.mount(vfs.VfsLfs2(Blocks((os.getenv("GATE_FLASH") or ".") + "/vfs.bin")), "/image")
os.chdir("/image")
chip = sys.path[:]
sys.path[:] = ["", "/image/lib"] + chip

import boot
import main
