"""Leaves out classes that others only inherit from and that bring them nothing: each has its place in a gate's heap,
and so has the word of it in every class below.

They serve whoever reads the source, and its types. Lines stay where they are, so traces still point into the source.
"""

import ast
from collections.abc import Iterable, Iterator

Place = tuple[str, str]  # module, name


def without_empty(sources: dict[str, str], users: Iterable[str] = ()) -> dict[str, str]:
    """Module name -> text. users: texts of programs that run beside them; what these import stays."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    classes = [(name, node) for name, tree in trees.items() for node in tree.body if isinstance(node, ast.ClassDef)]
    empty = {(name, node.name) for name, node in classes if _is_empty(node)}
    for name, tree in trees.items():
        empty -= set(_uses(tree, _known(name, tree)))
    for text in users:
        empty -= set(_known("", ast.parse(text)).values())
    return {name: _blank(text, trees[name], _known(name, trees[name]), name, empty) for name, text in sources.items()}


def _is_empty(node: ast.ClassDef) -> bool:
    """Whether it is a class of its own with nothing but a docstring."""
    return not (node.bases or node.keywords or node.decorator_list) and all(
        isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) for one in node.body
    )


def _known(module: str, tree: ast.Module) -> dict[str, Place]:
    """What names at the top of a module stand for: its own classes, and what it takes from others."""
    found = {node.name: (module, node.name) for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
    return found


def _meant(node: ast.expr, known: dict[str, Place]) -> Place | None:
    """What `name` or `module.name` stands for."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
        return ".".join(known[node.value.id]), node.attr
    return None


def _uses(node: ast.AST, known: dict[str, Place]) -> Iterator[Place]:
    """All that running code names, but for what classes inherit from."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns") or (name == "bases" and isinstance(node, ast.ClassDef)):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.expr) and (meant := _meant(child, known)):
                yield meant
            if isinstance(child, ast.AST):
                yield from _uses(child, known)


def _blank(text: str, tree: ast.Module, known: dict[str, Place], module: str, empty: set[Place]) -> str:
    lines = text.split("\n")
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        if (module, node.name) in empty:
            last = node.end_lineno or node.lineno
            lines[node.lineno - 1 : last] = [""] * (last - node.lineno + 1)
        elif len(node.bases) == 1 and _meant(node.bases[0], known) in empty:
            head = f"class {node.name}({ast.unparse(node.bases[0])}):"
            lines[node.lineno - 1] = lines[node.lineno - 1].replace(head, f"class {node.name}:")
    return "\n".join(lines)
