"""Where a key stands in a TOML text: the parser of the standard library keeps no positions."""

import re

HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-\"' ]+?)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"^\s*([A-Za-z0-9_\-\"'.]+)\s*=")


def line_of(text: str, path: tuple[str | int, ...]) -> int:
    """Line (from 1) of the key at `path`, e.g. ("port", 1, "baud"); of the nearest table above it if it is missing."""
    best_line, best_depth = 1, 0
    table: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        header, key = HEADER.match(line), KEY.match(line)
        if header:
            name = header[2].strip("\"' ")
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                table = (*name.split("."), counts[name])
            else:
                table = tuple(name.split("."))
            here = table
        elif key:
            here = (*table, *(part.strip("\"'") for part in key[1].split(".")))
        else:
            continue
        depth = len(here)
        if depth > best_depth and here == path[:depth]:
            best_line, best_depth = number, depth
    return best_line
