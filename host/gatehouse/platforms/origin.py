"""Out of which requests' answers an expression takes its value; one that could bring a value of its own is refused."""

import functools
from typing import Any

from gatehouse.platforms import expression

Node = dict[str, Any]
# The first child is looked up where the expression stands, the others in what it finds.
STEPS = frozenset(
    ("subexpression", "index_expression", "pipe", "projection", "value_projection", "filter_projection", "flatten")
)
BESIDE = frozenset(("or_expression", "function_expression"))  # all children are looked up where it stands
INNER = frozenset(("index", "slice", "current", "identity"))


class NoOrigin(ValueError):
    """It does not take its value out of an answer. The text says why."""


@functools.lru_cache(maxsize=512)
def requests(where: str, *, inside: bool = False) -> frozenset[str]:
    """The names that the expression begins with. NoOrigin if it could find what no answer holds.

    inside: it is looked up in a part of an answer, whose names are no requests'.
    """
    return frozenset(_names(expression.compiled(where).parsed, top=not inside))


def _names(node: Node, *, top: bool) -> set[str]:
    kind, children = node["type"], node["children"]
    if kind == "field":
        return {node["value"]} if top else set()
    if kind in STEPS:
        names = _names(children[0], top=top)
        if len(children) > 1:  # the third one of a filter chooses, and is no value
            _names(children[1], top=False)
        return names
    if kind in BESIDE:
        # Of the arguments that choose among rows none begins at the top.
        return set().union(*(_names(one, top=top and one["type"] != "expref") for one in children))
    if kind == "expref":
        return _names(children[0], top=False)
    if kind == "literal":
        raise NoOrigin("a text or number of its own stands where a value of the answer has to: everybody would get it.")
    if kind in INNER and not top:
        return set()
    if kind in INNER:
        raise NoOrigin("it does not begin with the name of a request.")
    raise NoOrigin("comparisons, `!`, `&&` and new lists or tables make values that no answer holds.")
