"""The chip's raw flash partitions, in files of the folder GATE_FLASH.

Erase and write block everything while they last (45 ms a block and 1 ms a page of 256 bytes, typical figures of
25-series data sheets). A process that is killed in the middle of an erase leaves half a block, as a power cut does.
"""

import os

import time
import uart
from nor import BLOCK_BYTES, Nor

PAGE_BYTES = 256
ERASE_MS = 45
PAGE_MS = 1
ERASED = b"\xff" * 64
BLOCKS = {"keys": 4, "journal": int(os.getenv("GATE_JOURNAL_BLOCKS") or 32)}


class Partition(Nor):
    TYPE_APP = 0
    TYPE_DATA = 1

    def __init__(self, label):
        path, count = (os.getenv("GATE_FLASH") or ".") + "/" + label + ".bin", BLOCKS[label]
        try:
            size = os.stat(path)[6]
        except OSError:
            size = 0
        if size != count * BLOCK_BYTES:
            with open(path, "wb") as file:
                # In small pieces: the heap is the firmware's.
                for _ in range(count * BLOCK_BYTES // PAGE_BYTES):
                    file.write(b"\xff" * PAGE_BYTES)
        super().__init__(path, count)

    @staticmethod
    def find(type=1, subtype=0xFF, label=None):
        return [Partition(label)] if type == Partition.TYPE_DATA and label in BLOCKS else []

    def _erase(self, block):
        at = self._at(block, 0, BLOCK_BYTES)
        half = BLOCK_BYTES // 2
        uart.interrupts_off()
        self._blank(at, half)
        time.sleep_us(1000 * ERASE_MS)
        self._blank(at + half, half)
        uart.interrupts_on()

    def _blank(self, at, size):
        # In small pieces here too: a chip's erase takes nothing of the heap.
        self._file.seek(at)
        for _ in range(size // len(ERASED)):
            self._file.write(ERASED)
        self._file.flush()

    def _program(self, at, data):
        uart.interrupts_off()
        self._put(at, data)
        pages = (at + len(data) - 1) // PAGE_BYTES - at // PAGE_BYTES + 1
        time.sleep_us(1000 * PAGE_MS * pages)
        uart.interrupts_on()
