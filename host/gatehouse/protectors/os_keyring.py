"""The keychain of macOS, the Secret Service of a Linux desktop: through the library `keyring`, if it is installed."""

import importlib
import importlib.util
import secrets
from typing import Any

from gatelink.limits import KEY_BYTES

from gatehouse.keyfile_error import KeyFileError
from gatehouse.protectors.protector import PLACE
from gatehouse.seal import SealBroken, seal, unseal

SERVICE = "gatehouse"
ENTRY_BYTES = 8


class OsKeyring:
    """A wrapping key in an entry of its own in the user's keyring; its name lies before the seal on the disk."""

    name = "keyring"
    protects = (
        "Protects the key file and its copies while the user's keyring is locked; it does not protect against programs "
        "of the same user once it is unlocked."
    )

    def why_not(self) -> str:
        """Whether the library is there, and a keyring behind it that can be used."""
        if importlib.util.find_spec("keyring") is None:
            return "the Python package keyring is not installed (pip install 'gatehouse[keyring]')"
        if _library().get_keyring().priority <= 0:
            return "no keychain or Secret Service answers for this user"
        return ""

    def wrap(self, key: bytes) -> bytes:
        """Makes a new entry; what older ones wrapped stays readable."""
        entry, wrapping = secrets.token_bytes(ENTRY_BYTES), secrets.token_bytes(KEY_BYTES)
        library = _library()
        try:
            library.set_password(SERVICE, entry.hex(), wrapping.hex())
        except library.errors.KeyringError as failure:
            raise KeyFileError(f"the keyring does not take a key ({type(failure).__name__}). Unlock it.") from None
        return entry + seal(wrapping, key, PLACE)

    def unwrap(self, wrapped: bytes) -> bytes:
        """KeyFileError if the keyring is locked, another user's, or without the entry."""
        entry = wrapped[:ENTRY_BYTES].hex()
        library = _library()
        try:
            found = library.get_password(SERVICE, entry)
        except library.errors.KeyringError as failure:
            raise KeyFileError(f"the keyring does not answer ({type(failure).__name__}). Unlock it.") from None
        try:
            return unseal(bytes.fromhex(found or ""), wrapped[ENTRY_BYTES:], PLACE)
        except (SealBroken, ValueError):
            raise KeyFileError(
                f"this user's keyring has no key {SERVICE}/{entry}. Run Gatehouse as the user that made the key file, "
                "or restore the keys from a backup: gatehouse restore keys"
            ) from None

    def forget(self, wrapped: bytes) -> bool:
        """Deletes the entry."""
        library, entry = _library(), wrapped[:ENTRY_BYTES].hex()
        try:
            if library.get_password(SERVICE, entry) is not None:
                library.delete_password(SERVICE, entry)
        except library.errors.KeyringError as failure:
            raise KeyFileError(
                f"the keyring does not delete the key {SERVICE}/{entry} ({type(failure).__name__}). Unlock it."
            ) from None
        return True


def _library() -> Any:
    """`keyring` with its errors; KeyFileError if it is not installed."""
    try:
        importlib.import_module("keyring.errors")
        return importlib.import_module("keyring")
    except ImportError:
        raise KeyFileError(
            "the keys are sealed by the keyring, but the Python package keyring is missing. "
            "Run: pip install 'gatehouse[keyring]'"
        ) from None
