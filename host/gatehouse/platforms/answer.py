"""An answer becomes a Status, pure. Whatever is missing, unmapped, malformed or from the future ends as UNMAPPED."""

import re
from collections.abc import Callable, Mapping

from gatehouse.person import masked
from gatehouse.platforms import expression, times
from gatehouse.platforms.dialect import NULL, Dialect, Test, Time
from gatehouse.status import LabResult, LabTest, Outcome, Status

FUTURE_MAX_S = 120  # what clocks of both sides may differ by
DOSES_MAX = 20
REASON_CHARACTERS_MAX = 60
VALUE_CHARACTERS_MAX = 60
FLAGS_MAX = 20
NO_FLAGS: frozenset[str] = frozenset()  # one for all: each takes 216 bytes, and answers are kept by the thousand
LONG_DIGITS = re.compile(r"[0-9]{6,}")
COLOURS = (Outcome.GREEN, Outcome.YELLOW, Outcome.RED)
OUTCOMES = {outcome.value.replace(" ", "_"): outcome for outcome in Outcome}
RESULTS = {result.value: result for result in LabResult}

Documents = Mapping[str, object]
# Told of each field: its table, where it was looked for, what was there in a form that may be shown, what it means.
Show = Callable[[str, str, str, str], None]


class _Unreadable(Exception):
    """A field on which the outcome depends cannot be read."""


def read(
    dialect: Dialect,
    documents: Documents,
    extras: Documents,
    number: bytes | bytearray,
    fetched_s: int,
    show: Show = lambda *_: None,
) -> Status:
    """The status in the answers, by the names of their requests. A test and doses may stand in `extras` too.

    number: whom it was asked about. fetched_s: Unix time of the answer.
    """
    nothing = Status(Outcome.UNMAPPED, contact=dialect.contact, fetched_s=fetched_s)
    try:
        _check_echo(dialect, documents, number, show)
        outcome = _outcome(dialect, documents, show)
        if outcome not in COLOURS:
            return Status(outcome, contact=dialect.contact, fetched_s=fetched_s)
        updated_s = _past(dialect.updated, documents, fetched_s, "updated", show)
        flags = _flags(dialect, documents, show)
        usable_until_s = _usable_until(dialect, documents, fetched_s, show)
    except _Unreadable:
        return nothing
    if usable_until_s is not None and usable_until_s <= fetched_s:
        return Status(Outcome.EXPIRED, contact=dialect.contact, fetched_s=fetched_s)
    everything = {**documents, **extras}
    return Status(
        outcome,
        updated_s,
        dialect.name,
        _reason(dialect, documents, show),
        _test(dialect.test, everything, fetched_s, show) if dialect.test is not None else None,
        _doses(dialect, everything, show),
        flags,
        dialect.contact,
        fetched_s,
        usable_until_s,
        looked_up=dialect.updated.tells == "looked_up",
    )


def key_of(value: object) -> str:
    """How a value is written in a table of values; "" for what cannot stand in one.

    A number with a fraction, a list or a table is no code.
    """
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if type(value) is int and abs(value) < 10**12:
        return str(value)
    if isinstance(value, str) and value != NULL:
        return value if len(value) <= VALUE_CHARACTERS_MAX else ""
    return ""


def shown(value: object) -> str:
    """A value in a form that may be printed: nothing long, no run of digits that could be somebody's."""
    if isinstance(value, (dict, list)):
        return f"<{'a table' if isinstance(value, dict) else 'a list'} of {len(value)}>"
    text = "nothing" if value is None else str(value) if len(str(value)) <= VALUE_CHARACTERS_MAX else "<a long text>"
    return _cleaned(text)


def _cleaned(text: str) -> str:
    """Without control characters, and with long runs of digits masked."""
    printable = "".join(one if one.isprintable() else " " for one in text)
    return LONG_DIGITS.sub(lambda run: masked(run[0]), printable)


def _look(where: str, documents: Documents) -> object:
    return expression.found(expression.compiled(where), documents)


def _check_echo(dialect: Dialect, documents: Documents, number: bytes | bytearray, show: Show) -> None:
    """An answer about somebody else is none. Stars stand for characters that the platform hides."""
    if dialect.echo is None:
        return
    value = _look(dialect.echo.where, documents)
    same = (
        isinstance(value, str)
        and value.isascii()
        and len(value) == len(number)
        and value.strip("*") != ""
        and all(one in (42, own) for one, own in zip(value.upper().encode(), number, strict=True))
    )
    show(
        "echo",
        dialect.echo.where,
        masked(value) if isinstance(value, str) else shown(value),
        "the one who was asked about" if same else "somebody else, or nobody",
    )
    if not same:
        raise _Unreadable


def _outcome(dialect: Dialect, documents: Documents, show: Show) -> Outcome:
    value = _look(dialect.status.where, documents)
    word = dialect.status.values.get(key_of(value))
    show("status", dialect.status.where, shown(value), word or "not in [status.values]: nobody passes by it")
    if word is None:
        raise _Unreadable
    return OUTCOMES[word]


def _past(time: Time, documents: Documents, fetched_s: int, name: str, show: Show) -> int:
    value = _look(time.where, documents)
    try:
        at = times.unix_s(value, time.format, times.zone_of(time.zone))
    except ValueError as wrong:
        show(name, time.where, _kind(value), f"{wrong}; wanted: {time.format}")
        raise _Unreadable from None
    late = at > fetched_s + FUTURE_MAX_S
    show(name, time.where, "a time", "in the future: compare both clocks" if late else f"{fetched_s - at} s ago")
    if late:
        raise _Unreadable
    return at


def _kind(value: object) -> str:
    return "nothing" if value is None else f"<{type(value).__name__}>"


def _flags(dialect: Dialect, documents: Documents, show: Show) -> frozenset[str]:
    if dialect.flags is None:
        return NO_FLAGS
    value = _look(dialect.flags.where, documents)
    # No flags is said by an empty list, or by a value that the file maps to nothing; a missing one says nothing.
    values = value if isinstance(value, list) else [value]
    words = [dialect.flags.values.get(key_of(one)) for one in values[: FLAGS_MAX + 1]]
    understood = None not in words and len(words) <= FLAGS_MAX
    meaning = ", ".join(filter(None, words)) or "nothing is added" if understood else "not in [flags.values]"
    show("flags", dialect.flags.where, shown(value), meaning)
    if not understood:
        raise _Unreadable
    return frozenset(filter(None, words)) or NO_FLAGS


def _usable_until(dialect: Dialect, documents: Documents, fetched_s: int, show: Show) -> int | None:
    life, ends = dialect.life, []
    if life.until_midnight:
        ends.append(times.end_of_day_s(fetched_s, times.zone_of(life.zone)))
    if life.until is not None:
        value = _look(life.until.where, documents)
        try:
            ends.append(times.unix_s(value, life.until.format, times.zone_of(life.until.zone)))
        except ValueError as wrong:
            show("life.until", life.until.where, _kind(value), f"{wrong}; wanted: {life.until.format}")
            raise _Unreadable from None
        show("life.until", life.until.where, "a time", f"ends in {ends[-1] - fetched_s} s")
    return min(ends, default=None)


def _reason(dialect: Dialect, documents: Documents, show: Show) -> str:
    if dialect.reason is None:
        return ""
    value = _look(dialect.reason.where, documents)
    text = _cleaned(value)[:REASON_CHARACTERS_MAX].strip() if isinstance(value, str) else ""
    show("reason", dialect.reason.where, shown(value), "kept" if text else "none told")
    return text


def _test(test: Test, documents: Documents, fetched_s: int, show: Show) -> LabTest | None:
    value = _look(test.where, documents)
    result = RESULTS.get(test.values.get(key_of(value), ""), LabResult.UNMAPPED)
    moments: dict[str, int | None] = {}
    for name in ("sampled", "tested", "reported"):
        moments[name] = None
        time = getattr(test, name)
        if time is None or _look(time.where, documents) is None:
            continue
        try:
            moments[name] = _past(time, documents, fetched_s, f"test.{name}", show)
        except _Unreadable:
            result = LabResult.UNMAPPED
    if value is None and test.values.get(NULL) is None and not any(moments.values()):
        show("test", test.where, "nothing", "no test told")
        return None
    show("test", test.where, shown(value), result.value)
    return LabTest(result, moments["sampled"], moments["tested"], moments["reported"])


def _doses(dialect: Dialect, documents: Documents, show: Show) -> int | None:
    if dialect.doses is None:
        return None
    value = _look(dialect.doses.where, documents)
    number = int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,2}", value) else value
    doses = number if type(number) is int and 0 <= number <= DOSES_MAX else None
    show("doses", dialect.doses.where, shown(value), "not told" if doses is None else str(doses))
    return doses
