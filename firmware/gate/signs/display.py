"""Display: a line of text for each signal, to whatever shows text at the end of a serial line. Bytes go out only.

line  WORD TAB text [TAB text] LF       UTF-8, 9600 Bd 8N1, at most LINE_MAX_BYTES

WORD says what to do, for a pictogram or a colour beside the words: it is one of WORDS. The texts are Chinese, English
or both, in this order. A line that is no such line is to be ignored. It is sent anew every AGAIN_MS, so that a
display that was switched on later, or heard noise, is right again by itself. This is the project's own contract: a
small controller in front of a panel has to speak it; no product is known that does.
"""

from gate import signals
from gate.signs.sayings import saying
from gate.signs.texts import CHINESE, ENGLISH, text
from gatelink import codes
from gatelink.ticks import add, diff

# Indexed by the codes of signals.py.
WORDS = ("ready", "wait", "go", "stop", "staff", "again", "fire", "closed")
LINE_MAX_BYTES = 160
AGAIN_MS = 2000


class Display:
    """One display on one line. language: a LANGUAGE_ code; it has no use for a volume."""

    def __init__(self, volume: int, language: int, now: int) -> None:
        self._language = language
        self.show(signals.IDLE, 0, now)

    def tell(self, volume: int, language: int) -> None:
        """In which language from the next line on."""
        self._language = language

    def show(self, signal: int, reason: int, now: int) -> None:
        """A signal of signals.py begins."""
        self._signal = signal
        self._reason = reason
        self._due = now

    def bytes_to_send(self, now: int) -> bytes:
        """The line that is due."""
        if diff(now, self._due) < 0:
            return b""
        self._due = add(now, AGAIN_MS)
        number = saying(self._signal, self._reason)
        said = WORDS[self._signal]
        for language in (CHINESE, ENGLISH):
            if (self._language or codes.LANGUAGE_BOTH) & 1 << language:
                said += "\t" + text(number, language)
        return (said + "\n").encode()

    def deadline(self) -> "int | None":
        """When `bytes_to_send` has something."""
        return self._due


Driver = Display  # what `start` asks every sign's file for
