"""Leaves out what a gate never uses of the package that it shares with the gatehouse, as its heap is small.

Whole modules that nothing on the gate imports, functions, classes and methods that nothing there names, and methods
that only say that a class below must bring its own. Lines stay where they are, so traces still point into the source.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator

SHARED = "gatelink"


def shake(sources: dict[str, str], users: Iterable[str] = ()) -> dict[str, str]:
    """Module name -> text, of those modules that a gate loads. All outside the shared package count as loaded.

    users: texts of programs that run beside them.
    """
    trees = {name: ast.parse(text) for name, text in sources.items()}
    beside = [ast.parse(text) for text in users]
    loaded = _loaded(trees, beside)
    spans: dict[str, list[tuple[int, int]]] = {name: [] for name in loaded}
    while True:
        used = sum((_names(tree) for tree in [*(trees[name] for name in loaded), *beside]), Counter())
        unused = [
            (name, body, node)
            for name in loaded
            if name.split(".")[0] == SHARED
            for body, node in _definitions(trees[name])
            if used[node.name] == _names(node)[node.name] or _is_left_to_others(node)
        ]
        if not unused:
            return {name: _blank(sources[name], spans[name]) for name in loaded}
        for name, body, node in unused:
            body.remove(node)
            spans[name].append((node.lineno, node.end_lineno or node.lineno))


def _definitions(tree: ast.Module) -> Iterator[tuple[list[ast.stmt], ast.FunctionDef | ast.ClassDef]]:
    """Each with the body that it stands in: of the module, or of a class that has more than it."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield tree.body, node
        if isinstance(node, ast.ClassDef):
            for inner in node.body[1:]:
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("__"):
                    yield node.body, inner


def _is_left_to_others(node: ast.FunctionDef | ast.ClassDef) -> bool:
    """Whether a method does nothing but refuse: `raise LocalError(...)`, a docstring before it or not."""
    *before, last = node.body
    return (
        isinstance(node, ast.FunctionDef)
        and isinstance(last, ast.Raise)
        and isinstance(last.exc, ast.Call)
        and ast.unparse(last.exc.func) == "LocalError"
        and all(isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) for one in before)
    )


def _loaded(trees: dict[str, ast.Module], users: list[ast.Module]) -> list[str]:
    found = {name for name in trees if name.split(".")[0] != SHARED}
    found |= {name for tree in users for name in _imports(tree) & trees.keys()}
    ahead = list(found)
    while ahead:
        for name in _imports(trees[ahead.pop()]) & trees.keys() - found:
            found.add(name)
            ahead.append(name)
    return sorted(found)


def _imports(tree: ast.Module) -> set[str]:
    found = {SHARED}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def _names(tree: ast.AST) -> Counter[str]:
    """How often each name is used: a definition is no use."""
    found: Counter[str] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found[node.id] += 1
        elif isinstance(node, ast.Attribute):
            found[node.attr] += 1
        elif isinstance(node, ast.alias):
            found[node.name] += 1
    return found


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    lines = text.split("\n")
    for first, last in spans:
        lines[first - 1 : last] = [""] * (last - first + 1)
    return "\n".join(lines)
