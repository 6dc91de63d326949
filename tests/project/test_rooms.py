"""The rules of the house, checked over every file."""

import ast
import re
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
SOURCES = [path for path in TRACKED if path.endswith(".py") and (ROOT / path).exists()]
PRODUCT = [path for path in SOURCES if not path.startswith("tests/")]

# folder or file -> the modules of the standard library and the project that it may import
LINK_BASICS = {"struct", "binascii", "hashlib", "gatelink"}
NO_ASYNCIO = (
    "host/gatehouse/decide.py",
    "host/gatehouse/rules/",
    "host/gatehouse/person.py",
    "firmware/",
    "tools/gatetools/sim/checker.py",
)


def imports(path):
    """Top-level module names that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


def below(folder):
    files = [path for path in SOURCES if path.startswith(folder)]
    assert files, folder
    return files


def test_the_link_imports_only_basics():
    """gatelink stands on nothing but the common basics of both interpreters."""
    strangers = {path: imports(path) - LINK_BASICS for path in below("firmware/lib/gatelink/")}

    assert {} == {path: names for path, names in strangers.items() if names}


@pytest.mark.parametrize("module", ["machine", "esp32"])
def test_only_hal_touches_the_chip(module):
    """The chip's modules are imported in one file."""
    assert ["firmware/gate/hal.py"] == [path for path in below("firmware/") if module in imports(path)]


def test_the_pure_cores_know_no_tasks():
    """Firmware, decision and checker import neither asyncio nor threads."""
    pure = [path for path in SOURCES if path.startswith(NO_ASYNCIO)]

    assert [] == [path for path in pure if imports(path) & {"asyncio", "threading", "_thread", "uasyncio"}]


def test_dependencies_point_one_way():
    """Nothing imports the tests; the host knows neither tools nor firmware; the firmware knows neither."""
    wrong = []
    for path in PRODUCT:
        names = imports(path)
        forbidden = {"tests", "oracles"}
        if path.startswith("host/"):
            forbidden |= {"gatetools", "gate", "boards"}
        if path.startswith("firmware/"):
            forbidden |= {"gatetools", "gatehouse"}
        wrong += [(path, name) for name in names & forbidden]

    assert [] == wrong


def test_the_checker_shares_no_code_with_what_it_judges():
    """The judge imports neither gate nor gatehouse nor link."""
    assert set() == imports("tools/gatetools/sim/checker.py") & {"gatehouse", "gate", "gatelink"}


def test_rooms_are_small():
    """No file has over 400 lines, and the median product file is near 100."""
    lines = {path: (ROOT / path).read_text(encoding="utf-8").count("\n") for path in SOURCES}

    assert {} == {path: count for path, count in lines.items() if count > 400}
    assert statistics.median(lines[path] for path in PRODUCT) <= 140


def test_names_say_what_they_hold():
    """No file is named for nothing in particular."""
    vague = re.compile(r"(^|_)(utils?|common|helpers?|manager|misc)\.py$")

    assert [] == [path for path in SOURCES if vague.search(Path(path).name)]


def test_the_readme_is_short():
    """README stays under 120 lines."""
    assert (ROOT / "README.md").read_text(encoding="utf-8").count("\n") < 120


def test_the_documents_do_not_lag():
    """Every rendered table and diagram is what the code would render now."""
    from gatetools import render

    assert [] == [path.relative_to(ROOT).as_posix() for path in render.lagging()]


def test_the_documents_name_no_file_that_is_missing():
    """Relative links in Markdown lead somewhere."""
    broken = []
    for path in (name for name in TRACKED if name.endswith(".md") and (ROOT / name).exists()):
        text = (ROOT / path).read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", text):
            if not (ROOT / path).parent.joinpath(target).exists():
                broken.append((path, target))

    assert [] == broken
