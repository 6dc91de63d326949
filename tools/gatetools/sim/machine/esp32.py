"""The chip's raw flash partitions, in files of the folder GATE_FLASH.

NOR flash: a write can only clear bits, an erase sets a whole block; both block everything while they last
(45 ms a block and 1 ms a page of 256 bytes, typical figures of 25-series data sheets). A process that is killed in
the middle of an erase leaves half a block, as a power cut does.
"""

import os

import time
import uart

BLOCK_BYTES = 4096
PAGE_BYTES = 256
ERASE_MS = 45
PAGE_MS = 1
BLOCKS = {"keys": 4, "journal": 16}


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
        return [Partition(label)] if type == Partition.TYPE_DATA and label in BLOCKS else []

    def readblocks(self, block, buffer, offset=0):
        self._file.seek(self._at(block, offset, len(buffer)))
        self._file.readinto(buffer)

    def writeblocks(self, block, data, offset=None):
        if offset is None:
            self._erase(block)
            offset = 0
        at = self._at(block, offset, len(data))
        old = bytearray(len(data))
        self.readblocks(block, old, offset)
        for i in range(len(data)):
            old[i] &= data[i]
        uart.interrupts_off()
        self._put(at, old)
        pages = (offset + len(data) - 1) // PAGE_BYTES - offset // PAGE_BYTES + 1
        time.sleep_us(1000 * PAGE_MS * pages)
        uart.interrupts_on()

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
        at = self._at(block, 0, BLOCK_BYTES)
        half = BLOCK_BYTES // 2
        uart.interrupts_off()
        self._put(at, b"\xff" * half)
        time.sleep_us(1000 * ERASE_MS)
        self._put(at + half, b"\xff" * half)
        uart.interrupts_on()

    def _at(self, block, offset, size):
        at = block * BLOCK_BYTES + offset
        if block < 0 or offset < 0 or at + size > self._count * BLOCK_BYTES:
            raise OSError(22)  # ESP_ERR_INVALID_SIZE
        return at

    def _put(self, at, data):
        self._file.seek(at)
        self._file.write(data)
        self._file.flush()
