"""The guide of firmware/gate/readers/README.md is complete: its steps, taken literally, give a gate that serves."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gatetools.build import compile_firmware, files_of

ROOT = Path(__file__).resolve().parents[2]
GUIDE = "firmware/gate/readers/README.md"
TAKEN = ("firmware", "host", "tools", "tests/both", "tests/test_both_on_micropython.py", "tests/end_to_end")
LIMIT_S = 60


@pytest.fixture(scope="module")
def guided(tmp_path_factory):
    """A copy of the tree in which somebody has followed the guide."""
    tree = tmp_path_factory.mktemp("guided")
    listed = subprocess.run(["git", "ls-files", *TAKEN], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(os.path.exists, (str(ROOT / line) for line in listed.stdout.splitlines())):
        place = tree / Path(name).relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(name, place)
    guide = (tree / GUIDE).read_text(encoding="utf-8")
    (steps,) = re.findall(r"^```sh\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    (change,) = re.findall(r"^```diff\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    subprocess.run(["sh", "-euc", steps], cwd=tree, check=True)
    subprocess.run(["git", "apply", "-"], input=change, text=True, cwd=tree, check=True)
    return tree


def run(tree, *arguments):
    """A Python of this environment over the sources of that tree."""
    paths = ("host", "firmware", "firmware/lib", "tools", "tests", "tests/both")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(tree / path) for path in paths)}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )


def test_its_tests_run_on_both_interpreters(guided):
    """Those that were copied with it, against the copied driver."""
    assert "gate.readers.mine" in (guided / "tests/both/test_mine.py").read_text(encoding="utf-8")
    for path, chosen in (("tests/both/test_mine.py", "test_"), ("tests/test_both_on_micropython.py", "test_mine")):
        options = ("-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-k", chosen)
        done = run(guided, "-m", "pytest", *options, path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert " passed" in done.stdout


def test_a_gate_loads_it_and_serves(guided):
    """Real firmware of the copy: a card opens, a frozen reader is told within 5 s, reset, and comes back."""
    done = run(guided, "tests/end_to_end/guided_gate.py")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["opened", "passed", "silent", "back", "clean"]


def test_no_gate_carries_the_template():
    """It is for people to copy."""
    names = [name for name in files_of(compile_firmware()) if name.startswith("gate/readers/")]

    assert "gate/readers/qr.mpy" in names
    assert "gate/readers/template.mpy" not in names


def test_the_guide_names_every_file_of_a_reader():
    """Each with what it holds."""
    named = set(re.findall(r"^\| `(\w+\.py)` \|", (ROOT / GUIDE).read_text(encoding="utf-8"), re.MULTILINE))

    assert named == {path.name for path in (ROOT / "firmware" / "gate" / "readers").glob("*.py")}
