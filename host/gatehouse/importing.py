"""Import of a CSV file into the register: every row is checked, the bad ones are named, and it is all or nothing.

Columns: number (of any kind of identity card), colour, updated (ISO 8601 with a zone), and if wanted reason; any
others are ignored. A BOM is accepted. In place of a number may stand a card of staff or a visitor, uid:04A1B2C3,
wiegand:123-45678 or wiegand34:12345-45678, or `code:` and the text of a QR or bar code, to the byte.
"""

import csv
import datetime
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from gatelink import codes
from gatelink.limits import PRESENTED_MAX_BYTES

from gatehouse.card_number import check_number
from gatehouse.number_parts import NumberInvalid
from gatehouse.person import MASK, masked, pseudonym, pseudonym_as
from gatehouse.register import Loaded, Register, Row
from gatehouse.staff_card import card_of
from gatehouse.status import Colour

COLUMNS = ("number", "colour", "updated")
REASON = "reason"
CODE_MARK = "code:"  # before the text of a code, of which everything counts as a gate tells it: case, spaces, all
# What no gate tells dependably as part of a code: a reader's endings, and the zeros that mark a module's own replies.
NEVER_IN_CODES = frozenset(b"\r\n\t\0")
COLOURS = {
    "green": int(Colour.GREEN),
    "yellow": int(Colour.YELLOW),
    "red": int(Colour.RED),
    "绿": int(Colour.GREEN),
    "黄": int(Colour.YELLOW),
    "红": int(Colour.RED),
    "绿码": int(Colour.GREEN),
    "黄码": int(Colour.YELLOW),
    "红码": int(Colour.RED),
}
BATCH_ROWS = 50_000
FIELD_MAX_CHARACTERS = 200
LINE_MAX_CHARACTERS = 1_000_000  # a file without line breaks would fill the memory before anything is checked
BAD_ROWS_KEPT = 100
CLOCK_TOLERANCE_S = 300
# A short word for people, not a place for data: five digits in a row could be part of a number.
REASON_SHAPE = re.compile(r"(?!.*\d{5})\w[\w .,/()（）、，-]{0,39}")


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that cannot be taken. `what` names column and reason and shows no number."""

    line: int
    what: str


class ImportRefused(Exception):
    """Nothing was imported: the file as a whole, or some of its rows, cannot be taken.

    bad: the first of the bad rows. bad_count: how many there are in all.
    """

    def __init__(self, what: str, bad: list[BadRow] | None = None, bad_count: int = 0) -> None:
        super().__init__(what)
        self.bad = bad or []
        self.bad_count = bad_count


class RowRefused(ValueError):
    """This row cannot be taken; the text says why."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where each column stands in a row; `reason` is -1 if the file has none."""

    number: int
    colour: int
    updated: int
    reason: int

    def last(self) -> int:
        """The highest place that a row must have."""
        return max(self.number, self.colour, self.updated, self.reason)


class CsvImport:
    """One import. `now`: with its zone. `progress(bytes read so far)` is called with each batch."""

    def __init__(
        self,
        path: Path,
        key: bytes,
        source: str,
        now: datetime.datetime,
        content: Callable[[], BinaryIO] | None = None,
    ) -> None:
        """`content()` opens the rows where they are not the whole file, with a size of their own for the progress."""
        self._content = content or (lambda: path.open("rb"))
        self._key = key
        self._source = source
        self._today = now.date()
        self._latest_s = int(now.timestamp()) + CLOCK_TOLERANCE_S
        self._bad: list[BadRow] = []
        self._bad_count = 0
        self._seen: set[bytes] = set()
        self._times: dict[str, int] = {}

    def run(self, register: Register, progress: Callable[[int], None]) -> Loaded:
        """Load every row. ImportRefused if any is bad, DatabaseError if the register does not take them.

        After either the register is as it was.
        """
        try:
            with self._content() as raw, io.TextIOWrapper(raw, "utf-8-sig", "strict", newline="") as file:
                return register.load(self._batches(file, progress))
        except UnicodeDecodeError:
            raise ImportRefused("the file is not UTF-8; save it as CSV UTF-8 and try again") from None
        except OSError as failure:
            raise ImportRefused(f"the file cannot be read: {failure.strerror}") from None

    def _batches(self, file: TextIO, progress: Callable[[int], None]) -> Iterator[list[Row]]:
        reader = csv.reader(_lines_of(file), strict=True)
        places = self._header(reader)
        batch: list[Row] = []
        for line, fields in self._lines(reader):
            try:
                batch.append(self._row(fields, places))
            except RowRefused as refusal:
                self._refuse(BadRow(line, str(refusal)))
            if len(batch) >= BATCH_ROWS:
                progress(file.buffer.tell())
                # Once a row is bad the rest is read only to name all bad rows at once.
                if not self._bad:
                    # In the order of the table, so that a large one is walked through once for each batch.
                    yield sorted(batch)
                batch = []
        if self._bad:
            rows = "1 bad row" if self._bad_count == 1 else f"{self._bad_count} bad rows"
            raise ImportRefused(rows, self._bad, self._bad_count)
        yield sorted(batch)
        progress(file.buffer.tell())

    def _refuse(self, row: BadRow) -> None:
        self._bad_count += 1
        if len(self._bad) < BAD_ROWS_KEPT:
            self._bad.append(row)

    def _header(self, reader: Iterator[list[str]]) -> Places:
        try:
            names = [name.strip().lower() for name in next(reader)]
        except StopIteration:
            raise ImportRefused("the file is empty") from None
        except csv.Error as failure:
            raise ImportRefused(f"line 1: not CSV ({failure})") from None
        wrong = [name for name in COLUMNS if names.count(name) != 1]
        if names.count(REASON) > 1:
            wrong.append(REASON)
        if wrong:
            raise ImportRefused(
                f"line 1 must name each of the columns {', '.join(COLUMNS)} once ({REASON} if wanted), "
                f"with commas between them; look at: {', '.join(wrong)}"
            )
        reason = names.index(REASON) if REASON in names else -1
        return Places(names.index("number"), names.index("colour"), names.index("updated"), reason)

    def _lines(self, reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
        """(line number, fields) of each row that is not empty."""
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as failure:
                line: int = reader.line_num  # type: ignore[attr-defined]  # csv's reader has it
                raise ImportRefused(f"line {line}: not CSV ({failure})") from None
            if fields:
                yield reader.line_num, fields  # type: ignore[attr-defined]  # csv's reader has it

    def _row(self, fields: list[str], places: Places) -> Row:
        if len(fields) <= places.last():
            raise RowRefused(f"too few columns: {len(fields)}")
        presented = fields[places.number].lstrip()
        is_code = presented[: len(CODE_MARK)].lower() == CODE_MARK
        if is_code:
            fields = [*fields[: places.number], "", *fields[places.number + 1 :]]  # it has a limit of its own
        if max(map(len, fields)) > FIELD_MAX_CHARACTERS:
            raise RowRefused(f"a field has over {FIELD_MAX_CHARACTERS} characters; is a quote missing?")
        name, shown = self._code(presented[len(CODE_MARK) :]) if is_code else self._number(presented.strip().upper())
        colour = COLOURS.get(fields[places.colour].strip().lower())
        if colour is None:
            raise RowRefused(f"colour: use one of {', '.join(COLOURS)}")
        updated_s = self._updated_s(fields[places.updated].strip())
        reason = "" if places.reason < 0 else self._reason(fields[places.reason].strip())
        if name in self._seen:
            raise RowRefused(f"{shown}: the same {'code' if is_code else 'person'} stands in an earlier row")
        self._seen.add(name)
        return name, colour, reason, updated_s, self._source

    def _number(self, number: str) -> tuple[bytes, str]:
        """The pseudonym of a number, or of a card of staff, and what a message may call it."""
        shown = f"number {MASK if ':' in number else masked(number)}"
        try:
            card = card_of(number)
            if card is None:
                digits = number.encode("ascii", "replace")
                check_number(digits, self._today)
                return pseudonym(self._key, digits), shown
        except NumberInvalid as invalid:
            raise RowRefused(f"{shown}: {invalid.why}") from None
        return pseudonym_as(self._key, *card), shown

    def _code(self, text: str) -> tuple[bytes, str]:
        """The same of a code."""
        code = text.encode()
        if not 0 < len(code) <= PRESENTED_MAX_BYTES:
            raise RowRefused(f"code: use 2 to {PRESENTED_MAX_BYTES} bytes after {CODE_MARK} (UTF-8)")
        if len(code) == 1:
            raise RowRefused("code: one byte is noise where a module sends no ending, and no code; make it longer")
        if not text.strip():
            raise RowRefused("code: it is nothing but spaces, which is no code")
        if not NEVER_IN_CODES.isdisjoint(code):
            raise RowRefused(
                "code: it holds a line end, a tab or a NUL, which no gate reads dependably; make one without"
            )
        return pseudonym_as(self._key, codes.CARD_CODE, code), "code"

    def _reason(self, text: str) -> str:
        if text and not REASON_SHAPE.fullmatch(text):
            raise RowRefused("reason: use at most 40 letters and digits, never five digits in a row")
        return text

    def _updated_s(self, text: str) -> int:
        # Files of a whole city hold few different times.
        known = self._times.get(text)
        if known is not None:
            return known
        try:
            moment = datetime.datetime.fromisoformat(text)
        except ValueError:
            raise RowRefused("updated: use a time like 2026-01-31T08:00:00+08:00") from None
        if moment.tzinfo is None:
            raise RowRefused("updated: the zone is missing; add +08:00 or Z")
        try:
            updated_s = int(moment.timestamp())
        except (OverflowError, ValueError):
            raise RowRefused("updated: this time is out of range") from None
        if updated_s > self._latest_s:
            raise RowRefused("updated: this time has not come yet")
        if updated_s < 0:
            raise RowRefused("updated: this time is out of range")
        if len(self._times) < BATCH_ROWS:
            self._times[text] = updated_s
        return updated_s


def _lines_of(file: TextIO) -> Iterator[str]:
    """Each line with its end. ImportRefused at one that is too long for a CSV file."""
    number = 0
    while line := file.readline(LINE_MAX_CHARACTERS):
        number += 1
        if len(line) == LINE_MAX_CHARACTERS:
            raise ImportRefused(f"line {number}: has over {LINE_MAX_CHARACTERS} characters; this is no CSV file")
        yield line
