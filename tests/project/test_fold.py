"""Folding constants changes what the chip must remember, never what the firmware does."""

import ast
import sys
import types

import pytest
from gatetools.build import folded_sources
from gatetools.fold import fold


def run(sources, module):
    """The globals of a module after running it, its neighbours importable."""
    made = {}
    for name in sources:
        made[name] = types.ModuleType(name)
        for package in [name.rsplit(".", 1)[0]] if "." in name else []:
            made.setdefault(package, types.ModuleType(package))
            setattr(made[package], name.rsplit(".", 1)[1], made[name])
    old = {name: sys.modules.get(name) for name in made}
    sys.modules.update(made)
    try:
        for name, text in sources.items():
            exec(compile(text, name, "exec"), made[name].__dict__)
    finally:
        for name, before in old.items():
            if before is None:
                del sys.modules[name]
            else:
                sys.modules[name] = before
    return made[module].__dict__


SOURCES = {
    "pack.table": "IDLE = 0\nBUSY = 1 << 3\nDAY = 24 * BUSY  # comment\nNAMES = (IDLE, BUSY)\nTWICE = 1\nTWICE = 2\n",
    "pack.use": (
        "from pack import table as t\n"
        "from pack.table import (\n    BUSY,\n    DAY,\n    NAMES,\n)\n"
        'WORDS = "Größe: %d" % t.DAY\n'
        "def state(x):\n    return [t.IDLE, BUSY, DAY + x, NAMES, t.TWICE]\n"
        'def told():\n    return f"{BUSY} and {t.DAY}"\n'
    ),
}


def test_folded_code_does_what_it_did():
    """Values, imports over several lines, text formatting and non-ASCII text survive."""
    plain, folded = run(SOURCES, "pack.use"), run(fold(SOURCES), "pack.use")

    assert plain["state"](1) == folded["state"](1) == [0, 8, 193, (0, 8), 2]
    assert plain["told"]() == folded["told"]() == "8 and 192"
    assert plain["WORDS"] == folded["WORDS"]


def test_a_constant_that_nobody_refers_to_any_more_is_gone():
    """Only what formatted text still names stays defined."""
    table = fold(SOURCES)["pack.table"]

    assert "IDLE =" not in table
    assert "BUSY =" in table
    assert "TWICE = 2" in table


def test_lines_stay_where_they_are():
    """A trace from the chip points into the source."""
    for name, text in fold(SOURCES).items():
        assert text.count("\n") == SOURCES[name].count("\n")


@pytest.mark.parametrize("name", sorted(folded_sources()))
def test_every_folded_file_of_the_firmware_is_still_python(name):
    """Folding leaves no broken statement behind."""
    ast.parse(folded_sources()[name])


def test_no_folded_name_is_left_dangling():
    """Whatever constant a folded file still names is still defined where it comes from."""
    folded = folded_sources()
    defined = {module: names_bound(ast.parse(text)) for module, text in folded.items()}
    dangling = []
    for module, text in folded.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module in folded:
                names = [alias.name for alias in node.names if f"{node.module}.{alias.name}" not in folded]
                dangling += [(module, name) for name in names if name not in defined[node.module]]

    assert [] == dangling


def names_bound(tree):
    """Every name that a module defines at its top."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
    return found
