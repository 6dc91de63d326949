"""Keys as they are pressed, one by one, without echo; the terminal is left as it was. POSIX only.

What is pasted is told apart from what is pressed (bracketed paste, as xterm's control sequences describe it): a
clipboard must not give orders. A terminal that does not know it sends a paste as keys.
"""

import codecs
import os
import sys
from dataclasses import dataclass
from types import TracebackType
from typing import Self

UP, DOWN, ENTER, ESCAPE, BACKSPACE = "up", "down", "enter", "escape", "backspace"
READ_BYTES = 1024
# What terminals send (ECMA-48, and xterm's cursor keys in both modes).
SEQUENCES = {"\x1b[A": UP, "\x1bOA": UP, "\x1b[B": DOWN, "\x1bOB": DOWN}
SINGLE = {"\r": ENTER, "\n": ENTER, "\x1b": ESCAPE, "\x7f": BACKSPACE, "\b": BACKSPACE}


PASTES, PASTES_NO_MORE = "\x1b[?2004h", "\x1b[?2004l"
PASTE_BEGINS, PASTE_ENDS = "\x1b[200~", "\x1b[201~"
PASTED_MAX = 1000  # characters; the rest of a longer paste is dropped


@dataclass(frozen=True, slots=True)
class Pasted:
    """Text from a clipboard, its line ends and other characters that cannot be printed as spaces."""

    text: str


Key = str | Pasted


class Keys:
    """Bytes of a terminal to keys: a printable character, one of the names above, or a paste.

    Other sequences are dropped.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self._held = ""  # the beginning of a sequence
        self._pasted: str | None = None  # what has come of a paste that has not ended

    def feed(self, data: bytes) -> list[Key]:
        """The keys in what came. A sequence may come in pieces, but its first two characters come together."""
        text, found = self._held + self._decoder.decode(data), list[Key]()
        self._held = ""
        while text:
            if self._pasted is not None:
                key, text = self._paste(text)
            elif text.startswith(("\x1b[", "\x1bO")):
                key, text = self._sequence(text)
            else:
                key, text = SINGLE.get(text[0], text[0] if text[0].isprintable() else ""), text[1:]
            if key:
                found.append(key)
        return found

    def _sequence(self, text: str) -> tuple[Key, str]:
        length = next((i for i in range(2, len(text)) if "@" <= text[i] <= "~"), len(text)) + 1
        if length > len(text):
            self._held = text[:PASTED_MAX]
            return "", ""
        if text[:length] == PASTE_BEGINS:
            self._pasted = ""
        return SEQUENCES.get(text[:length], ""), text[length:]

    def _paste(self, text: str) -> tuple[Key, str]:
        so_far, end, rest = ((self._pasted or "") + text).partition(PASTE_ENDS)
        if end:
            self._pasted = None
            return Pasted("".join(one if one.isprintable() else " " for one in so_far[:PASTED_MAX])), rest
        # The end may be here in part: its beginning is kept, however much was pasted.
        self._pasted = so_far[:PASTED_MAX] + so_far[PASTED_MAX:][-len(PASTE_ENDS) :]
        return "", ""


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
        sys.stdout.write(PASTES)
        sys.stdout.flush()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        import termios

        termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)
        sys.stdout.write(PASTES_NO_MORE)
        sys.stdout.flush()

    def fileno(self) -> int:
        """For `select`: there are keys to `read`."""
        return self._fd

    def read(self) -> list[Key] | None:
        """Keys that were pressed; None when the terminal is gone."""
        data = os.read(self._fd, READ_BYTES)
        return self._keys.feed(data) if data else None
