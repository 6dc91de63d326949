"""A text display that speaks the contract of firmware/gate/signs/display.py: whole lines, everything else ignored.

Pure: bytes are arguments.
"""

from gatetools.sayings import module, signal_names

TEXTS_MAX = 2


class TextDisplay:
    """`word` and `texts`: what it shows, "" and nothing at first. `shown`: each different thing, in order."""

    def __init__(self) -> None:
        self.word = ""
        self.texts: tuple[str, ...] = ()
        self.shown: list[tuple[str, ...]] = []
        self._words = set(signal_names())
        self._line_max_bytes = int(module("gate.signs.display").LINE_MAX_BYTES)
        self._input = bytearray()

    def feed(self, data: bytes) -> None:
        """Take bytes from the gate."""
        *lines, rest = (self._input + data).split(b"\n")
        self._input = bytearray(rest[: self._line_max_bytes + 1])  # what is longer is no line any more
        for line in lines:
            self._take(bytes(line))

    def _take(self, line: bytes) -> None:
        try:
            word, *texts = line.decode("utf-8").split("\t")
        except UnicodeDecodeError:
            return
        fits = len(line) < self._line_max_bytes and 1 <= len(texts) <= TEXTS_MAX
        if word not in self._words or not fits or not all(text and text.isprintable() for text in texts):
            return
        self.word, self.texts = word, tuple(texts)
        if self.shown[-1:] != [(word, *texts)]:
            self.shown.append((word, *texts))
