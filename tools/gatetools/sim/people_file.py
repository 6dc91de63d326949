"""Travellers from a CSV file: every row is checked, and every bad one is named with its line and the reason.

Columns: number (its form tells which kind of card it is on), colour (green, yellow, red, unknown), updated (ISO 8601
with a zone, or "now"), behaviour (see `people.Behaviour`; may be left out or empty). Other columns are ignored.
"""

import csv
import datetime
import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gatehouse.card_number import check_number
from gatehouse.number_parts import NumberInvalid

from gatetools.sim.people import Behaviour, Traveller, TrueColour, check_character, mask

if TYPE_CHECKING:
    from _csv import Reader

REQUIRED = ("number", "colour", "updated")
CLOCK_TOLERANCE = datetime.timedelta(minutes=2)
ROWS_MAX = 100_000
HAS_CHECK_CHARACTER = re.compile("[0-9]{17}.|[A-Z]{3}[0-9]{11}.")

Word = TypeVar("Word", TrueColour, Behaviour)


class PeopleFileError(Exception):
    """The file cannot be used; `problems` holds a sentence for each bad row, none with a full number."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class _BadRow(ValueError):
    pass


def read(path: Path, now: datetime.datetime) -> list[Traveller]:
    """The travellers in their order; PeopleFileError if any row is bad or there is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _travellers(str(path), csv.reader(file, strict=True), now)
    except OSError as failure:
        raise PeopleFileError([f"{path}: cannot be read ({failure.strerror})"]) from None
    except UnicodeDecodeError:
        raise PeopleFileError([f"{path}: is not UTF-8 text; save it as CSV UTF-8"]) from None
    except csv.Error as failure:
        raise PeopleFileError([f"{path}: is not CSV ({failure})"]) from None


def _travellers(name: str, rows: "Reader", now: datetime.datetime) -> list[Traveller]:
    header = [column.strip().lower() for column in next(rows, [])]
    wrong = [column for column in REQUIRED if header.count(column) != 1]
    if wrong:
        wanted = f"the columns {', '.join(REQUIRED)} once each, and behaviour if wanted"
        raise PeopleFileError([f"{name}, line 1: it must name {wanted}; check {', '.join(wrong)}"])
    problems: list[str] = []
    travellers: list[Traveller] = []
    seen: dict[str, tuple[int, Traveller]] = {}
    for row in rows:
        if not any(field.strip() for field in row):
            continue
        if len(travellers) + len(problems) >= ROWS_MAX:
            raise PeopleFileError([f"{name}: more than {ROWS_MAX} rows"])
        try:
            traveller = _traveller(dict(zip(header, (field.strip() for field in row), strict=False)), now)
            _same_status(traveller, rows.line_num, seen)
            travellers.append(traveller)
        except _BadRow as bad:
            problems.append(f"{name}, line {rows.line_num}: {bad}")
    if problems or not travellers:
        raise PeopleFileError(problems or [f"{name}: holds no traveller"])
    return travellers


def _traveller(row: dict[str, str], now: datetime.datetime) -> Traveller:
    if row.get("colour", "").lower() == TrueColour.UNKNOWN.value and not row.get("updated"):
        row["updated"] = "now"
    missing = [column for column in REQUIRED if not row.get(column)]
    if missing:
        raise _BadRow(f"{', '.join(missing)}: is missing")
    colour = _one_of(TrueColour, "colour", row["colour"])
    behaviour = _one_of(Behaviour, "behaviour", row.get("behaviour") or Behaviour.NORMAL.value)
    number = row["number"].upper()
    _check_number(number, behaviour, now)
    return Traveller(number, colour, _moment(row["updated"], now), behaviour)


def _same_status(traveller: Traveller, line: int, seen: dict[str, tuple[int, Traveller]]) -> None:
    """Raise _BadRow if an earlier row gives the same person another status."""
    first_line, first = seen.setdefault(traveller.number, (line, traveller))
    if (first.colour, first.updated) != (traveller.colour, traveller.updated):
        raise _BadRow(f"number {traveller.masked}: line {first_line} gives this person another status")


def _check_number(number: str, behaviour: Behaviour, now: datetime.datetime) -> None:
    """Raise _BadRow unless the number is what the behaviour says it is."""
    judged = number
    if behaviour is Behaviour.WRONG_CHECK_DIGIT and HAS_CHECK_CHARACTER.fullmatch(number):
        judged = number[:-1] + check_character(number)
        if judged == number:
            raise _BadRow(f"number {mask(number)}: its check digit fits, but the behaviour says that it does not")
    if ":" in number:  # nothing of it may be shown
        raise _BadRow(
            "number: write that of an identity card. A traveller of this file has no code and no card of staff; "
            "`gate sim` shows one"
        )
    try:
        check_number(judged.encode("ascii", "replace"), now.date())
    except NumberInvalid as invalid:
        raise _BadRow(f"number {mask(number[:30])}: {invalid.why}") from None


def _one_of(kind: type[Word], column: str, word: str) -> Word:
    try:
        return kind(word.lower())
    except ValueError:
        allowed = ", ".join(member.value for member in kind)
        raise _BadRow(f"{column}: use one of {allowed}") from None


def _moment(text: str, now: datetime.datetime) -> datetime.datetime:
    if text.lower() == "now":
        return now
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise _BadRow("updated: use a time like 2026-01-31T08:00:00+08:00, or now") from None
    if moment.tzinfo is None:
        raise _BadRow("updated: the zone is missing; add +08:00 or Z")
    if moment > now + CLOCK_TOLERANCE:
        raise _BadRow("updated: this time has not come yet")
    return moment
