"""Folds whole-number constants of the firmware into their uses before it is compiled.

MicroPython keeps the name of every module-level constant in RAM, and looks it up at each use; its own `const` does
not reach over a file's edge. Here `t.S_IDLE` becomes `0`, and a definition that nobody refers to any more is blanked.
Lines stay where they are, so traces still point into the source.
"""

import ast
import re
from dataclasses import dataclass, field

CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")
Constants = dict[str, dict[str, int]]  # module -> name -> value
OPERATIONS = {
    ast.Add: int.__add__,
    ast.Sub: int.__sub__,
    ast.Mult: int.__mul__,
    ast.FloorDiv: int.__floordiv__,
    ast.LShift: int.__lshift__,
    ast.RShift: int.__rshift__,
    ast.BitOr: int.__or__,
}


@dataclass
class Module:
    """One source file. `edits`: (first line, first column, last line, last column, new text)."""

    name: str
    text: str
    tree: ast.Module
    edits: list[tuple[int, int, int, int, str]] = field(default_factory=list)


def fold(sources: dict[str, str]) -> dict[str, str]:
    """Module name -> text, with constants folded over all of them."""
    modules = [Module(name, text, ast.parse(text)) for name, text in sources.items()]
    constants: Constants = {module.name: constants_of(module.tree) for module in modules}
    left: set[tuple[str, str]] = set()
    for module in modules:
        left |= Folder(module, constants).run()
    for module in modules:
        blank_definitions(module, constants[module.name], left)
    return {module.name: apply(module) for module in modules}


def constants_of(tree: ast.Module) -> dict[str, int]:
    """Names that a module binds once, at its top, to a whole number."""
    bound = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    found: dict[str, int] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            value = whole_number(node.value, found)
            if value is not None and CONSTANT.fullmatch(name) and bound.count(name) == 1:
                found[name] = value
    return found


def whole_number(node: ast.expr, known: dict[str, int]) -> int | None:
    """The value of an expression of whole numbers, None if it is something else."""
    if isinstance(node, ast.Constant):
        return node.value if type(node.value) is int else None
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        left, right = whole_number(node.left, known), whole_number(node.right, known)
        return None if left is None or right is None else OPERATIONS[type(node.op)](left, right)
    return None


class Folder(ast.NodeVisitor):
    """Finds the uses in one module."""

    def __init__(self, module: Module, constants: Constants) -> None:
        self._module = module
        self._constants = constants
        self._aliases: dict[str, str] = {}  # local name -> module
        self._names: dict[str, tuple[str, str]] = {name: (module.name, name) for name in constants[module.name]}
        self._left: set[tuple[str, str]] = set()
        self._inside_text = 0

    def run(self) -> set[tuple[str, str]]:
        """(module, name) of every constant that is still referred to from here after folding."""
        imports = [node for node in self._module.tree.body if isinstance(node, ast.ImportFrom)]
        for node in imports:
            self._note_import(node)
        self.visit(self._module.tree)
        for node in imports:
            self._shorten_import(node)
        return self._left

    def _note_import(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            module = f"{node.module}.{alias.name}"
            if module in self._constants:
                self._aliases[alias.asname or alias.name] = module
            if alias.name in self._constants.get(node.module or "", {}):
                self._names[alias.asname or alias.name] = (node.module or "", alias.name)

    def _shorten_import(self, node: ast.ImportFrom) -> None:
        """Without the constants that are no longer used under their name here."""
        known = self._constants.get(node.module or "", {})
        kept = [
            alias.name + (f" as {alias.asname}" if alias.asname else "")
            for alias in node.names
            if alias.name not in known or (node.module or "", alias.name) in self._left
        ]
        if len(kept) != len(node.names):
            self._replace(node, f"from {node.module} import {', '.join(kept)}" if kept else "")

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Positions inside formatted text are not reliable: leave it alone."""
        self._inside_text += 1
        self.generic_visit(node)
        self._inside_text -= 1

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and node.id in self._names:
            self._use(node, *self._names[node.id])

    def visit_Attribute(self, node: ast.Attribute) -> None:
        module = self._aliases.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if module is not None and node.attr in self._constants[module]:
            self._use(node, module, node.attr)
        else:
            self.generic_visit(node)

    def _use(self, node: ast.expr, module: str, name: str) -> None:
        if self._inside_text:
            self._left.add((module, name))
        else:
            self._replace(node, str(self._constants[module][name]))

    def _replace(self, node: ast.stmt | ast.expr, text: str) -> None:
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        text += "\n" * (end_line - node.lineno)
        self._module.edits.append((node.lineno, node.col_offset, end_line, end_column, text))


def blank_definitions(module: Module, constants: dict[str, int], left: set[tuple[str, str]]) -> None:
    """Take out the definitions that nobody refers to any more."""
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in constants and (module.name, name) not in left:
                end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
                inside = (node.lineno, node.col_offset, end_line, end_column)
                module.edits = [
                    edit for edit in module.edits if not (inside[:2] <= edit[:2] and edit[2:4] <= inside[2:])
                ]
                module.edits.append((*inside, "\n" * (end_line - node.lineno)))


def apply(module: Module) -> str:
    """The text with its edits, from the end backwards so that positions stay true. Columns count UTF-8 bytes."""
    lines = [line.encode() for line in module.text.split("\n")]
    for first_line, first, last_line, last, text in sorted(module.edits, reverse=True):
        head, tail = lines[first_line - 1][:first], lines[last_line - 1][last:]
        lines[first_line - 1 : last_line] = (head + text.encode() + tail).split(b"\n")
    return b"\n".join(lines).decode()
