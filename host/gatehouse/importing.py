"""Import of a CSV file into the register: every row is checked, the bad ones are named, and it is all or nothing.

Columns: number, colour, updated (ISO 8601 with a zone); any others are ignored. A BOM is accepted.
"""

import csv
import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from gatehouse.person import NumberInvalid, check_resident_number, masked, pseudonym
from gatehouse.register import Register, Row
from gatehouse.status import Colour

COLUMNS = ("number", "colour", "updated")
COLOURS = {
    "green": Colour.GREEN,
    "yellow": Colour.YELLOW,
    "red": Colour.RED,
    "绿": Colour.GREEN,
    "黄": Colour.YELLOW,
    "红": Colour.RED,
}
BATCH_ROWS = 50_000
FIELD_MAX_CHARACTERS = 200
CLOCK_TOLERANCE = datetime.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that cannot be taken. `what` names column and reason and shows no number."""

    line: int
    what: str


class ImportRefused(Exception):
    """Nothing was imported: the file as a whole, or some of its rows, cannot be taken."""

    def __init__(self, what: str, bad: "list[BadRow] | None" = None, bad_count: int = 0) -> None:
        super().__init__(what)
        self.bad = bad or []
        self.bad_count = bad_count


class RowRefused(ValueError):
    """This row cannot be taken; the text says why."""


class CsvImport:
    """One import. `progress(bytes read so far)` is called with each batch."""

    BAD_ROWS_KEPT = 100

    def __init__(self, path: Path, key: bytes, source: str, now: datetime.datetime) -> None:
        self._path = path
        self._key = key
        self._source = source
        self._now = now
        self._bad: list[BadRow] = []
        self._bad_count = 0
        self._seen: set[bytes] = set()

    def run(self, register: Register, progress: Callable[[int], None]) -> int:
        """Load every row; how many. ImportRefused if any row is bad: then the register is as it was."""
        try:
            with self._path.open(encoding="utf-8-sig", newline="", errors="strict") as file:
                return register.load(self._batches(file, progress))
        except UnicodeDecodeError:
            raise ImportRefused("the file is not UTF-8; save it as CSV UTF-8 and try again") from None
        except OSError as failure:
            raise ImportRefused(f"the file cannot be read: {failure.strerror}") from None

    def _batches(self, file: TextIO, progress: Callable[[int], None]) -> Iterator[list[Row]]:
        reader = csv.reader(file)
        where = self._header(reader)
        batch: list[Row] = []
        for line, fields in self._lines(reader):
            try:
                batch.append(self._row(fields, where))
            except RowRefused as refusal:
                self._bad_count += 1
                if len(self._bad) < self.BAD_ROWS_KEPT:
                    self._bad.append(BadRow(line, str(refusal)))
            if len(batch) >= BATCH_ROWS:
                progress(file.buffer.tell())
                yield batch
                batch = []
        if self._bad:
            raise ImportRefused(f"{self._bad_count} bad rows; nothing was imported", self._bad, self._bad_count)
        yield batch
        progress(file.buffer.tell())

    def _header(self, reader: "Iterator[list[str]]") -> tuple[int, int, int]:
        try:
            names = [name.strip().lower() for name in next(reader)]
        except StopIteration:
            raise ImportRefused("the file is empty") from None
        except csv.Error as failure:
            raise ImportRefused(f"the first line is not CSV ({failure})") from None
        missing = [name for name in COLUMNS if names.count(name) != 1]
        if missing:
            raise ImportRefused(
                f"the first line must name each of the columns {', '.join(COLUMNS)} once; check: {', '.join(missing)}"
            )
        return names.index("number"), names.index("colour"), names.index("updated")

    def _lines(self, reader: "Iterator[list[str]]") -> Iterator[tuple[int, list[str]]]:
        """(line number, fields) of each row that is not empty."""
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as failure:
                raise ImportRefused(f"line {reader.line_num}: not CSV ({failure})") from None  # type: ignore[attr-defined]
            if fields:
                yield reader.line_num, fields  # type: ignore[attr-defined]

    def _row(self, fields: list[str], where: tuple[int, int, int]) -> Row:
        if len(fields) <= max(where):
            raise RowRefused("too few columns")
        number, colour, updated = (fields[place].strip() for place in where)
        if max(len(number), len(colour), len(updated)) > FIELD_MAX_CHARACTERS:
            raise RowRefused("a field is far too long")
        digits = number.upper().encode("ascii", "replace")
        try:
            check_resident_number(digits, self._now.date())
        except NumberInvalid as invalid:
            raise RowRefused(f"number {masked(number)}: {invalid.why}") from None
        if colour.lower() not in COLOURS:
            raise RowRefused(f"colour: use one of {', '.join(COLOURS)}")
        name = pseudonym(self._key, digits)
        if name in self._seen:
            raise RowRefused(f"number {masked(number)}: the same person stands in an earlier row")
        self._seen.add(name)
        return name, int(COLOURS[colour.lower()]), self._updated_s(updated), self._source

    def _updated_s(self, text: str) -> int:
        try:
            moment = datetime.datetime.fromisoformat(text)
        except ValueError:
            raise RowRefused("updated: use a time like 2026-01-31T08:00:00+08:00") from None
        if moment.tzinfo is None:
            raise RowRefused("updated: the zone is missing; add +08:00 or Z")
        if moment > self._now + CLOCK_TOLERANCE:
            raise RowRefused("updated: this time has not come yet")
        return int(moment.timestamp())
