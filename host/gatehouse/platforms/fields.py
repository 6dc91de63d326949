"""The fields of an answer: looked up, shown to people, read as times."""

import re
from collections.abc import Callable, Mapping

from gatehouse.person import masked
from gatehouse.platforms import expression, times
from gatehouse.platforms.dialect import NULL, Time

FUTURE_MAX_S = 120  # what clocks of both sides may differ by
VALUE_CHARACTERS_MAX = 60
LONG_DIGITS = re.compile(r"[0-9]{6,}")
NO_KEY = "\0"  # of what cannot stand in a table of values; no such table may have it

Documents = Mapping[str, object]
# Told of each field: its table, where it was looked for, what was there in a form that may be shown, what it means.
Show = Callable[[str, str, str, str], None]


class Unreadable(Exception):
    """A field on which the outcome depends cannot be read."""


def key_of(value: object) -> str:
    """How a value is written in a table of values; NO_KEY for what cannot stand in one.

    A number with a fraction, a list or a table is no code.
    """
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if type(value) is int and abs(value) < 10**12:
        return str(value)
    if isinstance(value, str) and value != NULL:
        return value if len(value) <= VALUE_CHARACTERS_MAX else NO_KEY
    return NO_KEY


def shown(value: object) -> str:
    """A value in a form that may be printed: nothing long, no run of digits that could be somebody's."""
    if isinstance(value, (dict, list)):
        return f"<{'a table' if isinstance(value, dict) else 'a list'} of {len(value)}>"
    text = "nothing" if value is None else str(value) if len(str(value)) <= VALUE_CHARACTERS_MAX else "<a long text>"
    return cleaned(text)


def cleaned(text: str) -> str:
    """Without control characters, and with long runs of digits masked."""
    printable = "".join(one if one.isprintable() else " " for one in text)
    return LONG_DIGITS.sub(lambda run: masked(run[0]), printable)


def look(where: str, document: object) -> object:
    """What stands there, None for what is missing or null. Unreadable if the answer has another form."""
    try:
        return expression.found(expression.compiled(where), document)
    except expression.Misfit:
        raise Unreadable from None


def past(time: Time, document: object, fetched_s: int, name: str, show: Show) -> int:
    """Unix time of something that has happened. Unreadable if it is none, or lies in the future."""
    value = look(time.where, document)
    try:
        at = times.unix_s(value, time.format, times.zone_of(time.zone))
    except ValueError as wrong:
        show(name, time.where, kind(value), f"{wrong}; wanted: {time.format}")
        raise Unreadable from None
    late = at > fetched_s + FUTURE_MAX_S
    show(name, time.where, "a time", "in the future: compare both clocks" if late else f"{fetched_s - at} s ago")
    if late:
        raise Unreadable
    return at


def kind(value: object) -> str:
    """What sort of a value it is, for people."""
    return "nothing" if value is None else f"<{type(value).__name__}>"
