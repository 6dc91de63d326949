"""What is left out of the gate's tree and renamed there changes what its heap must hold, never what it does."""

import ast
import types

from gatetools.build import folded_sources
from gatetools.shake import shake
from gatetools.shorten import shorten

SOURCES = {
    "gate.one": (
        "from gatelink.base import Base\n"
        "class Child(Base):\n"
        "    def __init__(self):\n        super().__init__()\n        self._child_value = 2\n"
        "    def both(self):\n        return self.value() + self._child_value\n"
        "def _helper_of_one(_first, *, _second=3):\n    return '_helper_of_one', _first + _second\n"
        "def told():\n    return _helper_of_one(4, _second=5)\n"
    ),
    "gate.two": "def _helper_of_two():\n    return 7\ndef told():\n    return _helper_of_two()\n",
    "gatelink.base": (
        "class Base:\n    def __init__(self):\n        self._base_value = 1\n"
        "    def value(self):\n        return self._base_value\n"
        "class HouseAlone(Base):\n    pass\n"
        "def of_the_house():\n    return HouseAlone()\n"
    ),
    "gatelink.house": "from gatelink.base import of_the_house\n",
}


def run(sources):
    """Module name -> its globals after running it; the shared package first."""
    made = {}
    for name in sorted(sources, reverse=True):
        text = sources[name].replace("from gatelink.base import Base\n", "")
        module = types.ModuleType(name)
        module.__dict__.update({"Base": made["gatelink.base"]["Base"]} if "gatelink.base" in made else {})
        exec(compile(text, name, "exec"), module.__dict__)
        made[name] = module.__dict__
    return made


def test_what_only_the_house_uses_is_left_out():
    """A module that nothing on the gate imports, and then what only that one used; lines stay where they are."""
    left = shake(SOURCES)

    assert sorted(left) == ["gate.one", "gate.two", "gatelink.base"]
    assert "HouseAlone" not in left["gatelink.base"]
    assert "of_the_house" not in left["gatelink.base"]
    assert left["gatelink.base"].count("\n") == SOURCES["gatelink.base"].count("\n")
    assert left["gate.two"] == SOURCES["gate.two"]


def test_short_names_do_what_the_long_ones_did():
    """Keywords, texts and a class that inherits from another module's: its names and its base's must differ."""
    short = shorten(shake(SOURCES))
    made = run(short)

    assert made["gate.one"]["Child"]().both() == 3
    assert made["gate.one"]["told"]() == ("_helper_of_one", 9)
    assert made["gate.two"]["told"]() == 7
    assert not any(word in text for text in short.values() for word in ("_child_value", "_base_value", "def _helper"))


def test_modules_that_are_strangers_share_their_short_names():
    short = shorten(SOURCES)

    assert "def _a(" in short["gate.two"]
    assert "self._a" in short["gatelink.base"]


def test_the_gates_own_tree_has_every_name_that_it_imports_from_the_shared_package():
    """Whatever is left out, nobody on the gate asks for it."""
    sources = folded_sources()
    assert "gatelink.house_end" not in sources
    for text in sources.values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module in sources:
                at_top = ast.parse(sources[node.module]).body
                known = {one.name for one in at_top if isinstance(one, ast.FunctionDef | ast.ClassDef)}
                known |= {target.id for one in at_top if isinstance(one, ast.Assign) for target in one.targets}
                for alias in node.names:
                    assert alias.name in known or f"{node.module}.{alias.name}" in sources or alias.name.isupper()
