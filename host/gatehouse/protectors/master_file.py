"""A second file beside the key file: for systems that offer nothing better."""

import secrets
from pathlib import Path

from gatelink.limits import KEY_BYTES

from gatehouse.ending.erasing import erase
from gatehouse.keyfile_error import KeyFileError
from gatehouse.private_file import check_private, make_whole
from gatehouse.protectors.protector import PLACE
from gatehouse.seal import SealBroken, seal, unseal


class MasterFile:
    """A master key of 32 bytes in `<key file>.master`, for its owner only."""

    name = "file"
    protects = (
        "Protects a copy of the key file that is taken without the master file beside it, as in a backup; it does not "
        "protect against who can read this disk."
    )

    def __init__(self, keys: Path) -> None:
        """`keys`: the key file."""
        self._keys = keys
        self.path = keys.with_name(keys.name + ".master")

    def why_not(self) -> str:
        """A file can always be made; where not, the key file cannot either."""
        return ""

    def wrap(self, key: bytes) -> bytes:
        """Sealed under the master key, which is made if there is none."""
        make_whole(self.path, lambda new: new.write_bytes(secrets.token_bytes(KEY_BYTES)), beside=self._keys)
        return seal(self._master(), key, PLACE)

    def unwrap(self, wrapped: bytes) -> bytes:
        """KeyFileError if the master file is missing, another one, or readable by others."""
        try:
            return unseal(self._master(), wrapped, PLACE)
        except SealBroken:
            raise KeyFileError(
                f"{self.path}: is not the master file of this key file. Put the right one there, or restore the keys "
                "from a backup: gatehouse restore keys"
            ) from None

    def forget(self, _wrapped: bytes) -> bool:
        """Overwrites and removes the master file."""
        try:
            erase(self.path)
        except OSError as failure:
            raise KeyFileError(f"{self.path}: cannot be destroyed ({failure.strerror}).") from None
        return True

    def is_usable(self) -> bool:
        """Whether there is a master file that could seal something."""
        try:
            return bool(self._master())
        except KeyFileError:
            return False

    def _master(self) -> bytes:
        try:
            check_private(self.path)
            master = self.path.read_bytes()
        except FileNotFoundError:
            raise KeyFileError(
                f"{self.path}: the master file is missing; without it the keys cannot be read. Put it back, or "
                "restore the keys from a backup: gatehouse restore keys"
            ) from None
        except OSError as failure:
            raise KeyFileError(f"{self.path}: cannot be read ({failure.strerror}).") from None
        if len(master) != KEY_BYTES:
            raise KeyFileError(
                f"{self.path}: is no master file ({len(master)} bytes, not {KEY_BYTES}). Put the right one there, or "
                "restore the keys from a backup: gatehouse restore keys"
            )
        return master
