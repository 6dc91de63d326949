"""The guide "connect your province": its commands are typed as they stand there, in its order."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from gatehouse.platforms.dialect_file import SHIPPED

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "host/gatehouse/platforms/README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(sh|toml)\n(.*?)```", GUIDE, re.DOTALL)
SETTINGS = '[store]\ndata = "data"\nkeys = "keys/keys.db"\n\n[[port]]\nurl = "loop://"\n\n'
PORT = "8081"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


class Desk:
    """A folder in which somebody types."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.running = []
        beside = os.fspath(Path(sys.executable).parent)
        self.environment = os.environ | {"PATH": f"{beside}:{os.environ['PATH']}", "COLUMNS": "160"}

    def type(self, line):
        """What it says. A platform goes on in its own terminal."""
        line = line.replace(PORT, self.port)
        if line.startswith("gate platform"):
            program = subprocess.Popen(
                line.split(), cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True
            )
            self.running.append(program)
            return program.stdout.readline()
        how = {"cwd": self.folder, "env": self.environment, "text": True, "timeout": 20}
        done = subprocess.run(line, shell=True, check=False, capture_output=True, **how)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout

    def leave(self):
        for program in self.running:
            program.send_signal(signal.SIGINT)
            assert program.wait(10) == 0
            program.stdout.close()


@pytest.fixture
def desk(tmp_path):
    assert shutil.which("sh")
    one = Desk(tmp_path)
    yield one
    one.leave()


def test_every_command_of_the_guide_does_what_it_says(desk):
    """From a shipped file to a traveller's colour."""
    said = {}
    for kind, text in BLOCKS:
        if kind == "toml":
            (desk.folder / "gatehouse.toml").write_text(SETTINGS + text.replace(PORT, desk.port))
            continue
        for line in text.strip().splitlines():
            said[line] = desk.type(line)

    last = next(out for line, out in said.items() if line.startswith("echo"))
    assert "NOT FOUND" in said["gatehouse platform test qingzhou"]
    assert "Answer: GREEN" in last
    assert "440305190211114834" not in last
    assert "guangdong-test-secret" not in last
    assert (desk.folder / "qingzhou.credentials").stat().st_mode & 0o077 == 0


def test_the_guide_says_of_each_file_what_it_has():
    """So that nobody begins with the wrong one."""
    assert all(f"| `{name}` |" in GUIDE for name in SHIPPED)
