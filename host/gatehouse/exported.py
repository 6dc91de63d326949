"""A register's rows as CSV, by pseudonym: written, and read again by a register with the same key.

The first line names the key by its mark, so that no register takes rows whose pseudonyms would be nobody's there.
"""

import csv
import datetime
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from gatehouse.importing import BadRow, CsvImport, ImportRefused, Places, RowRefused, lines_of
from gatehouse.person import PSEUDONYM_BYTES
from gatehouse.register import READ_ROWS, Register, mark_of
from gatehouse.staging import Row
from gatehouse.status import Colour

MARKED = "pseudonym of "  # and the beginning of the key's mark
MARK_DIGITS = 16
OTHERS = ("colour", "updated", "until", "reason", "source")
SOURCE_AT = 1 + OTHERS.index("source")
SOURCE_CHARACTERS_MAX = 200


def first_column(key: bytes) -> str:
    """The name of the column of pseudonyms under this key."""
    return MARKED + mark_of(key)[:MARK_DIGITS]


def is_export(path: Path) -> bool:
    """Whether a file begins as an export does. False if it cannot be read."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(MARKED)) == MARKED.encode()
    except OSError:
        return False


def write(register: Register, key: bytes, file: BinaryIO, progress: Callable[[int], None]) -> int:
    """All rows of the register, as of one moment; how many. progress(rows). OSError; DatabaseError."""
    count = 0
    text = io.TextIOWrapper(file, "utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((first_column(key), *OTHERS))
    for pseudonym, colour, reason, updated_s, source, until_s in register.rows():
        name = Colour(colour).name.lower() if colour in Colour.__members__.values() else str(colour)
        until = "" if until_s is None else _time(until_s)
        writer.writerow((pseudonym.hex(), name, _time(updated_s), until, reason, source))
        count += 1
        if count % READ_ROWS == 0:
            progress(count)
    text.detach()  # with all that it holds written to the file
    return count


class ExportImport(CsvImport):
    """An export that comes back. Its rows are in order, so that none need be kept."""

    _before = b""

    def rows(self, progress: Callable[[int], None]) -> Iterator[list[Row]]:
        """All of them in batches, each row with its own source. ImportRefused at the end if any is bad.

        progress(bytes read).
        """
        batch: list[Row] = []
        try:
            with self._opened() as file:
                reader = csv.reader(lines_of(file), strict=True)
                places = self._header(reader)
                for line, fields in self._lines(reader):
                    try:
                        batch.append(self._whole(fields, places))
                    except RowRefused as refusal:
                        self._refuse(BadRow(line, str(refusal)))
                    if len(batch) >= READ_ROWS:
                        progress(file.buffer.tell())
                        yield batch
                        batch = []
        except UnicodeDecodeError:
            raise ImportRefused("the file is not UTF-8; save it as CSV UTF-8 and try again") from None
        except OSError as failure:
            raise ImportRefused(f"the file cannot be read: {failure.strerror}") from None
        self._refuse_bad()
        yield batch

    def _header(self, reader: Iterator[list[str]]) -> Places:
        try:
            names = next(reader)
        except (StopIteration, csv.Error):
            raise ImportRefused("line 1: not CSV") from None
        if names != [first_column(self._key), *OTHERS]:
            if names[1:] == [*OTHERS]:
                raise ImportRefused(
                    "it was exported from a register with another key, whose pseudonyms are nobody's here. Import the "
                    "people's numbers instead"
                )
            raise ImportRefused(f"line 1 must be: {first_column(self._key)},{','.join(OTHERS)}")
        return Places(["number", *OTHERS])

    def _whole(self, fields: list[str], places: Places) -> Row:
        if len(fields) != 1 + len(OTHERS):
            raise RowRefused(f"{len(fields)} columns in the place of {1 + len(OTHERS)}")
        name, colour, reason, updated_s, until_s = self._by_itself(fields, places)
        source = fields[SOURCE_AT]
        if not source.strip() or len(source) > SOURCE_CHARACTERS_MAX or not source.isprintable():
            raise RowRefused(f"source: use 1 to {SOURCE_CHARACTERS_MAX} characters that can be printed")
        return name, colour, reason, updated_s, source, until_s

    def _person(self, fields: list[str], places: Places) -> bytes:
        digits = fields[places.number]
        if len(digits) != 2 * PSEUDONYM_BYTES or not set(digits) <= set("0123456789abcdef"):
            raise RowRefused(f"pseudonym: use {2 * PSEUDONYM_BYTES} digits 0-9 and a-f")
        name = bytes.fromhex(digits)
        if name <= self._before:
            raise RowRefused("pseudonym: it is not above the one before; an export is in order, and none stands twice")
        self._before = name
        return name


def _time(unix_s: int) -> str:
    return datetime.datetime.fromtimestamp(unix_s, datetime.UTC).isoformat()
