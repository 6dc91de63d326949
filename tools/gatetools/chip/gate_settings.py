"""What a gate makes of its settings files: read by its own firmware/gate/settings.py, so that there is one rule."""

import importlib
import sys
import tempfile
import types
from collections.abc import Mapping
from pathlib import Path

from gatetools.build import FIRMWARE
from gatetools.sim.board import Board


def link_baud(files: Mapping[str, bytes], board: Board) -> int:
    """The speed of the link of a gate that starts with these files. OSError if this computer's disk is full."""
    with tempfile.TemporaryDirectory(prefix="gate-") as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        chosen, _refusal = _module().load(types.SimpleNamespace(**board.signals), f"{folder}/")
    return int(chosen.link_baud)


def _module() -> types.ModuleType:
    """The firmware's module, which needs its neighbours there."""
    sys.path.append(str(FIRMWARE))
    try:
        return importlib.import_module("gate.settings")
    finally:
        sys.path.remove(str(FIRMWARE))
