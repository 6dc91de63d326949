"""Where a field is in an answer: JMESPath (jmespath.org) without what lets an answer grow."""

import functools
import warnings
from collections.abc import Iterator
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

CHARACTERS_MAX = 200
# None of these makes a value larger than the one that it is given.
FUNCTIONS = frozenset(("length", "max_by", "min_by", "sort_by", "reverse", "not_null"))
FLATTENINGS_MAX = 2  # each of them can multiply what lies in lists


@functools.lru_cache(maxsize=512)
def compiled(text: str) -> ParsedResult:
    """The expression ready for use. ValueError if it is none, or takes more than is needed to find a field."""
    if not text or len(text) > CHARACTERS_MAX:
        raise ValueError(f"it has from 1 to {CHARACTERS_MAX} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # an old way of writing, which the library will not take for ever
            expression = jmespath.compile(text)
        nodes = list(_nodes(expression.parsed))
    except (JMESPathError, RecursionError, ValueError, Warning):
        raise ValueError("it is no JMESPath expression; see https://jmespath.org") from None
    if unknown := sorted({node["value"] for node in nodes if node["type"] == "function_expression"} - FUNCTIONS):
        raise ValueError(f"{unknown[0][:40]} is no function that may be used here: {', '.join(sorted(FUNCTIONS))}")
    if sum(node["type"] == "flatten" for node in nodes) > FLATTENINGS_MAX:
        raise ValueError(f"it flattens lists at most {FLATTENINGS_MAX} times")
    return expression


def found(expression: ParsedResult, document: object) -> object:
    """What the expression finds; None also where it does not fit the document, as the length of nothing."""
    try:
        return expression.search(document)
    # A function that meets another type than it takes raises; comparisons of odd values raise what Python does.
    except (JMESPathError, RecursionError, TypeError, ValueError, OverflowError, AttributeError):
        return None


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _nodes(child)
