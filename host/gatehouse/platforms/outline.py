"""The shape of a JSON document, for people: keys and kinds of values, never a value."""

import re
from collections.abc import Iterator

LINES_MAX = 40
DEPTH_MAX = 5
# A platform may have put anything in the place of a key: a number, a token.
FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,23}")
DIGITS = re.compile(r"[0-9]{5}")


def outline(document: object) -> list[str]:
    """One line for each key, indented; of lists the first item."""
    lines: list[str] = []
    for line in _lines(document, 0):
        if len(lines) == LINES_MAX:
            return [*lines, "..."]
        lines.append(line)
    return lines


def _lines(value: object, depth: int) -> Iterator[str]:
    space = "  " * depth
    if depth > DEPTH_MAX:
        yield f"{space}..."
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield f"{space}{_key(key)}: {_kind(inner)}"
            if isinstance(inner, (dict, list)):
                yield from _lines(inner, depth + 1)
    elif isinstance(value, list):
        if value and isinstance(value[0], (dict, list)):
            yield from _lines(value[0], depth)
    else:
        yield f"{space}{_kind(value)}"


def _key(key: str) -> str:
    name = FIELD_NAME.fullmatch(key) and not DIGITS.search(key)
    return key if name else f"<a key of {len(key)}, which is no name>"


def _kind(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, str):
        return f"a text of {len(value)}"
    return "nothing" if value is None else "true or false" if isinstance(value, bool) else "a number"
