"""What is left out of the gate's tree and renamed there changes what its heap must hold, never what it does."""

import ast
import types

from gatetools.build import FIRMWARE, folded_sources
from gatetools.imports import without_idle
from gatetools.mute import READ, mute
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


def test_a_method_that_nobody_names_or_that_only_refuses_is_left_out():
    """Those that a class below brings itself, and those of the house; but not what a program beside them uses."""
    base = (
        'class Base:\n    """Each end."""\n'
        "    def __init__(self):\n        pass\n"
        '    def take(self):\n        """Bytes."""\n        raise LocalError(\'each end brings its own\')\n'
        "    def of_the_house(self):\n        return 1\n"
        "    def of_the_bench(self):\n        return 2\n"
        "    def given(self):\n        raise LocalError\n"
    )
    end = (
        "from gatelink.base import Base\n"
        "class End(Base):\n    def take(self):\n        return self.given()\n"
        "End().take()\n"
    )
    left = shake({"gate.end": end, "gatelink.base": base}, ["one.of_the_bench()"])

    assert left["gate.end"] == end
    assert [word for word in ("take", "of_the_house", "of_the_bench", "given") if word in left["gatelink.base"]] == [
        "of_the_bench",
        "given",
    ]
    assert left["gatelink.base"].count("\n") == base.count("\n")


def test_imports_that_nothing_uses_when_it_runs_are_left_out():
    """Those for annotations alone, and of names that were folded away; what is imported for another module stays."""
    sources = {
        "gate.use": (
            "import gc\nfrom gatelink import (\n    codes,\n    ticks as t,\n)\nfrom gatelink.suite import Suite\n"
            "from gatelink.full import Full\n"
            "def use(suite: Suite, at: int = t.NOW) -> 'Suite':\n    found: Suite = suite\n    return found\n"
        ),
        "gate.other": "from gate.use import Full\nraise Full\n",
    }
    left = without_idle(sources)

    assert left["gate.use"].splitlines()[:7] == [
        "import gc",
        "from gatelink import ticks as t",
        "",
        "",
        "",
        "",
        "from gatelink.full import Full",
    ]
    assert left["gate.other"] == sources["gate.other"]
    assert left["gate.use"].count("\n") == sources["gate.use"].count("\n")


def test_texts_of_errors_that_nobody_reads_are_left_out():
    """A text, one put together over several lines, and one that is no text; those that tools print stay."""
    text = (
        "def check(word):\n    if not word:\n        raise ValueError('größe: none')  # why\n"
        "    raise KeyError(\n        'of %s'\n        % word\n    ) from None\n"
        "def again(failure):\n    raise ValueError(failure)\n"
    )
    muted = mute({"gate.one": text, READ[0]: text})

    assert muted[READ[0]] == text
    assert muted["gate.one"] == (
        "def check(word):\n    if not word:\n        raise ValueError  # why\n"
        "    raise KeyError from None\n\n\n\n"
        "def again(failure):\n    raise ValueError(failure)\n"
    )


def test_short_names_do_what_the_long_ones_did():
    """Keywords, texts and a class that inherits from another module's: its names and its base's must differ."""
    short = shorten(shake(SOURCES), ["told Base"])
    made = run(short)
    base = made["gatelink.base"]["Base"]
    (child,) = (one for one in made["gate.one"].values() if isinstance(one, type) and base in one.__bases__)

    assert made["gate.one"]["told"]() == ("_helper_of_one", 9)
    assert made["gate.two"]["told"]() == 7
    assert len([one for one in dir(child()) if not one.startswith("__")]) == 4
    assert not any(
        word in text for text in short.values() for word in ("Child", "_base_value", "helper_of_two", "both")
    )


def test_modules_that_are_strangers_share_their_short_names():
    short = shorten(SOURCES, ["told"])

    assert "def a(" in short["gate.two"]
    assert "def a(" in short["gatelink.base"]


def test_names_that_others_say_stay():
    """What is asked for by a text, what another file names, errors, modules, and all that Python itself brings."""
    text = (
        "class Broken(ValueError):\n    pass\n"
        "class Row:\n    def __init__(self, width, height, depth):\n"
        "        self.width, self.height, self.depth = width, height, depth\n"
        "    def update(self):\n        return getattr(self, 'width')\n"
    )
    (short,) = shorten({"gate.row": text}, ["print(row.height)"]).values()

    assert "class Broken(ValueError)" in short
    assert "self.width, self.height, self." in short
    assert "def update(self)" in short
    assert "depth" not in short
    assert "Row" not in short


def test_a_name_that_an_object_is_given_from_outside_meets_none_of_its_own():
    """Two modules share short names; an object of one that the other puts something on has both."""
    sources = {
        "gate.thing": "class Thing:\n    def __init__(self):\n        self.weight = 1\n",
        "gate.maker": (
            "from gate.thing import Thing\n"
            "class Maker:\n    def label_it(self, one):\n        one.label = 2\n        return one\n"
            "def made():\n    return Maker().label_it(Thing())\n"
        ),
    }
    short = shorten(sources, ["made"])
    made = {}
    exec(short["gate.thing"], made)
    exec(short["gate.maker"].split("\n", 1)[1], made)

    assert sorted(vars(made["made"]()).values()) == [1, 2]


def test_names_in_a_formatted_text_are_the_same_outside_it():
    text = "def told(width):\n    height = 2\n    return f'{width} x {height}'\n"
    (short,) = shorten({"gate.row": text}, ["told"]).values()
    made = {}
    exec(short, made)

    assert made["told"](3) == "3 x 2"


def test_lines_and_texts_stay_where_they_are():
    for name, text in folded_sources().items():
        source = FIRMWARE / ("lib" if name.startswith("gatelink") else "") / name.replace(".", "/")
        path = source.with_suffix(".py") if source.with_suffix(".py").exists() else source / "__init__.py"
        assert text.count("\n") == path.read_text(encoding="utf-8").count("\n")


def test_the_gates_own_tree_has_every_name_that_it_imports():
    """Whatever is left out or renamed, nobody on the gate asks for what is not there."""
    sources = folded_sources()
    assert "gatelink.house_end" not in sources
    for text in sources.values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module in sources:
                at_top = ast.walk(ast.parse(sources[node.module]))
                known = {one.name for one in at_top if isinstance(one, ast.FunctionDef | ast.ClassDef | ast.alias)}
                bound = [one for one in ast.walk(ast.parse(sources[node.module])) if isinstance(one, ast.Name)]
                known |= {one.id for one in bound if isinstance(one.ctx, ast.Store)}
                for alias in node.names:
                    assert alias.name in known or f"{node.module}.{alias.name}" in sources
