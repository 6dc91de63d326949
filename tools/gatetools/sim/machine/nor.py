"""NOR flash in a file: a write can only clear bits, an erase sets a whole block. A block device as MicroPython knows it.

Operations of `ioctl`: MicroPython's documentation, os.AbstractBlockDev.
"""

BLOCK_BYTES = 4096
COUNT_BLOCKS, BLOCK_SIZE, ERASE_BLOCK = 4, 5, 6


class Nor:
    """`count` blocks in the file at `path`, which is there and long enough."""

    def __init__(self, path, count):
        self._count = count
        self._file = open(path, "r+b")

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
        self._program(at, old)

    def ioctl(self, operation, argument):
        if operation == COUNT_BLOCKS:
            return self._count
        if operation == BLOCK_SIZE:
            return BLOCK_BYTES
        if operation == ERASE_BLOCK:
            self._erase(argument)
            return 0
        return None

    def _erase(self, block):
        self._put(self._at(block, 0, BLOCK_BYTES), b"\xff" * BLOCK_BYTES)

    def _program(self, at, data):
        self._put(at, data)

    def _at(self, block, offset, size):
        at = block * BLOCK_BYTES + offset
        if block < 0 or offset < 0 or at + size > self._count * BLOCK_BYTES:
            raise OSError(22)  # ESP_ERR_INVALID_SIZE
        return at

    def _put(self, at, data):
        self._file.seek(at)
        self._file.write(data)
        self._file.flush()
