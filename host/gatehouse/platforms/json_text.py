"""JSON from a stranger: bounded depth, no double keys, no numbers that JSON does not have (RFC 8259)."""

import json
import re
from typing import Any, Never

DEPTH_MAX = 16
# A string that never ends is taken whole too: looking for another start in it would take time by the square.
STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)


def parse(text: bytes) -> object:
    """The document. ValueError, without a word of it, if it is none."""
    if _too_deep(text):
        raise ValueError("brackets lie too deep")
    try:
        return json.loads(text.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None


def _too_deep(text: bytes) -> bool:
    depth = 0
    for character in STRING.sub(b"", text):
        if character in b"[{":
            depth += 1
            if depth > DEPTH_MAX:
                return True
        elif character in b"]}":
            depth -= 1
    return False


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """One reader would take the first of two, another the last."""
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key stands twice")
    return table


def _refuse(_: str) -> Never:
    raise ValueError("no such number")
