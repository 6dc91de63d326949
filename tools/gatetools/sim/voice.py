"""A serial MP3 module (DFPlayer Mini / YX5200) as its receive line shows it, with every recording on its card.

    command  7E FF 06 | CMD 00 PH PL | CKH CKL EF

Pure: bytes and microseconds are arguments. What is no whole sound command is ignored, and so is whatever comes before
it is up or on the heels of the command before. How long a module really needs between two is not documented; the
model is as hard as half of what the firmware keeps.
"""

from dataclasses import dataclass

from gatetools.sayings import Recording, recordings

COMMAND_BYTES = 10
START, VERSION, COUNTED, END = 0x7E, 0xFF, 6, 0xEF
VOLUME, PLAY, STOP = 0x06, 0x12, 0x16
VOLUME_MAX = 30
UP_US = 1_500_000
BUSY_US = 50_000
INTER_BYTE_US = 100_000  # a command that stops in the middle is forgotten after this
PLAYS_US = 1_800_000  # about what two sentences take


@dataclass(slots=True)
class Said:
    """Something that was said, from `at_us` to `until_us`; earlier than it would have ended if it was cut off."""

    at_us: int
    until_us: int
    recording: Recording
    volume: int


class Voice:
    """The module and its loudspeaker. `said`: all that was said, the newest last."""

    def __init__(self, now_us: int = 0) -> None:
        self.volume = VOLUME_MAX
        self.said: list[Said] = []
        self._card = {recording.number: recording for recording in recordings()}
        self._up_us = now_us + UP_US
        self._free_us = 0
        self._input = bytearray()
        self._fed_us = 0

    def feed(self, data: bytes, now_us: int) -> None:
        """Take bytes from the gate."""
        if now_us - self._fed_us > INTER_BYTE_US:
            self._input.clear()
        self._fed_us = now_us
        self._input += data
        while (command := self._next()) is not None:
            if now_us >= max(self._up_us, self._free_us):
                self._obey(command[3], command[5] << 8 | command[6], now_us)
            self._free_us = now_us + BUSY_US

    def saying(self, now_us: int) -> Said | None:
        """What is heard now."""
        return self.said[-1] if self.said and now_us < self.said[-1].until_us else None

    def heard(self, now_us: int) -> str:
        """The same in words, "" for silence."""
        said = self.saying(now_us)
        return "" if said is None else said.recording.text

    def _next(self) -> bytes | None:
        """The next whole command; damage costs the byte at which it would have begun."""
        buffer = self._input
        while (start := buffer.find(START)) >= 0:
            del buffer[:start]
            if len(buffer) < COMMAND_BYTES:
                return None
            command = bytes(buffer[:COMMAND_BYTES])
            if _is_sound(command):
                del buffer[:COMMAND_BYTES]
                return command
            del buffer[0]
        buffer.clear()
        return None

    def _obey(self, number: int, parameter: int, now_us: int) -> None:
        if number == VOLUME and parameter <= VOLUME_MAX:
            self.volume = parameter
        elif number in {PLAY, STOP}:
            self._cut(now_us)
            if number == PLAY and parameter in self._card:
                self.said.append(Said(now_us, now_us + PLAYS_US, self._card[parameter], self.volume))

    def _cut(self, now_us: int) -> None:
        said = self.saying(now_us)
        if said is not None:
            said.until_us = now_us


def _is_sound(command: bytes) -> bool:
    head = command[0] == START and command[1] == VERSION and command[2] == COUNTED and command[9] == END
    return head and (sum(command[1:7]) + int.from_bytes(command[7:9], "big")) & 0xFFFF == 0
