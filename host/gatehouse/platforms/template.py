"""Text with named values in it: `{name}` is replaced, and nothing else means anything.

Values are bytes. The traveller's number is a bytearray and never becomes a string here: that could not be wiped.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote_from_bytes

NAME = re.compile(r"\{([a-z][a-z0-9_]{0,31})\}")
PLAIN = re.compile(rb"[0-9A-Za-z]*")  # needs no escaping in JSON, form, query or header
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
NESTING_MAX = 4

Value = bytes | bytearray
Escape = Callable[[Value], Value]


@dataclass(frozen=True, slots=True)
class Template:
    """Literal bytes and names in turn: literals[0], names[0], literals[1] ..., literals[-1]."""

    literals: tuple[bytes, ...]
    names: tuple[str, ...]

    def fill(self, values: Mapping[str, Value], escape: Escape = bytes) -> bytearray:
        """The text. KeyError for a name without a value. The caller wipes the result if a number is in it."""
        filled = bytearray(self.literals[0])
        for name, literal in zip(self.names, self.literals[1:], strict=True):
            value = values[name]
            filled += value if PLAIN.fullmatch(value) else escape(value)
            filled += literal
        return filled


def parse(text: str) -> Template:
    """ValueError for braces around what is no name, and for control characters."""
    if CONTROL.search(text):
        raise ValueError("control characters have no place in it")
    pieces = NAME.split(text)
    if any("{" in literal or "}" in literal for literal in pieces[::2]):
        raise ValueError("braces stand around names of small letters, digits and _ only, like {number}")
    return Template(tuple(literal.encode() for literal in pieces[::2]), tuple(pieces[1::2]))


def json_body(fields: Mapping[str, object]) -> Template:
    """A JSON object as one template; fill it with `json_escape`. ValueError for what is not allowed in it."""
    _check_tree(fields, NESTING_MAX)
    return _joined(_json_parts(fields))


def form_body(fields: Mapping[str, object]) -> Template:
    """An application/x-www-form-urlencoded text as one template; fill it with `form_escape`."""
    parts: list[Template] = []
    for at, (key, text) in enumerate(fields.items()):
        if not isinstance(text, str):
            raise ValueError("a form holds texts only, in quotes")  # noqa: TRY004  # a wrong file, not a wrong type here
        parsed = parse(text)
        start = (b"&" if at else b"") + form_escape(key.encode()) + b"="
        literals = tuple(bytes(form_escape(one)) for one in parsed.literals)
        parts.append(Template((start + literals[0], *literals[1:]), parsed.names))
    return _joined(parts)


def json_escape(value: Value) -> Value:
    """For the inside of a JSON string."""
    return json.dumps(bytes(value).decode(), ensure_ascii=False)[1:-1].encode()


def form_escape(value: Value) -> Value:
    """For a form or a query, RFC 3986 section 2.1."""
    return quote_from_bytes(bytes(value), safe="-._~").encode()


def _check_tree(value: object, depth: int) -> None:
    if isinstance(value, str):
        parse(value)
    elif isinstance(value, Mapping) and depth:
        for inner in value.values():
            _check_tree(inner, depth - 1)
    elif isinstance(value, list) and depth:
        for inner in value:
            _check_tree(inner, depth - 1)
    elif type(value) not in (bool, int):
        raise ValueError(f"it holds texts, whole numbers, true, false, lists and tables, at most {NESTING_MAX} deep")


def _json_parts(value: object) -> list[Template]:
    if isinstance(value, str):
        parsed = parse(value)
        literals = [bytes(json_escape(one)) for one in parsed.literals]
        return [Template((b'"' + literals[0], *literals[1:]), parsed.names), _literal(b'"')]
    if isinstance(value, Mapping):
        parts = [_literal(b"{")]
        for at, (key, inner) in enumerate(value.items()):
            parts.append(_literal((b"," if at else b"") + json.dumps(key, ensure_ascii=False).encode() + b":"))
            parts += _json_parts(inner)
        return [*parts, _literal(b"}")]
    if isinstance(value, list):
        parts = [_literal(b"[")]
        for at, inner in enumerate(value):
            parts += [_literal(b"," if at else b""), *_json_parts(inner)]
        return [*parts, _literal(b"]")]
    return [_literal(json.dumps(value).encode())]


def _literal(text: bytes) -> Template:
    return Template((text,), ())


def _joined(parts: list[Template]) -> Template:
    literals: list[bytes] = [b""]
    names: list[str] = []
    for part in parts:
        literals[-1] += part.literals[0]
        literals += part.literals[1:]
        names += part.names
    return Template(tuple(literals), tuple(names))
