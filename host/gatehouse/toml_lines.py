"""Where a key stands in a TOML text: the parser of the standard library keeps no positions."""

import re

HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-\"' ]+?)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"^\s*([A-Za-z0-9_\-\"'. ]+?)\s*=")


def line_of(text: str, path: tuple[str | int, ...]) -> int:
    """Line (from 1) of the key at `path`, e.g. ("port", 1, "baud").

    Of a table: its first line. Of what is missing: the nearest table above it.
    """
    best_line, best_depth = 1, 0
    table: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    in_text = False
    for number, line in enumerate(text.splitlines(), start=1):
        starts_in_text, in_text = in_text, in_text ^ _opens_or_ends_text(line)
        header, key = HEADER.match(line), KEY.match(line)
        if starts_in_text:
            continue
        if header:
            table = _table(header[1], header[2], counts)
            here = table
        elif key:
            here = (*table, *_parts(key[1]))
        else:
            continue
        depth = min(len(here), len(path))
        if depth > best_depth and here[:depth] == path[:depth]:
            best_line, best_depth = number, depth
    return best_line


def _table(brackets: str, name: str, counts: dict[str, int]) -> tuple[str | int, ...]:
    parts = _parts(name)
    if brackets == "[":
        return parts
    counts[name] = counts.get(name, -1) + 1
    return (*parts, counts[name])


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip(" \"'") for part in name.split("."))


def _opens_or_ends_text(line: str) -> bool:
    """Whether a text of several lines begins or ends on this line."""
    return (line.count('"""') + line.count("'''")) % 2 == 1
