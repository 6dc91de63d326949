"""What a command says may go to a pipe that is closed or to a full disk: it ends, and no traceback is seen."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LIMIT_S = 60
GATE, GATEHOUSE = "gatetools.cli", "gatehouse.cli"
LIST, HELP, SCENARIO = (GATE, "sim", "--list"), (GATE, "sim", "--help"), (GATE, "sim", "--scenario", "nobody-came")
DEMO, ALONE, EXAMPLE = (GATE, "demo"), (GATE, "sim", "--board", "devkit"), (GATEHOUSE, "example-config")


@pytest.fixture
def said(tmp_path):
    """Runs the command with its output at a file descriptor: (exit status, what stands on standard error)."""

    def run(command, output):
        done = subprocess.run(
            [sys.executable, "-m", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "TMPDIR": str(tmp_path)},
            timeout=LIMIT_S,
            check=False,
        )
        return done.returncode, done.stderr

    return run


@pytest.mark.parametrize("command", [HELP, SCENARIO, DEMO, EXAMPLE], ids=" ".join)
def test_a_full_disk_is_said_in_a_sentence(said, tmp_path, command):
    """Nothing is left running or lying about."""
    with Path("/dev/full").open("wb") as full:
        status, error = said(command, full)

    wanted = "Standard output: the disk that it goes to is full. Make room there. Then run the same command again."
    assert (status, error.splitlines()) == (1, [wanted])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [LIST, ALONE, DEMO], ids=" ".join)
def test_a_closed_pipe_ends_it_quietly(said, tmp_path, command):
    """As `| head` does once it has its lines."""
    reading, writing = os.pipe()
    os.close(reading)

    assert said(command, writing) == (1, "")
    os.close(writing)
    assert list(tmp_path.iterdir()) == []
