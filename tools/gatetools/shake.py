"""Leaves out what a gate never uses of the package that it shares with the gatehouse, as its heap is small.

Whole modules that nothing on the gate imports, and functions and classes that nothing there names. Lines stay where
they are, so traces still point into the source.
"""

import ast
from collections import Counter

SHARED = "gatelink"


def shake(sources: dict[str, str]) -> dict[str, str]:
    """Module name -> text, of those modules that a gate loads. All outside the shared package count as loaded."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    loaded = _loaded(trees)
    spans: dict[str, list[tuple[int, int]]] = {name: [] for name in loaded}
    while True:
        used = sum((_names(trees[name]) for name in loaded), Counter())
        unused = [
            (name, node)
            for name in loaded
            if name.split(".")[0] == SHARED
            for node in trees[name].body
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and used[node.name] == _names(node)[node.name]
        ]
        if not unused:
            return {name: _blank(sources[name], spans[name]) for name in loaded}
        for name, node in unused:
            trees[name].body.remove(node)
            spans[name].append((node.lineno, node.end_lineno or node.lineno))


def _loaded(trees: dict[str, ast.Module]) -> list[str]:
    found = {name for name in trees if name.split(".")[0] != SHARED}
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
