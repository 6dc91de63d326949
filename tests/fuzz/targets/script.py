"""An input read as a script: each choice costs a byte or some, and is 0 where the input is used up."""

# Around every limit that an encoding or a field has.
EDGES = (0, 1, 23, 24, 63, 64, 0xFF, 0x100, 0xFFFF, 0x10000, 0xFFFFFF, 1 << 24, 0xFFFFFFFF, 1 << 32, (1 << 64) - 1)
NESTING_MAX = 6  # two more than the codec takes


class Script:
    """Reads `data` from its beginning."""

    def __init__(self, data):
        self._data = data
        self._at = 0

    def more(self):
        """Whether anything is left."""
        return self._at < len(self._data)

    def byte(self):
        """0 to 255."""
        return self.number(1)

    def number(self, size):
        """A number of `size` bytes."""
        return int.from_bytes(self.take(size) or b"\0", "big")

    def take(self, size):
        """The next `size` bytes, or what is left of them."""
        taken = self._data[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def rest(self):
        """All that is left."""
        return self.take(len(self._data))

    def some(self):
        """A byte string with its length in front, at most 255 bytes."""
        return self.take(self.byte())

    def uint(self):
        """A number, often next to a limit."""
        choice = self.byte()
        if choice < 128:
            return choice
        if choice < 192:
            return min(max(0, EDGES[choice % len(EDGES)] + self.byte() % 3 - 1), EDGES[-1])
        return self.number(choice % 8 + 1)

    def value(self, depth=0):
        """Anything that CBOR has a form for, and some that gatelink's has none for."""
        choice = self.byte()
        kind = choice & 7
        if kind == 0:
            return choice >> 3
        if kind == 1:
            return self.uint()
        if kind == 2:
            return -1 - self.uint()
        if kind == 3:
            return self.take(choice >> 3)
        if kind == 4:
            return (None, True, False, 1 << 64, -1 - (1 << 64))[(choice >> 3) % 5]
        if kind == 5:
            # No surrogates: MicroPython's own strings hold them as if they were characters.
            return "".join([chr(self.number(2) % 0xD800) for _ in range(choice >> 6)])
        if depth >= NESTING_MAX:
            return 0
        if kind == 6:
            return [self.value(depth + 1) for _ in range(choice >> 3)] if self.more() else []
        found = {}
        for _ in range(choice >> 5):
            key = self.uint() - 128
            found[key] = self.value(depth + 1)
        return found

    def array(self):
        """A flat array of up to fifteen values, numbers mostly."""
        choice = self.byte()
        found = []
        for place in range(choice & 15):
            found.append(self.value(1) if choice & 1 << place % 4 + 4 else self.uint())
        return found
