"""Where a field is in an answer: JMESPath (jmespath.org) without what lets an answer grow, or hides its form.

By the specification a path that leads through a value of another form finds null, as one that leads to nothing does.
Here only what is missing or null is nothing; a text where a table should be is an answer that is not understood.
"""

import functools
import warnings
from collections.abc import Iterator
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult
from jmespath.visitor import TreeInterpreter

CHARACTERS_MAX = 200
# None of these makes a value larger than the one that it is given.
FUNCTIONS = frozenset(("length", "max_by", "min_by", "sort_by", "reverse", "not_null"))
FLATTENINGS_MAX = 2  # each of them can multiply what lies in lists


class Misfit(ValueError):
    """The document has not the form that the expression goes through."""


class _Strict(TreeInterpreter):
    """Raises where the library's finds null in a value of another form."""

    def visit_field(self, node: dict[str, Any], value: Any) -> Any:
        return _of_form(dict, value).get(node["value"]) if value is not None else None

    def visit_index(self, node: dict[str, Any], value: Any) -> Any:
        return super().visit_index(node, _of_form(list, value))

    def visit_slice(self, node: dict[str, Any], value: Any) -> Any:
        return super().visit_slice(node, _of_form(list, value))

    def visit_projection(self, node: dict[str, Any], value: Any) -> Any:
        return super().visit_projection(self._based(node, list, value), value)

    def visit_filter_projection(self, node: dict[str, Any], value: Any) -> Any:
        based = self._based(node, list, value)
        # A filter would choose a null, and the projection drop it.
        if None in (based["children"][0]["value"] or ()):
            raise Misfit
        return super().visit_filter_projection(based, value)

    def visit_value_projection(self, node: dict[str, Any], value: Any) -> Any:
        return super().visit_value_projection(self._based(node, dict, value), value)

    def visit_flatten(self, node: dict[str, Any], value: Any) -> Any:
        return super().visit_flatten(self._based(node, list, value), value)

    def _based(self, node: dict[str, Any], form: type, value: Any) -> dict[str, Any]:
        """The node with what it goes through, which is looked up once, in the place of how it is found."""
        base = _of_form(form, self.visit(node["children"][0], value))
        return {**node, "children": [{"type": "literal", "value": base, "children": []}, *node["children"][1:]]}


def _of_form(form: type, value: Any) -> Any:
    if value is not None and not isinstance(value, form):
        raise Misfit
    return value


STRICT = _Strict()


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
    """What the expression finds, None for what is missing or null. Misfit where it does not fit the document."""
    try:
        return STRICT.visit(expression.parsed, document)
    # A function that meets another type than it takes raises; comparisons of odd values raise what Python does.
    except (JMESPathError, RecursionError, TypeError, ValueError, OverflowError, AttributeError):
        pass
    # Outside of the handler: the library's failure, which may hold a value, would stay with it as its context.
    raise Misfit


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _nodes(child)
