"""One version number, wherever it stands."""

import tomllib
from pathlib import Path

from gate.version import FIRMWARE

ROOT = Path(__file__).resolve().parents[2]


def test_the_firmware_has_the_version_of_the_project():
    """A gate tells its own; whoever compares needs one number."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert project["project"]["version"] == FIRMWARE
