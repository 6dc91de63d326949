"""A gate's settings while its chip is written anew: on this computer's disk until they are on the chip again.

Without it an interrupted run would cost them, for the next one finds a file system that is half written.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from gatetools.build import ROOT, SETTINGS_FILES

PLACE = ROOT / "build" / "kept-settings"


def store(mac: str, found: Mapping[str, bytes]) -> None:
    """Keep these settings of the chip with this MAC address, and no older ones. OSError if the disk is full."""
    folder = _folder(mac)
    folder.mkdir(parents=True, exist_ok=True)
    for name in SETTINGS_FILES:
        if name in found:
            # Beside it first: what an interrupted run has kept may be all that there is.
            beside = folder / f"{name}.new"
            beside.write_bytes(found[name])
            beside.replace(folder / name)
        else:
            (folder / name).unlink(missing_ok=True)


def load(mac: str) -> dict[str, bytes]:
    """What an interrupted run has kept, empty if nothing."""
    folder = _folder(mac)
    return {name: (folder / name).read_bytes() for name in SETTINGS_FILES if (folder / name).is_file()}


def forget(mac: str) -> None:
    """They are on the chip."""
    shutil.rmtree(_folder(mac), ignore_errors=True)


def _folder(mac: str) -> Path:
    return PLACE / (mac.replace(":", "-") or "unknown")
