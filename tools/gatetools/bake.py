"""Puts tables of a gate into its tree as the bytes that they are: what builds one at the start stays in the heap.

A table is a name TABLE at the top of a module, a bytearray that statements at the top of it fill and nothing changes
later. Those statements are left out, and what else of the module serves them alone. Lines stay where they are.
"""

import ast
import builtins
import types
from collections import Counter
from collections.abc import Iterator, Sequence

NAME = "TABLE"


def bake(sources: dict[str, str]) -> dict[str, str]:
    """Module name -> text. Modules that make a table must need nothing but other modules of `sources`."""
    run = _Run(sources)
    return {name: _baked(name, text, run) for name, text in sources.items()}


def _baked(name: str, text: str, run: "_Run") -> str:
    tree = ast.parse(text)
    made = next((node for node in tree.body if _is_made(node)), None)
    if made is None:
        return text
    lines = text.split("\n")
    for node in _builders(tree, made):
        lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    table = bytes(run.module(name).TABLE)
    lines[made.lineno - 1 : made.end_lineno] = [f"{NAME} = {table!r}"] + [""] * (
        (made.end_lineno or made.lineno) - made.lineno
    )
    return "\n".join(lines)


def _is_made(node: ast.stmt) -> bool:
    """Whether it is `TABLE = bytearray(...)`."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) == "bytearray"
        and ast.unparse(node.targets[0]) == NAME
    )


def _builders(tree: ast.Module, made: ast.stmt) -> list[ast.stmt]:
    """The statements that fill the table, and the private names that nothing else asks for."""
    body = [node for node in tree.body if node is not made]
    out = [node for node in body if isinstance(node, ast.For | ast.Delete) or _is_call(node)]
    while True:
        body = [node for node in body if node not in out]
        used: Counter[str] = sum((Counter(_asked(node)) for node in body), Counter())
        idle = [
            node
            for node in body
            if (names := list(_given(node))) and all(name.startswith("_") and not used[name] for name in names)
        ]
        if not idle:
            return out
        out += idle


def _is_call(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def _given(node: ast.stmt) -> Iterator[str]:
    """The names that a statement at the top gives something."""
    if isinstance(node, ast.FunctionDef):
        yield node.name
    if isinstance(node, ast.Assign):
        yield from (ast.unparse(target) for target in node.targets)


def _asked(node: ast.stmt) -> Iterator[str]:
    own = set(_given(node)) if isinstance(node, ast.FunctionDef) else set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load) and inner.id not in own:
            yield inner.id


class _Run:
    """Runs modules out of sight of everybody else, each once."""

    def __init__(self, sources: dict[str, str]) -> None:
        self._sources = sources
        self._ran: dict[str, types.ModuleType] = {}

    def module(self, name: str) -> types.ModuleType:
        """The module, run; those that it imports first."""
        if name not in self._ran:
            self._ran[name] = module = types.ModuleType(name)
            vars(module)["__builtins__"] = vars(builtins) | {"__import__": self._import}
            exec(compile(self._sources[name], name, "exec"), vars(module))
        return self._ran[name]

    def _import(self, name: str, _globals: object, _locals: object, wanted: Sequence[str], _level: int) -> object:
        """`from name import wanted`, each of them a module or something in one."""
        found = types.SimpleNamespace()
        for one in wanted:
            inner = f"{name}.{one}"
            setattr(found, one, self.module(inner) if inner in self._sources else getattr(self.module(name), one))
        return found
