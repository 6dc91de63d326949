"""A NOR flash in memory: writes only clear bits, erases set a block; power can fail in the middle of either."""

BLOCK_BYTES = 4096


class PowerCut(Exception):
    """The power failed; what lies in the flash is what the next start finds."""


class Noise:
    """Marsaglia's xorshift: the same numbers on both interpreters."""

    def __init__(self, seed):
        self._x = seed or 1

    def below(self, limit):
        x = self._x
        x ^= (x << 13) & 0xFFFFFFFF
        x ^= x >> 17
        x ^= (x << 5) & 0xFFFFFFFF
        self._x = x
        return x % limit


class RamFlash:
    """`cut_at`: number of the write or erase (from 1) that the power fails in; 0 = never.

    `torn`: bytes of it that still happen; with a `seed` instead any part of it, down to single bits.
    `stuck`: (block, offset) of a byte that keeps its value. `weak`: block -> bits that no longer read the same each
    time, because the power failed in its erase, until they are erased or cleared. `reads`, `erases`: how many.
    """

    def __init__(self, blocks, cut_at=0, torn=0, seed=0):
        self.blocks = blocks
        self.memory = [bytearray(b"\xff" * BLOCK_BYTES) for _ in range(blocks)]
        self.cut_at = cut_at
        self.torn = torn
        self.stuck = None
        self.operations = 0
        self.erases = 0
        self.reads = 0
        self.weak = {}
        self._flicker = Noise(77)
        self._noise = Noise(seed) if seed else None

    def holds(self, pattern):
        """Whether `pattern` lies anywhere in this flash."""
        return any(bytes(block).find(pattern) >= 0 for block in self.memory)

    def read(self, block, offset, buffer):
        assert 0 <= offset and offset + len(buffer) <= BLOCK_BYTES
        self.reads += 1
        buffer[:] = self.memory[block][offset : offset + len(buffer)]
        weak = self.weak.get(block)
        if weak is not None:
            for i in range(len(buffer)):
                if weak[offset + i]:
                    buffer[i] ^= weak[offset + i] & self._flicker.below(256)

    def write(self, block, offset, data):
        assert 0 <= offset and offset + len(data) <= BLOCK_BYTES
        before = bytes(self.memory[block][offset : offset + len(data)])
        self._change(block, offset, before, bytes(a & b for a, b in zip(before, data)), self.torn)
        weak = self.weak.get(block)
        if weak is not None:
            for i in range(len(data)):
                weak[offset + i] &= data[i]  # a cell that is programmed is sound again

    def erase(self, block):
        self.erases += 1
        self._change(block, 0, bytes(self.memory[block]), b"\xff" * BLOCK_BYTES, self.torn * 64)

    def after_power_up(self):
        """The same memory, power back."""
        again = RamFlash(self.blocks)
        again.memory = self.memory
        again.weak = self.weak
        return again

    def copy(self):
        """Another flash with the same content."""
        again = RamFlash(self.blocks)
        again.memory = [bytearray(block) for block in self.memory]
        again.weak = {block: bytearray(self.weak[block]) for block in self.weak}
        return again

    def _change(self, block, offset, before, after, torn):
        self.operations += 1
        cut = self.operations == self.cut_at
        if cut:
            after = self._part(before, after) if self._noise else after[:torn] + before[torn:]
        if self.stuck is not None and self.stuck[0] == block and offset <= self.stuck[1] < offset + len(after):
            place = self.stuck[1] - offset
            after = after[:place] + before[place : place + 1] + after[place + 1 :]
        self.memory[block][offset : offset + len(after)] = after
        if len(after) == BLOCK_BYTES:
            self.weak.pop(block, None)
            if cut and self._noise:
                self.weak[block] = bytearray(byte ^ 0xFF for byte in before)
        if cut:
            raise PowerCut

    def _part(self, before, after):
        """Nothing, all, the first part, the last part, or any bits of the change."""
        way = self._noise.below(5)
        if way < 2:
            return after if way else before
        place = self._noise.below(len(after))
        if way == 2:
            return after[:place] + before[place:]
        if way == 3:
            return before[:place] + after[place:]
        mixed = bytearray(before)
        for i in range(len(mixed)):
            if mixed[i] != after[i]:
                mask = self._noise.below(256)
                mixed[i] = (before[i] & mask) | (after[i] & ~mask & 0xFF)
        return bytes(mixed)
