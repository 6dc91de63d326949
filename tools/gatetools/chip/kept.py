"""A gate's settings while its chip is written anew: on this computer's disk until they are on the chip again.

Without it an interrupted run would cost them, for the next one finds a file system that is half written.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from gatetools.build import ROOT, SETTINGS_FILES

PLACE = ROOT / "build" / "kept-settings"


def store(mac: str, found: Mapping[str, bytes]) -> None:
    """Keep the settings of the chip with this MAC address. OSError if the disk is full."""
    folder = _folder(mac)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in found.items():
        (folder / name).write_bytes(content)


def load(mac: str) -> dict[str, bytes]:
    """What an interrupted run has kept, empty if nothing."""
    folder = _folder(mac)
    return {name: (folder / name).read_bytes() for name in SETTINGS_FILES if (folder / name).is_file()}


def forget(mac: str) -> None:
    """They are on the chip."""
    shutil.rmtree(_folder(mac), ignore_errors=True)


def _folder(mac: str) -> Path:
    return PLACE / (mac.replace(":", "-") or "unknown")
