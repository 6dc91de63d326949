"""Gives private names of the firmware short ones that modules share.

MicroPython keeps the text of every name in RAM, each once however often it is used. A name that begins with one
underscore is known in its own module only, so another module may have the same one for something else. Modules whose
classes inherit from each other count as one, and so does the package that both ends share. Public names, texts and
lines stay as they are.
"""

import ast
import io
import itertools
import re
import string
import tokenize
from collections.abc import Iterator

PRIVATE = re.compile(r"_[A-Za-z][A-Za-z0-9_]*")
TOGETHER = "gatelink"


def shorten(sources: dict[str, str]) -> dict[str, str]:
    """Module name -> text with short private names."""
    groups = _groups({name: ast.parse(text) for name, text in sources.items()})
    used: dict[str, set[str]] = {group: set() for group in groups.values()}
    for name, text in sources.items():
        used[groups[name]] |= {token.string for token in _tokens(text) if _is_private(token)}
    everywhere = set().union(*used.values())
    shared = sorted(name for name in everywhere if sum(name in names for names in used.values()) > 1)
    fixed = dict(zip(shared, _short(), strict=False))
    found = {}
    for group, names in used.items():
        own = sorted(names - fixed.keys())
        found[group] = fixed | dict(zip(own, itertools.islice(_short(), len(fixed), None), strict=False))
    return {name: _renamed(text, found[groups[name]]) for name, text in sources.items()}


def _groups(trees: dict[str, ast.Module]) -> dict[str, str]:
    """Module -> the group whose private names must differ from each other."""
    group = {name: TOGETHER if name.split(".")[0] == TOGETHER else name for name in trees}
    for name, tree in trees.items():
        bases = _bases(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and bases & {alias.asname or alias.name for alias in node.names}:
                for other in {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)} & trees.keys():
                    old, new = group[other or ""], group[name]
                    group = {one: new if of == old else of for one, of in group.items()}
    return group


def _bases(tree: ast.Module) -> set[str]:
    """Names by which a module knows what its classes inherit from: the class, or the module it lies in."""
    found = set()
    for node in ast.walk(tree):
        for base in node.bases if isinstance(node, ast.ClassDef) else []:
            first = base.value if isinstance(base, ast.Attribute) else base
            if isinstance(first, ast.Name):
                found.add(first.id)
    return found


def _short() -> Iterator[str]:
    for size in itertools.count(1):
        for letters in itertools.product(string.ascii_lowercase, repeat=size):
            yield "_" + "".join(letters)


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(text).readline))


def _is_private(token: tokenize.TokenInfo) -> bool:
    return token.type == tokenize.NAME and PRIVATE.fullmatch(token.string) is not None


def _renamed(text: str, names: dict[str, str]) -> str:
    """From the end backwards, so that columns stay true."""
    lines = text.split("\n")
    for token in reversed(_tokens(text)):
        if _is_private(token):
            (row, first), (_, last) = token.start, token.end
            lines[row - 1] = lines[row - 1][:first] + names[token.string] + lines[row - 1][last:]
    return "\n".join(lines)
