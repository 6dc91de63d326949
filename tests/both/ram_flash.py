"""A NOR flash in memory: writes only clear bits, erases set a block; power can fail in the middle of either."""


class PowerCut(Exception):
    """The power failed; what lies in the flash is what the next start finds."""


class RamFlash:
    """`cut_at`: the write or erase (from 1) that the power fails in; `torn`: bytes of it that still happen."""

    def __init__(self, blocks, cut_at=0, torn=0):
        self.blocks = blocks
        self.memory = [bytearray(b"\xff" * 4096) for _ in range(blocks)]
        self.cut_at = cut_at
        self.torn = torn
        self.operations = 0
        self.erases = 0

    def read(self, block, offset, buffer):
        buffer[:] = self.memory[block][offset : offset + len(buffer)]

    def write(self, block, offset, data):
        whole = self._count()
        size = len(data) if whole else min(self.torn, len(data))
        for i in range(size):
            self.memory[block][offset + i] &= data[i]
        if not whole:
            raise PowerCut

    def erase(self, block):
        self.erases += 1
        whole = self._count()
        size = 4096 if whole else min(self.torn * 64, 4096)
        self.memory[block][:size] = b"\xff" * size
        if not whole:
            raise PowerCut

    def _count(self):
        self.operations += 1
        return self.operations != self.cut_at

    def after_power_up(self):
        """The same memory, power back."""
        again = RamFlash(self.blocks)
        again.memory = self.memory
        return again
