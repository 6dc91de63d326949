"""The gatehouse's settings file, any bytes. CPython only: no gate reads one."""

import atexit
import tempfile
from pathlib import Path

from gatehouse.settings import GatehouseSettings, load
from gatehouse.settings_errors import SettingsError

_folder = tempfile.TemporaryDirectory(prefix="gatehouse-fuzz-")
atexit.register(_folder.cleanup)
FILE = Path(_folder.name) / "gatehouse.toml"


def run(data):
    """The whole input is the file."""
    FILE.write_bytes(data)
    try:
        taken = load(FILE)
    except SettingsError as refusal:
        assert refusal.problems, "a refusal says why"
        return "refused: " + " | ".join(problem.replace(str(FILE), "file") for problem in refusal.problems)
    assert isinstance(taken, GatehouseSettings)
    return f"{len(taken.port)} ports, {taken.rules!r}, {taken.lane!r}"
