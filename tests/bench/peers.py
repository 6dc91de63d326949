"""The peers' own environment, beside the project's: nothing of theirs enters ours."""

import subprocess
import sys

from tests.bench.contenders import PEERS, ROOT

LIST = ROOT / "tests" / "bench" / "peers.txt"
FOLDER = ROOT / PEERS.parts[0]
READY = FOLDER / ".ready"


class PeersMissing(Exception):
    """The peers could not be installed; the text says why."""


def install() -> dict[str, str]:
    """Package -> version of the peers, installed if they are not there or the list is newer. PeersMissing."""
    if not READY.exists() or READY.stat().st_mtime < LIST.stat().st_mtime:
        _run([sys.executable, "-m", "venv", str(FOLDER)])
        _run([str(ROOT / PEERS), "-m", "pip", "install", "--quiet", "--requirement", str(LIST)])
        READY.touch()
    lines = (line.split("#")[0].strip() for line in LIST.read_text(encoding="utf-8").splitlines())
    return dict(line.split("==") for line in lines if line)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PeersMissing((done.stderr or done.stdout).strip()[-600:])
