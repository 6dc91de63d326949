"""A recording of traffic: a header line, then one JSON object for each frame, as it was on the wire.

    {"recording": "gatelink", "format": 1, "baud": 115200}
    {"us": 1234567, "way": "g>h", "hex": "0a83..."}

us: microseconds of a clock that never goes back, when the frame's last byte came. way: "g>h" from a gate, "h>g" to
one. hex: the bytes between two delimiters, stuffed and sealed as they were. What stood in the frames cannot be read
from it without the keys.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

FORMAT = 1
TO_HOUSE = "g>h"
TO_GATE = "h>g"
WAYS = (TO_HOUSE, TO_GATE)
FRAME_MAX_BYTES = 600  # the longest frame of gatelink has 517; what is longer is cut there
LINE_MAX_CHARACTERS = 2 * FRAME_MAX_BYTES + 200


class RecordingUnusable(Exception):
    """The file is no recording, or cannot be read or written; the text says which line and why."""


@dataclass(frozen=True, slots=True)
class Captured:
    """One frame without its delimiters, or garbage where a frame should be."""

    us: int
    way: str
    stuffed: bytes


class Cutter:
    """Cuts what comes on one pair of wires at the delimiters."""

    def __init__(self, way: str) -> None:
        self._way = way
        self._pending = bytearray()

    def feed(self, data: bytes, us: int) -> list[Captured]:
        """The frames that end in `data`, which came at `us`."""
        found = []
        *ended, rest = data.split(b"\0")
        for piece in ended:
            self._pending += piece
            found += self._end(us)
        self._pending += rest
        if len(self._pending) > FRAME_MAX_BYTES:
            found += self._end(us)
        return found

    def _end(self, us: int) -> list[Captured]:
        whole, self._pending = bytes(self._pending), bytearray()
        pieces = [whole[at : at + FRAME_MAX_BYTES] for at in range(0, len(whole), FRAME_MAX_BYTES)]
        return [Captured(us, self._way, piece) for piece in pieces]


class Recorder:
    """Writes a recording. RecordingUnusable if the file exists: what was recorded is never overwritten."""

    def __init__(self, path: Path, baud: int | None) -> None:
        try:
            self._file: TextIO = path.open("x", encoding="ascii")
        except FileExistsError:
            raise RecordingUnusable(f"{path}: exists already. Choose another name.") from None
        except OSError as failure:
            raise RecordingUnusable(f"{path}: {failure.strerror}.") from None
        self._write({"recording": "gatelink", "format": FORMAT, "baud": baud})

    def take(self, captured: Captured) -> None:
        """Keep one frame."""
        self._write({"us": captured.us, "way": captured.way, "hex": captured.stuffed.hex()})

    def _write(self, line: dict[str, object]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def close(self) -> None:
        """The end of the recording."""
        self._file.close()


def read(path: Path) -> Iterator[Captured]:
    """The frames of a recording, one by one. RecordingUnusable names the first line that is none."""
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(LINE_MAX_CHARACTERS):
                number += 1
                try:
                    found = json.loads(line)
                    if number == 1:
                        check_header(found)
                    else:
                        yield parse(found)
                except (ValueError, TypeError, KeyError, RecursionError):
                    raise RecordingUnusable(f"{path}, line {number}: is not part of a recording.") from None
            if number == 0:
                raise RecordingUnusable(f"{path}: is empty.")
    except OSError as failure:
        raise RecordingUnusable(f"{path}: {failure.strerror}.") from None


def check_header(found: dict[str, object]) -> None:
    """ValueError, TypeError or KeyError for another kind of file or another format."""
    if found["recording"] != "gatelink" or found["format"] != FORMAT:
        raise ValueError("another format")


def parse(found: dict[str, object]) -> Captured:
    """One line's frame; ValueError, TypeError or KeyError if it is none."""
    us, way, text = found["us"], found["way"], found["hex"]
    if type(us) is not int or way not in WAYS or not isinstance(text, str):
        raise ValueError("wrong field")
    return Captured(us, str(way), bytes.fromhex(text)[:FRAME_MAX_BYTES])
