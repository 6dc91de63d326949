"""An answer becomes a Status, pure. Whatever is missing, unmapped, malformed or from the future ends as UNMAPPED."""

import re
from collections.abc import Collection

from gatehouse.person import masked
from gatehouse.platforms import origin, times
from gatehouse.platforms.dialect import Dialect, Echo
from gatehouse.platforms.fields import Documents, Show, Unreadable, cleaned, key_of, kind, look, past, shown
from gatehouse.platforms.laboratory import newest_test
from gatehouse.status import LabResult, LabTest, Outcome, Status

DOSES_MAX = 20
REASON_CHARACTERS_MAX = 60
FLAGS_MAX = 20
NO_FLAGS: frozenset[str] = frozenset()  # one for all: each takes 216 bytes, and answers are kept by the thousand
ROWS_MAX = 20
STAR = ord("*")
COLOURS = (Outcome.GREEN, Outcome.YELLOW, Outcome.RED)
OUTCOMES = {outcome.value.replace(" ", "_"): outcome for outcome in Outcome}


def unwatched(_table: str, _where: str, _found: str, _meaning: str) -> None:
    """Nobody looks on."""


def read(
    dialect: Dialect,
    documents: Documents,
    extras: Documents,
    number: bytes | bytearray,
    fetched_s: int,
    show: Show = unwatched,
    silent: Collection[str] = (),
) -> Status:
    """The status in the answers, by the names of their requests. A test and doses may stand in `extras` too.

    number: whom it was asked about. fetched_s: Unix time of the answer. silent: requests that brought nothing that is
    understood; a test that they should have told is UNMAPPED, for it may be a positive one.
    """
    nothing = Status(Outcome.UNMAPPED, contact=dialect.contact, fetched_s=fetched_s)
    everything = {**documents, **extras}
    try:
        _check_echo(dialect.echo, documents, number, show)
        outcome = _outcome(dialect, documents, show)
        test = newest_test(dialect.test, everything, fetched_s, show, silent)
        if outcome not in COLOURS:
            # Whoever is positive is not taken for somebody of whom nothing is known.
            return nothing if _is_positive(test) else Status(outcome, contact=dialect.contact, fetched_s=fetched_s)
        updated_s = past(dialect.updated, documents, fetched_s, "updated", show)
        flags = _flags(dialect, documents, show)
        usable_until_s = _usable_until(dialect, documents, fetched_s, show)
    except Unreadable:
        return nothing
    over = usable_until_s is not None and usable_until_s <= fetched_s
    # A red and a positive test do not become harmless with time.
    if over and outcome is not Outcome.RED and not _is_positive(test):
        return Status(Outcome.EXPIRED, contact=dialect.contact, fetched_s=fetched_s)
    return Status(
        outcome,
        updated_s,
        dialect.name,
        _reason(dialect, documents, show),
        test,
        _doses(dialect, everything, show),
        flags,
        dialect.contact,
        fetched_s,
        usable_until_s,
        looked_up=dialect.updated.tells == "looked_up",
    )


def read_in_part(
    dialect: Dialect, documents: Documents, extras: Documents, number: bytes | bytearray, fetched_s: int, show: Show
) -> Status | None:
    """What some of the answers tell against the traveller where a needed one is missing; None if they tell nothing.

    A red stays a red. What is against the traveller and makes no whole status is UNMAPPED.
    """
    status = read(dialect, documents, extras, number, fetched_s, show)
    if status.outcome in (Outcome.RED, Outcome.YELLOW) or _is_positive(status.test):
        return status
    against = _is_against(dialect, documents, extras, number, fetched_s)
    return Status(Outcome.UNMAPPED, contact=dialect.contact, fetched_s=fetched_s) if against else None


def warns(dialect: Dialect, documents: Documents) -> bool:
    """Whether these answers, of all or of some requests, say red or yellow."""
    try:
        return _outcome(dialect, documents, unwatched) in (Outcome.RED, Outcome.YELLOW)
    except Unreadable:
        return False


def _is_against(
    dialect: Dialect, documents: Documents, extras: Documents, number: bytes | bytearray, fetched_s: int
) -> bool:
    """Whether anything that came tells of the traveller another thing than green, or cannot be understood."""
    everything = {**documents, **extras}

    def came(where: str) -> bool:
        return origin.requests(where) <= everything.keys()

    try:
        if dialect.echo is not None and came(dialect.echo.where):
            _check_echo(dialect.echo, documents, number, unwatched)
        if (
            came(dialect.status.rows or dialect.status.where)
            and _outcome(dialect, documents, unwatched) is not Outcome.GREEN
        ):
            return True
        if came(dialect.updated.where):
            past(dialect.updated, documents, fetched_s, "updated", unwatched)
        if dialect.flags is not None and came(dialect.flags.where):
            _flags(dialect, documents, unwatched)
    except Unreadable:
        return True
    if dialect.test is None or not came(dialect.test.rows or dialect.test.where):
        return False
    test = newest_test(dialect.test, everything, fetched_s, unwatched)
    return test is not None and test.result in (LabResult.POSITIVE, LabResult.UNMAPPED)


def _is_positive(test: LabTest | None) -> bool:
    return test is not None and test.result is LabResult.POSITIVE


def _check_echo(echo: Echo | None, documents: Documents, number: bytes | bytearray, show: Show) -> None:
    """An answer about somebody else is none. Stars stand for characters that the platform hides."""
    if echo is None:
        return
    value = look(echo.where, documents)
    same = isinstance(value, str) and _is_same(value, number, echo)
    show(
        "echo",
        echo.where,
        masked(value) if isinstance(value, str) else shown(value),
        "the one who was asked about" if same else "somebody else, or nobody",
    )
    if not same:
        raise Unreadable


def _is_same(told: str, number: bytes | bytearray, echo: Echo) -> bool:
    """Whether what is told is the number, and shows as much of it as the file says."""
    if not told.isascii() or len(told) != len(number):
        return False
    if "*" in told[: echo.first] + told[len(told) - echo.last :]:
        return False
    return all(one in (STAR, own) for one, own in zip(told.upper().encode(), number, strict=True))


def _outcome(dialect: Dialect, documents: Documents, show: Show) -> Outcome:
    status = dialect.status
    rows = _rows(look(status.rows, documents)) if status.rows else [documents]
    words = set()
    for row in rows:
        value = look(status.where, row)
        word = status.values.get(key_of(value))
        show("status", status.where, shown(value), word or "not in [status.values]: nobody passes by it")
        words.add(word)
    if Outcome.RED.value in words:
        return Outcome.RED
    if len(words) > 1:
        show("status", status.rows, shown(rows), "they do not say the same: nobody passes by them")
    if len(words) != 1 or None in words:
        raise Unreadable
    return OUTCOMES[words.pop() or ""]


def _rows(found: object) -> list[object]:
    """The rows of a list. Unreadable if there is none, or more than anybody has."""
    if not isinstance(found, list) or not 0 < len(found) <= ROWS_MAX:
        raise Unreadable
    return found


def _flags(dialect: Dialect, documents: Documents, show: Show) -> frozenset[str]:
    if dialect.flags is None:
        return NO_FLAGS
    value = look(dialect.flags.where, documents)
    # No flags is said by an empty list, or by a value that the file maps to nothing; a missing one says nothing.
    values = value if isinstance(value, list) else [value]
    words = [dialect.flags.values.get(key_of(one)) for one in values[: FLAGS_MAX + 1]]
    understood = None not in words and len(words) <= FLAGS_MAX
    meaning = ", ".join(filter(None, words)) or "nothing is added" if understood else "not in [flags.values]"
    show("flags", dialect.flags.where, shown(value), meaning)
    if not understood:
        raise Unreadable
    return frozenset(filter(None, words)) or NO_FLAGS


def _usable_until(dialect: Dialect, documents: Documents, fetched_s: int, show: Show) -> int | None:
    life, ends = dialect.life, []
    if life.until_midnight:
        ends.append(times.end_of_day_s(fetched_s, times.zone_of(life.zone)))
    if life.until is not None:
        value = look(life.until.where, documents)
        try:
            ends.append(times.unix_s(value, life.until.format, times.zone_of(life.until.zone)))
        except ValueError as wrong:
            show("life.until", life.until.where, kind(value), f"{wrong}; wanted: {life.until.format}")
            raise Unreadable from None
        show("life.until", life.until.where, "a time", f"ends in {ends[-1] - fetched_s} s")
    return min(ends, default=None)


def _reason(dialect: Dialect, documents: Documents, show: Show) -> str:
    if dialect.reason is None:
        return ""
    try:
        value = look(dialect.reason.where, documents)
    except Unreadable:
        value = None
    text = cleaned(value)[:REASON_CHARACTERS_MAX].strip() if isinstance(value, str) else ""
    show("reason", dialect.reason.where, shown(value), "kept" if text else "none told")
    return text


def _doses(dialect: Dialect, documents: Documents, show: Show) -> int | None:
    if dialect.doses is None:
        return None
    try:
        value = look(dialect.doses.where, documents)
    except Unreadable:  # as the length of what is missing
        value = None
    number = int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,2}", value) else value
    doses = number if type(number) is int and 0 <= number <= DOSES_MAX else None
    show("doses", dialect.doses.where, shown(value), "not told" if doses is None else str(doses))
    return doses
