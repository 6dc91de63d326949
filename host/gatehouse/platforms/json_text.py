"""JSON from a stranger: bounded depth, no double keys, no numbers that JSON does not have (RFC 8259)."""

import codecs
import json
import re
from typing import Any, Never

DEPTH_MAX = 16
BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# A string that never ends is taken whole too: looking for another start in it would take time by the square.
STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)


class _KeyTwice(ValueError):
    """One reader would take the first of two, another the last."""


def parse(text: bytes) -> object:
    """The document. ValueError, without a word of it, if it is none."""
    if _too_deep(text):
        raise ValueError("brackets lie too deep")
    if text.startswith(BYTE_ORDER_MARKS):
        raise ValueError("it begins with a byte order mark, which JSON has not")
    try:
        return json.loads(text.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
    except _KeyTwice:
        raise ValueError("a key stands twice in a table of it") from None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8, as JSON is") from None
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
    table = dict(pairs)
    if len(table) != len(pairs):
        raise _KeyTwice
    return table


def _refuse(_: str) -> Never:
    raise ValueError("no such number")
