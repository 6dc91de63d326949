"""SECURITY.md does not lag: each promise names tests that exist, and each attacker's test belongs to a promise."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ATTACKS = [
    *sorted((ROOT / "tests" / "attackers").glob("test_*.py")),
    *sorted((ROOT / "tests" / "both").glob("test_cable_*.py")),
    ROOT / "tests" / "host" / "test_gate_attacks.py",
]


def attempts_in(path):
    """Names of the tests in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def promises():
    """(promise, proof) of each row of the tables that prove something."""
    part = DOCUMENT.split("## Promises")[1].split("## What a thief gets")[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| ")]
    return [(row[0].strip(), row[1]) for row in rows if row[0].strip() not in ("promise", "---")]


@pytest.mark.parametrize(("promise", "proof"), promises(), ids=lambda value: value[:40] if "::" not in value else "")
def test_every_promise_names_tests_that_exist(promise, proof):
    """None is without a test, and none names one that is gone."""
    named = NAMED.findall(proof)

    assert named, promise
    for path, name in named:
        assert name in attempts_in(ROOT / path), f"{path}::{name}"


@pytest.mark.parametrize("path", [path for path in ATTACKS if path != Path(__file__)], ids=lambda path: path.stem)
def test_every_attackers_test_belongs_to_a_promise(path):
    """What is tried against the cable is written down."""
    named = {name for where, name in NAMED.findall(DOCUMENT) if where == path.relative_to(ROOT).as_posix()}

    assert sorted(set(attempts_in(path)) - named) == []


def test_the_document_can_be_read_at_one_sitting():
    """Under 265 lines, with a word on what is not promised and on how to report."""
    assert DOCUMENT.count("\n") < 265
    assert "## Not promised" in DOCUMENT
    assert "private security advisory" in DOCUMENT
