"""Voice: a serial MP3 module with recordings on a card, of the kind DFPlayer Mini / YX5200. Bytes go out only.

command  7E FF 06 | CMD 00 PH PL | CKH CKL EF       9600 Bd 8N1

FF is the version, 06 counts the bytes from there on, 00 asks for no answer, and the check is the negative sum of all
bytes between 7E and itself (manual of DFRobot's DFPlayer Mini, section 3; its printed examples have another check,
while the answers of modules, as drivers' logs show them, have this one). Nobody waits for the module and nothing is
sent again: a saying that comes late is said to somebody else.

Files are found by their numbers, 0001.mp3 and so on, in a folder MP3.
"""

from gate import signals
from gate.signs.sayings import saying
from gatelink.ticks import add, diff

VOLUME = 0x06  # 0 to 30; 30 after power-up
PLAY = 0x12  # the file of this number in the folder MP3; users report that it takes the place of one that plays
STOP = 0x16  # users report that a module that was told to stop begins the next file sooner

START_MS = 3000  # after power-up the module looks through its card for 1.5 to 3 s, as its manual says
GAP_MS = 100  # between commands; the manual names none, drivers in use wait 20 to 500 ms
# An answer comes within 50 ms, and nobody who gets one needs to be told to wait.
PATIENCE_MS = 600

# What is added to a saying's number: the recordings of each language lie one hundred apart.
# Indexed by the LANGUAGE_ codes.
RECORDINGS = (200, 0, 100, 200)


class Voice:
    """One module on one line. volume: 0 to 30. language: a LANGUAGE_ code."""

    def __init__(self, volume: int, language: int, now: int) -> None:
        self._free_at = add(now, START_MS)
        self._volume_due = True
        self._volume = volume
        self._language = language
        self._saying = 0  # what is to be said, 0 = nothing
        self._say_at = now
        self._stop_due = False
        self._said = False  # the module may still be speaking

    def tell(self, volume: int, language: int) -> None:
        """How loud, and in which language, from now on."""
        self._volume_due = self._volume_due or volume != self._volume
        self._volume = volume
        self._language = language

    def show(self, signal: int, reason: int, now: int) -> None:
        """A signal of signals.py begins: what was to be said for the one before is not said any more."""
        self._saying = saying(signal, reason)
        self._say_at = now
        if signal == signals.CHECKING:
            # Another traveller: what is being said was meant for the one before.
            self._stop_due = self._said
            self._say_at = add(now, PATIENCE_MS)

    def bytes_to_send(self, now: int) -> bytes:
        """The command that is due, at most one."""
        if diff(now, self._free_at) < 0:
            return b""
        if self._volume_due:
            self._volume_due = False
            out = command(VOLUME, self._volume)
        elif self._stop_due:
            self._stop_due = self._said = False
            out = command(STOP, 0)
        elif self._saying and diff(now, self._say_at) >= 0:
            out = command(PLAY, RECORDINGS[self._language] + self._saying)
            self._saying = 0
            self._said = True
            self._stop_due = False
        else:
            return b""
        self._free_at = add(now, GAP_MS)
        return out

    def deadline(self) -> "int | None":
        """When `bytes_to_send` has something; None = not before the next signal."""
        if self._volume_due or self._stop_due:
            return self._free_at
        if not self._saying:
            return None
        return self._free_at if diff(self._free_at, self._say_at) > 0 else self._say_at


def command(number: int, parameter: int) -> bytes:
    """A whole command; parameter: 0 to 65535."""
    body = bytes((0xFF, 0x06, number, 0, parameter >> 8, parameter & 0xFF))
    check = -sum(body) & 0xFFFF
    return b"\x7e" + body + bytes((check >> 8, check & 0xFF, 0xEF))


Driver = Voice  # what `start` asks every sign's file for
