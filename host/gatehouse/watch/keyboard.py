"""Keys as they are pressed, one by one, without echo; the terminal is left as it was. POSIX only."""

import codecs
import os
import sys
from types import TracebackType
from typing import Self

UP, DOWN, ENTER, ESCAPE, BACKSPACE = "up", "down", "enter", "escape", "backspace"
READ_BYTES = 1024
# What terminals send (ECMA-48, and xterm's cursor keys in both modes).
SEQUENCES = {"\x1b[A": UP, "\x1bOA": UP, "\x1b[B": DOWN, "\x1bOB": DOWN}
SINGLE = {"\r": ENTER, "\n": ENTER, "\x1b": ESCAPE, "\x7f": BACKSPACE, "\b": BACKSPACE}


class Keys:
    """Bytes of a terminal to keys: a printable character, or one of the names above. Other sequences are dropped."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")

    def feed(self, data: bytes) -> list[str]:
        """The keys in what came; a sequence comes in one piece."""
        text, found = self._decoder.decode(data), []
        while text:
            if text.startswith(("\x1b[", "\x1bO")):
                length = next((i for i in range(2, len(text)) if "@" <= text[i] <= "~"), len(text) - 1) + 1
                key = SEQUENCES.get(text[:length], "")
            else:
                length = 1
                key = SINGLE.get(text[0], text[0] if text[0].isprintable() else "")
            if key:
                found.append(key)
            text = text[length:]
        return found


class Keyboard:
    """Standard input as keys, while it is entered."""

    def __init__(self) -> None:
        self._fd = sys.stdin.fileno()
        self._keys = Keys()

    def __enter__(self) -> Self:
        import termios
        import tty

        self._before = termios.tcgetattr(self._fd)
        tty.setcbreak(self._fd)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        import termios

        termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)

    def fileno(self) -> int:
        """For `select`: there are keys to `read`."""
        return self._fd

    def read(self) -> list[str] | None:
        """Keys that were pressed; None when the terminal is gone."""
        data = os.read(self._fd, READ_BYTES)
        return self._keys.feed(data) if data else None
