"""The log as files that stay small: when one is full it becomes FILE.1, FILE.1 becomes FILE.2, and so on.

Not logging.handlers.RotatingFileHandler: that one makes files that others may read, and loses the line at which
rotating fails.
"""

import contextlib
import logging
import os
import sys
from pathlib import Path

APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)


class LogFile(logging.Handler):
    """Appends lines to `path`, for its owner only; about `max_bytes` in a file, `keep` full ones beside it.

    While a line cannot be written it is missing in the file only: standard error has it, and is told so once, and
    again when the file is written again. Used by one thread.
    """

    def __init__(self, path: Path, max_bytes: int, keep: int) -> None:
        super().__init__()
        self._path = path
        self._max_bytes = max_bytes
        self._keep = keep
        self._fd = -1
        self._size = 0
        self._missing = 0
        self._rotates = True

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line. A full one is rotated away before it, never in its middle."""
        line = (self.format(record) + "\n").encode("utf-8", "backslashreplace")
        try:
            self._open()
            if self._size and self._size + len(line) > self._max_bytes:
                self._rotate()
            self._append(line)
        except OSError as failure:
            self._let_go()
            self._missing += 1
            if self._missing == 1:
                self._tell(f"cannot be written ({failure.strerror}). Log lines go to standard error only until it can")
            return
        if self._missing:
            self._tell(f"is written again; {self._missing} lines before this one are missing in it")
            self._missing = 0

    def close(self) -> None:
        """Let go of the file."""
        self._let_go()
        super().close()

    def _open(self) -> None:
        if self._fd < 0:
            self._fd = os.open(self._path, APPENDING, 0o600)
            self._size = os.fstat(self._fd).st_size

    def _append(self, line: bytes) -> None:
        before = self._size
        rest = memoryview(line)
        try:
            while rest:
                written = os.write(self._fd, rest)
                rest = rest[written:]
                self._size += written
        except OSError:
            # A line is there as a whole or not at all, so that the next one does not stand in its middle.
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, before)
            raise

    def _rotate(self) -> None:
        """Give way to an empty file. Where names cannot be changed the full one goes on growing: no line is lost."""
        self._let_go()
        try:
            # From the oldest on: wherever this is interrupted, no name is taken that still holds lines to keep.
            for number in range(self._keep - 1, 0, -1):
                if self._numbered(number).exists():
                    self._numbered(number).replace(self._numbered(number + 1))
            if self._keep:
                self._path.replace(self._numbered(1))
            else:
                self._path.unlink()
            self._rotates = True
        except OSError as failure:
            if self._rotates:
                self._tell(f"cannot be put aside ({failure.strerror}) and goes on growing")
            self._rotates = False
        self._open()

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _let_go(self) -> None:
        if self._fd >= 0:
            with contextlib.suppress(OSError):
                os.close(self._fd)
            self._fd = -1

    def _tell(self, what: str) -> None:
        # Not through `log`: this is the thread that writes its lines, and the file is one of its ends.
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"log file {self._path} {what}\n")
            sys.stderr.flush()
