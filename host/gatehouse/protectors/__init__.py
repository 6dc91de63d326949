"""What the data key of the key file is wrapped by: the operating system, or a second file."""

import sys
from pathlib import Path

from gatehouse.access import other_owner, owner_name
from gatehouse.keyfile_error import KeyFileError
from gatehouse.protectors.dpapi import Dpapi
from gatehouse.protectors.master_file import MasterFile
from gatehouse.protectors.os_keyring import OsKeyring
from gatehouse.protectors.protector import Protector
from gatehouse.protectors.systemd_creds import SystemdCreds

AUTO = "auto"
NAMES = (SystemdCreds.name, Dpapi.name, OsKeyring.name, MasterFile.name)

__all__ = ["AUTO", "NAMES", "Protector", "by_name", "choose"]


def by_name(name: str, keys: Path) -> Protector:
    """The protector of the key file `keys` with one of NAMES; KeyFileError for another name."""
    for protector in (SystemdCreds(), Dpapi(), OsKeyring(), MasterFile(keys)):
        if protector.name == name:
            return protector
    raise KeyFileError(f"{keys}: sealed by the protector {name!r}, which this Gatehouse does not know. Update it.")


def choose(wanted: str, keys: Path) -> Protector:
    """The protector to use from now on: the wanted one, or with AUTO the best that works for this user.

    For root that means: for the owner of the key file, who cannot unseal what the system has sealed for root.
    KeyFileError if the wanted one does not work here.
    """
    if other_owner(keys) is not None and wanted != MasterFile.name:
        if wanted == AUTO:
            return MasterFile(keys)
        owner = owner_name(keys if keys.exists() else keys.parent) or "its owner"
        raise KeyFileError(
            f"{keys}: belongs to {owner}, who cannot unseal what root seals by {wanted}. Run this as that user, choose "
            f'"{MasterFile.name}", or let the gatehouse run as root and give it the folder: sudo chown -R root '
            f"{keys.parent}."
        )
    if wanted != AUTO:
        protector = by_name(wanted, keys)
        if obstacle := protector.why_not():
            raise KeyFileError(
                f'protector = "{wanted}" does not work here: {obstacle}. Remove the obstacle, or choose another: '
                f"{', '.join(NAMES)}."
            )
        return protector
    return next((one for one in automatic() if not one.why_not()), MasterFile(keys))


def automatic() -> tuple[Protector, ...]:
    """What the system of this PC offers, before a second file."""
    if sys.platform == "win32":
        return (Dpapi(),)
    if sys.platform == "darwin":
        return (OsKeyring(),)
    return (SystemdCreds(),)
