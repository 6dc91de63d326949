"""Standard output of a program: nobody may read it any more, or the disk that it goes to may be full."""

import contextlib
import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import click

EXIT_UNHEARD = 1
FULL = "the disk that it goes to is full. Make room there. Then run the same command again."


class OutputLost(Exception):
    """What was to be said could not be written. `why`: a sentence, what to do with it.

    `nobody_reads`: a pipe was closed, so it is not wanted any more.
    """

    def __init__(self, failure: OSError) -> None:
        self.nobody_reads = isinstance(failure, BrokenPipeError)
        full = failure.errno in {errno.ENOSPC, errno.EDQUOT}
        self.why = FULL if full else f"{failure.strerror or failure}. Send it elsewhere."
        super().__init__(f"Standard output: {self.why}")


class Output(io.TextIOWrapper):
    """In place of `sys.stdout`, over the same file. `lost(failure)`: told each time that something was not written."""

    def __init__(self, lost: Callable[[OutputLost], None]) -> None:
        now = sys.stdout
        encoding, errors = now.encoding, now.errors
        super().__init__(now.buffer, encoding, errors, line_buffering=getattr(now, "line_buffering", False))
        self._lost = lost

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as failure:
            self._lost(OutputLost(failure))
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as failure:
            self._lost(OutputLost(failure))


@contextlib.contextmanager
def watched(lost: Callable[[OutputLost], None]) -> Iterator[None]:
    """Meanwhile `lost(failure)` is told when standard output takes no more, and whoever prints hears nothing of it.

    An exception that `lost` raises comes through to who prints, or out of this at its end.
    """
    sys.stdout.flush()
    output = Output(lost)
    with contextlib.redirect_stdout(output):
        try:
            yield
        finally:
            try:
                output.flush()
            finally:
                with contextlib.suppress(OSError, OutputLost):
                    output.detach()  # otherwise the file would be closed with it


class Program(click.Group):
    """A command of commands whose output may be cut short: by `| head` quietly, by a full disk with a sentence."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """As click's. What cannot be said ends it with EXIT_UNHEARD."""
        try:
            with watched(_raise):
                return super().main(*arguments, **options)
        except OutputLost as lost:
            forget_output()
            if not lost.nobody_reads:
                click.echo(str(lost), err=True)
            sys.exit(EXIT_UNHEARD)


def _raise(lost: OutputLost) -> NoReturn:
    raise lost


def forget_output() -> None:
    """What is left in buffers goes nowhere: the interpreter would try once more at its end, and complain."""
    with contextlib.suppress(OSError):  # it may be no file at all
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, sys.stdout.fileno())
        finally:
            os.close(nowhere)
