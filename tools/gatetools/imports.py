"""Leaves out imports that nothing uses when it runs: those for annotations, and those whose constants were all folded.

A module that is imported for nothing else is then not loaded at all. Lines stay where they are.
"""

import ast
from collections.abc import Iterator


def without_idle(sources: dict[str, str]) -> dict[str, str]:
    """Module name -> text, without the idle ones of `from ... import ...` at a module's top."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    # A module may import for others, who find it there under the module's name.
    passed_on = {
        (node.module, alias.name)
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    attributes = {node.attr for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    found = {}
    for name, text in sources.items():
        used = {node.id for node in _running(trees[name]) if isinstance(node, ast.Name)} | attributes
        used |= {alias for module, alias in passed_on if module == name}
        found[name] = _blank(text, trees[name], used)
    return found


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below, without annotations."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child
                yield from _running(child)


def _blank(text: str, tree: ast.Module, used: set[str]) -> str:
    lines = text.split("\n")
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            kept = [alias for alias in node.names if (alias.asname or alias.name) in used]
            if len(kept) < len(node.names):
                last = node.end_lineno or node.lineno
                lines[node.lineno - 1 : last] = [""] * (last - node.lineno + 1)
                names = ", ".join(alias.name + (f" as {alias.asname}" if alias.asname else "") for alias in kept)
                lines[node.lineno - 1] = f"from {node.module} import {names}" if kept else ""
    return "\n".join(lines)
