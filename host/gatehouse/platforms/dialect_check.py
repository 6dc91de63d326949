"""Holds against each other what stands in different tables of a platform's file."""

from collections.abc import Iterable, Iterator

from gatehouse.platforms import template
from gatehouse.platforms.dialect import Asked, Dialect, Request, Signing, Token
from gatehouse.platforms.field_check import field_problems

Path = tuple[str, ...]
CLOCK = frozenset(("time_s", "time_ms", "time_text", "nonce"))
NUMBER = frozenset(("number", "kind"))


def problems(dialect: Dialect) -> Iterator[tuple[Path, str]]:
    """(where, what is wrong and what to do) of each thing that does not fit another."""
    known = CLOCK | set(dialect.credentials)
    taken = sorted(set(dialect.credentials) & (CLOCK | NUMBER | {"token", "sign"}))
    if taken:
        yield ("credentials", taken[0]), "this name means something already. Choose another."
    signed = {"sign"} if dialect.signing else set()
    if dialect.signing:
        token = {"token"} if dialect.token else set()
        yield from _signing(("signing",), dialect.signing, known, NUMBER | token)
    if dialect.token:
        yield from _token(dialect.token, known)
    token = {"token"} if dialect.token else set()
    for name, request in dialect.request.items():
        yield from _asked(("request", name), request, known | NUMBER | token | signed)
        yield from _request(("request", name), request)
    if not any("number" in _names_in(request) for request in dialect.request.values()):
        yield ("request",), "no request has {number}: then the platform cannot know who is asked about."
    if not any(request.need == "required" for request in dialect.request.values()):
        yield ("request",), 'at least one request is needed: need = "required".'
    yield from field_problems(dialect)


def _token(token: Token, known: frozenset[str]) -> Iterator[tuple[Path, str]]:
    named = set(_names_in(token))
    if token.signing:
        # Not the table that requests are signed by: that one is over a traveller's parameters.
        yield from _signing(("token", "signing"), token.signing, known, frozenset())
        named |= {name for text in token.signing.parameters.values() for name in template.parse(text).names}
    elif "sign" in named:
        yield (
            ("token",),
            "{sign} here takes a table of its own, [token.signing]: say what a token request is signed by.",
        )
    yield from _asked(("token",), token, known | {"sign"})
    if named & NUMBER:
        yield ("token",), "a token belongs to the station, not to a traveller: leave the number out."


def _signing(at: Path, signing: Signing, known: frozenset[str], also: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """`also`: names that parameters may have, beside those that all texts may have."""
    for path, text in _texts(at, signing.parameters, ("parameters",)):
        yield from _unknown(path, text, known.union(also))
    for key in ("before", "after", "key"):
        yield from _unknown((*at, key), getattr(signing, key), known)
    if signing.algorithm.startswith("hmac-") != bool(signing.key):
        said = "an hmac takes a key" if not signing.key else "only an hmac takes a key; a plain hash takes it in after"
        yield (*at, "key"), f"{said}."


def _asked(at: Path, asked: Asked, known: Iterable[str]) -> Iterator[tuple[Path, str]]:
    allowed = set(known)
    yield from _unknown((*at, "path"), asked.path, allowed - NUMBER, "the number stands in no path or header:")
    for path, text in _texts(at, asked.headers, ("headers",)):
        yield from _unknown(path, text, allowed - NUMBER, "the number stands in no path or header:")
    for path, text in _texts(at, asked.query, ("query",)):
        yield from _unknown(path, text, allowed)
    for name in _names_in_tree(asked.fields):
        if name not in allowed:
            yield (*at, "fields"), _no_such(name, allowed)
    if asked.fields and asked.body == "none":
        yield (*at, "fields"), 'fields go into a body: set body = "json" or "form".'
    if asked.body == "form" and not all(isinstance(one, str) for one in asked.fields.values()):
        yield (*at, "fields"), "a form holds texts only, in quotes."
    if asked.method == "GET" and asked.body != "none":
        yield (*at, "method"), 'GET has no body: set body = "none", and put what it needs into query.'


def _request(at: Path, request: Request) -> Iterator[tuple[Path, str]]:
    if request.extra_fields and request.body != "json":
        yield (*at, "extra_fields"), 'they are for body = "json".'
    if _names_in_tree(request.extra_fields):
        yield (*at, "extra_fields"), "what may be left out holds no {names}."


def _texts(at: Path, table: dict[str, str], below: Path) -> Iterator[tuple[Path, str]]:
    for key, text in table.items():
        yield (*at, *below, key), text


def _unknown(at: Path, text: str, allowed: Iterable[str], why: str = "") -> Iterator[tuple[Path, str]]:
    for name in template.parse(text).names:
        if name not in allowed:
            yield at, f"{why} {_no_such(name, allowed)}".strip()


def _no_such(name: str, allowed: Iterable[str]) -> str:
    return f"{{{name}}} has no value here. There are: {', '.join(f'{{{one}}}' for one in sorted(allowed))}."


def _names_in(asked: Asked) -> list[str]:
    texts = [asked.path, *asked.headers.values(), *asked.query.values()]
    return [name for text in texts for name in template.parse(text).names] + _names_in_tree(asked.fields)


def _names_in_tree(tree: object) -> list[str]:
    if isinstance(tree, str):
        return list(template.parse(tree).names)
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return [name for one in inner for name in _names_in_tree(one)]
