"""Import of a CSV file into the register: every row is checked, the bad ones are named, and it is all or nothing.

Columns: number (of any kind of identity card), colour, updated (ISO 8601 with a zone), and if wanted reason and until
(a time like updated, from which on the status is expired); any others are ignored. A BOM is accepted. In place of a
number may stand a card of staff or a visitor, uid:04A1B2C3, wiegand:123-45678 or wiegand34:12345-45678, or `code:` and
the text of a QR or bar code, to the byte.
"""

import csv
import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, TypeVar

from gatelink import codes
from gatelink.limits import PRESENTED_MAX_BYTES

from gatehouse.known_parts import KnownParts
from gatehouse.number_parts import NumberInvalid
from gatehouse.person import MASK, Pseudonyms, masked, pseudonym_as
from gatehouse.register import Loaded, Register
from gatehouse.sorted_rows import SortedRows, TooManyReasons
from gatehouse.staff_card import card_of
from gatehouse.status import Colour

COLUMNS = ("number", "colour", "updated")
REASON = "reason"
UNTIL = "until"
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
PROGRESS_ROWS = 20_000
VALUES_KEPT = 50_000  # of a column: files of a whole city hold few different times
FIELD_MAX_CHARACTERS = 200
LINE_MAX_CHARACTERS = 1_000_000  # a file without line breaks would fill the memory before anything is checked
BAD_ROWS_KEPT = 100
CLOCK_TOLERANCE_S = 300
Taken = tuple[bytes, int, str, int, int | None]  # pseudonym, colour, reason, updated_s, until_s
Value = TypeVar("Value", int, str)
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


class Places:
    """Where each column stands in a row; `reason` and `until` are -1 if the file has none.

    last: the highest place that a row must have. used: how many columns count.
    """

    def __init__(self, names: list[str]) -> None:
        self.number, self.colour, self.updated = map(names.index, COLUMNS)
        self.reason, self.until = (names.index(name) if name in names else -1 for name in (REASON, UNTIL))
        every = self.number, self.colour, self.updated, self.reason, self.until
        self.last = max(every)
        self.used = sum(place >= 0 for place in every)


class CsvImport:
    """One import. `now`: with its zone. `progress(bytes of the file's size that are done)` is called on the way: the
    first half of them is read, the second half comes into the register.
    """

    def __init__(self, path: Path, key: bytes, source: str, now: datetime.datetime) -> None:
        self._path = path
        self._key = key
        self._pseudonyms = Pseudonyms(key)
        self._source = source
        self._parts = KnownParts(now.date())
        self._latest_s = int(now.timestamp()) + CLOCK_TOLERANCE_S
        self._bad: list[BadRow] = []
        self._bad_count = 0
        # What stood in a column before and could be taken.
        self._times: dict[str, int] = {}
        self._untils: dict[str, int] = {"": 0}
        self._reasons = {"": ""}

    def run(self, register: Register, progress: Callable[[int], None], *, whole: bool = False) -> Loaded:
        """Load every row. `whole`: nobody is known afterwards who is not in the file. See `Register.load`.

        ImportRefused if any is bad, DatabaseError if the register does not take them. After either the register is as
        it was, and after the first it was never touched.
        """
        people = SortedRows()
        try:
            with self._path.open(encoding="utf-8-sig", newline="", errors="strict") as file:
                size = self._read(file, people, progress)
            self._refuse_repeated(people.repeated())
        except UnicodeDecodeError:
            raise ImportRefused("the file is not UTF-8; save it as CSV UTF-8 and try again") from None
        except OSError as failure:
            raise ImportRefused(f"the file cannot be read: {failure.strerror}") from None
        if self._bad:
            rows = "1 bad row" if self._bad_count == 1 else f"{self._bad_count} bad rows"
            raise ImportRefused(rows, self._bad, self._bad_count)
        return register.load(
            people.batches(self._source),
            whole=whole,
            people=len(people),
            progress=lambda share: progress(size // 2 + int((size - size // 2) * share)),
        )

    def _read(self, file: TextIO, people: SortedRows, progress: Callable[[int], None]) -> int:
        """Every row that can be taken into `people`, the others among the bad ones; how many bytes there were."""
        reader = csv.reader(_lines_of(file), strict=True)
        places = self._header(reader)
        for number, (line, fields) in enumerate(self._lines(reader)):
            try:
                people.add(line, *self._row(fields, places))
            except RowRefused as refusal:
                self._refuse(BadRow(line, str(refusal)))
            except TooManyReasons:
                raise ImportRefused(
                    f"line {line}: there are over a million different reasons; a reason is a word for many people"
                ) from None
            if number % PROGRESS_ROWS == PROGRESS_ROWS - 1:
                progress(file.buffer.tell() // 2)
        return file.buffer.tell()

    def _refuse_repeated(self, lines: list[int]) -> None:
        """Name the rows of people who stand in an earlier one, among the other bad ones. Reads the file again."""
        self._bad_count += len(lines)
        named = dict.fromkeys(lines[:BAD_ROWS_KEPT], "the same person or code stands in an earlier row")
        if named:
            with self._path.open(encoding="utf-8-sig", newline="", errors="strict") as file:
                reader = csv.reader(_lines_of(file), strict=True)
                places = self._header(reader)
                wanted = set(named)
                for line, fields in self._lines(reader):
                    if line in wanted and len(fields) > places.number:
                        named[line] = _repeated(fields[places.number])
                        wanted.remove(line)
                        if not wanted:
                            break
        self._bad += [BadRow(line, what) for line, what in named.items()]
        self._bad = sorted(self._bad, key=lambda row: row.line)[:BAD_ROWS_KEPT]

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
        wrong += [name for name in (REASON, UNTIL) if names.count(name) > 1]
        if wrong:
            raise ImportRefused(
                f"line 1 must name each of the columns {', '.join(COLUMNS)} once ({REASON} and {UNTIL} if wanted), "
                f"with commas between them; look at: {', '.join(wrong)}"
            )
        return Places(names)

    def _lines(self, reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
        """(line number, fields) of each row that is not empty."""
        try:
            for fields in reader:
                if fields:
                    yield reader.line_num, fields  # type: ignore[attr-defined]  # csv's reader has it
        except csv.Error as failure:
            line: int = reader.line_num  # type: ignore[attr-defined]  # csv's reader has it
            raise ImportRefused(f"line {line}: not CSV ({failure})") from None

    def _row(self, fields: list[str], places: Places) -> Taken:
        """RowRefused if it cannot be taken."""
        return self._like_others(fields, places) or self._by_itself(fields, places)

    def _like_others(self, fields: list[str], places: Places) -> Taken | None:
        """A row of which every part stood in an earlier one, in the same letters; None for any other.

        Most rows of a large file are such, and cost a third of the others.
        """
        try:
            number = fields[places.number]
            colour = COLOURS[fields[places.colour]]
            updated_s = self._times[fields[places.updated]]
            reason = self._reasons[fields[places.reason]] if places.reason >= 0 else ""
            until_s = self._untils[fields[places.until]] if places.until >= 0 else 0
        except (KeyError, IndexError):
            return None
        if not self._parts.make_up(number) or 0 < until_s <= updated_s:
            return None
        if len(fields) > places.used and max(map(len, fields)) > FIELD_MAX_CHARACTERS:
            return None
        return self._pseudonyms.of(number.encode()), colour, reason, updated_s, until_s or None

    def _by_itself(self, fields: list[str], places: Places) -> Taken:
        if len(fields) <= places.last:
            raise RowRefused(f"too few columns: {len(fields)}")
        presented = fields[places.number].lstrip()
        is_code = presented[: len(CODE_MARK)].lower() == CODE_MARK
        if is_code:
            fields = [*fields[: places.number], "", *fields[places.number + 1 :]]  # it has a limit of its own
        if max(map(len, fields)) > FIELD_MAX_CHARACTERS:
            raise RowRefused(f"a field has over {FIELD_MAX_CHARACTERS} characters; is a quote missing?")
        name = self._code(presented[len(CODE_MARK) :]) if is_code else self._number(presented.strip().upper())
        colour = COLOURS.get(fields[places.colour].strip().lower())
        if colour is None:
            raise RowRefused(f"colour: use one of {', '.join(COLOURS)}")
        updated_s = self._updated_s(fields[places.updated])
        reason = "" if places.reason < 0 else self._reason(fields[places.reason])
        until_s = 0 if places.until < 0 else self._until_s(fields[places.until])
        if 0 < until_s <= updated_s:
            raise RowRefused("until: this time is not after updated")
        return name, colour, reason, updated_s, until_s or None

    def _number(self, number: str) -> bytes:
        """The pseudonym of a number, or of a card of staff."""
        try:
            card = card_of(number)
            if card is None:
                self._parts.check(number)
                return self._pseudonyms.of(number.encode())
        except NumberInvalid as invalid:
            raise RowRefused(f"{_shown(number)}: {invalid.why}") from None
        return pseudonym_as(self._key, *card)

    def _code(self, text: str) -> bytes:
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
        return pseudonym_as(self._key, codes.CARD_CODE, code)

    def _reason(self, text: str) -> str:
        reason = text.strip()
        if reason and not REASON_SHAPE.fullmatch(reason):
            raise RowRefused("reason: use at most 40 letters and digits, never five digits in a row")
        _keep(self._reasons, text, reason)
        return reason

    def _updated_s(self, text: str) -> int:
        updated_s = _unix_s("updated", text.strip())
        if updated_s > self._latest_s:
            raise RowRefused("updated: this time has not come yet")
        _keep(self._times, text, updated_s)
        return updated_s

    def _until_s(self, text: str) -> int:
        """0 where the field is empty."""
        until_s = _unix_s("until", text.strip()) if text.strip() else 0
        if text.strip() and not until_s:
            raise RowRefused("until: this time is out of range")
        _keep(self._untils, text, until_s)
        return until_s


def _keep(known: dict[str, Value], text: str, value: Value) -> None:
    if len(known) < VALUES_KEPT:
        known[text] = value


def _unix_s(column: str, text: str) -> int:
    """Unix time. RowRefused if the text is no time with a zone, from 1970 on."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise RowRefused(f"{column}: use a time like 2026-01-31T08:00:00+08:00") from None
    if moment.tzinfo is None:
        raise RowRefused(f"{column}: the zone is missing; add +08:00 or Z")
    try:
        unix_s = int(moment.timestamp())
    except (OverflowError, ValueError):
        raise RowRefused(f"{column}: this time is out of range") from None
    if unix_s < 0:
        raise RowRefused(f"{column}: this time is out of range")
    return unix_s


def _shown(number: str) -> str:
    """What a message may call a number in upper case."""
    return f"number {MASK if ':' in number else masked(number)}"


def _repeated(presented: str) -> str:
    """What is said of a row whose person stands in an earlier one."""
    text = presented.strip().upper()
    if text.startswith(CODE_MARK.upper()):
        return "code: the same code stands in an earlier row"
    return f"{_shown(text)}: the same person stands in an earlier row"


def _lines_of(file: TextIO) -> Iterator[str]:
    """Each line with its end. ImportRefused at one that is too long for a CSV file."""
    number = 0
    while line := file.readline(LINE_MAX_CHARACTERS):
        number += 1
        if len(line) == LINE_MAX_CHARACTERS:
            raise ImportRefused(f"line {number}: has over {LINE_MAX_CHARACTERS} characters; this is no CSV file")
        yield line
