"""esptool, as a program of its own: it is under the GPL, so it is run and never imported.

Its output is read line by line; the lines that are relied on are those of the version that pyproject.toml pins.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from gatetools.chip import complaints
from gatetools.chip.layout import Piece
from gatetools.disk import AGAIN

PROGRESS = re.compile(r"(?:Writing at|Reading from) 0x[0-9a-f]+ .*?([0-9.]+)% ")
CHIP = re.compile(r"^Connected to (\S+) on ", re.MULTILINE)
SIZE = re.compile(r"^Auto-detected flash size: (\d+)(KB|MB)$", re.MULTILINE)
MAC = re.compile(r"^MAC: +([0-9a-f:]{17})$", re.MULTILINE)
VERIFIED = "Hash of data verified."
BEGUN = re.compile(r"^(?:Erasing flash memory|Flash will be erased from)", re.MULTILINE)  # printed just before
HALF = "Until then the chip is half written and does not start."
UNITS = {"KB": 1 << 10, "MB": 1 << 20}

# Told with a share from 0 to 1 while something long is going on.
Progress = Callable[[float], None]


class ChipFailed(Exception):
    """The chip cannot be reached, or did not do what it should; the text says why, and what to do.

    `output`: all that esptool printed.
    """

    def __init__(self, text: str, output: str = "") -> None:
        super().__init__(text)
        self.output = output


class Found(NamedTuple):
    """The chip at a port. `chip`: as board files name it. `flash_bytes`: 0 if it could not be told. `mac`: or ""."""

    chip: str
    flash_bytes: int
    mac: str


class Esptool:
    """One port. Each call resets the chip into its loader, and at its end into what lies in its flash."""

    def __init__(self, port: str, baud: int) -> None:
        self._port = port
        self._baud = baud

    def detect(self, at: int, size: int) -> tuple[Found, bytes]:
        """Which chip it is, and what `read` gives, in one go. ChipFailed."""
        said, content = self._read(at, size, ["--flash-size", "detect"])
        chip, flash_size, mac = CHIP.search(said), SIZE.search(said), MAC.search(said)
        if chip is None:
            raise ChipFailed(f"{self._port}: {complaints.told(said, self._port)}")
        flash_bytes = int(flash_size[1]) * UNITS[flash_size[2]] if flash_size else 0
        return Found(chip[1].lower().replace("-", ""), flash_bytes, mac[1] if mac else ""), content

    def read(self, at: int, size: int, progress: Progress | None = None) -> bytes:
        """`size` bytes of the flash. ChipFailed."""
        return self._read(at, size, [], progress)[1]

    def _read(self, at: int, size: int, options: Sequence[str], progress: Progress | None = None) -> tuple[str, bytes]:
        """What esptool said, and the bytes."""
        with tempfile.TemporaryDirectory(prefix="gate-") as folder:
            target = Path(folder) / "read.bin"
            said = self._run(["read-flash", *options, hex(at), hex(size), str(target)], progress)
            content = target.read_bytes()
        if len(content) != size:
            raise ChipFailed(f"{self._port}: the chip gave {len(content)} of {size} bytes. {AGAIN}")
        return said, content

    def write(self, pieces: Sequence[Piece], progress: Progress | None = None, *, erase_all: bool = False) -> None:
        """Write every piece and compare its MD5 with the chip's own. ChipFailed; OSError if the disk is full.

        The text of ChipFailed says so if the chip is half written.
        """
        sizes = [len(piece.content) for piece in pieces]
        # esptool counts each piece from 0 to 100 %, one after the other.
        done = _Stages(sizes, progress)
        with tempfile.TemporaryDirectory(prefix="gate-") as folder:
            arguments = ["write-flash", *(["--erase-all"] if erase_all else [])]
            for number, piece in enumerate(pieces):
                file = Path(folder) / f"{number}.bin"
                file.write_bytes(piece.content)
                arguments += [hex(piece.at), str(file)]
            try:
                said = self._run(arguments, done.at)
            except ChipFailed as failure:
                begun = BEGUN.search(failure.output)
                raise ChipFailed(f"{failure} {HALF}" if begun else str(failure), failure.output) from None
        if said.count(VERIFIED) < len(pieces):
            raise ChipFailed(f"{self._port}: esptool did not verify what it wrote. {AGAIN} {HALF}", said)

    def _run(self, arguments: Sequence[str], progress: Progress | None = None) -> str:
        """All that it printed. ChipFailed if it ended by an error; it is ended with whoever ends this."""
        command = [sys.executable, "-m", "esptool", "--port", self._port, "--baud", str(self._baud), *arguments]
        said = []
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as program:
            try:
                for line in program.stdout or ():
                    share = PROGRESS.search(line)
                    if share is None:
                        said.append(line)
                    elif progress is not None:
                        progress(float(share[1]) / 100)
            except BaseException:
                program.kill()
                raise
        text = "".join(said)
        if program.returncode:
            raise ChipFailed(f"{self._port}: {complaints.told(text, self._port)}", text)
        return text


class _Stages:
    """Shares of one piece after the other, as a share of all of them."""

    def __init__(self, sizes: Sequence[int], progress: Progress | None) -> None:
        self._sizes = sizes
        self._progress = progress
        self._number = 0
        self._last = 0.0

    def at(self, share: float) -> None:
        if share < self._last and self._number < len(self._sizes) - 1:
            self._number += 1
        self._last = share
        if self._progress is not None:
            done = sum(self._sizes[: self._number]) + share * self._sizes[self._number]
            self._progress(done / sum(self._sizes))
