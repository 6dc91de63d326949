"""The chip's raw flash partitions, in files of the folder GATE_FLASH.

NOR flash: a write can only clear bits, an erase sets a whole block; both block everything while they last
(45 ms a block and 1 ms a page of 256 bytes, typical figures of 25-series data sheets).
"""

import os
import time

BLOCK_BYTES = 4096
PAGE_BYTES = 256
ERASE_MS = 45
PAGE_MS = 1
BLOCKS = {"keys": 3, "journal": 16}


class Partition:
    TYPE_APP = 0
    TYPE_DATA = 1

    def __init__(self, label):
        self._path = (os.getenv("GATE_FLASH") or ".") + "/" + label + ".bin"
        self._count = BLOCKS[label]
        try:
            size = os.stat(self._path)[6]
        except OSError:
            size = 0
        if size != self._count * BLOCK_BYTES:
            with open(self._path, "wb") as file:
                for _ in range(self._count):
                    file.write(b"\xff" * BLOCK_BYTES)
        self._file = open(self._path, "r+b")

    @staticmethod
    def find(type=1, subtype=0xFF, label=None):
        return [Partition(label)] if label in BLOCKS else []

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
        first = offset // PAGE_BYTES
        last = (offset + len(data) - 1) // PAGE_BYTES
        time.sleep_ms(PAGE_MS * (last - first + 1))

    def ioctl(self, operation, argument):
        if operation == 4:
            return self._count
        if operation == 5:
            return BLOCK_BYTES
        if operation == 6:
            self._erase(argument)
            return 0
        return None

    def _erase(self, block):
        time.sleep_ms(ERASE_MS)
        self._put(block * BLOCK_BYTES, b"\xff" * BLOCK_BYTES)

    def _put(self, at, data):
        self._file.seek(at)
        self._file.write(data)
        self._file.flush()
