"""Windows' Data Protection API, of the user that runs Gatehouse.

Sources: CryptProtectData, CryptUnprotectData and DATA_BLOB as documented for dpapi.h and wincrypt.h. Not tried on a
Windows PC yet.
"""

import ctypes
import sys

from gatehouse.keyfile_error import KeyFileError
from gatehouse.protectors.protector import PLACE

NO_PROMPT = 0x1  # CRYPTPROTECT_UI_FORBIDDEN: a service has no screen


class Blob(ctypes.Structure):
    """DATA_BLOB: a length and a pointer."""

    _fields_ = (("length", ctypes.c_uint32), ("data", ctypes.POINTER(ctypes.c_char)))


class Dpapi:
    """CryptProtectData for the current user."""

    name = "dpapi"
    protects = (
        "Protects the key file and its copies against other users of this PC and on other PCs; it does not protect "
        "against programs of the same user, nor against who knows that user's password or administers this PC."
    )

    def why_not(self) -> str:
        """Whether this is Windows."""
        return "" if sys.platform == "win32" else "this is not Windows"

    def wrap(self, key: bytes) -> bytes:
        """KeyFileError with Windows' reason."""
        return _call("CryptProtectData", key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """KeyFileError for another user, on another PC."""
        return _call("CryptUnprotectData", wrapped)

    def forget(self, _wrapped: bytes) -> bool:
        """The key is the user's, and other programs use it."""
        return False


def _call(function: str, given: bytes) -> bytes:
    """Either of the two functions: they take the same seven arguments."""
    if sys.platform != "win32":
        raise KeyFileError(
            "the keys are sealed by Windows' DPAPI and cannot be read on another system. Restore them from a backup: "
            "gatehouse restore keys"
        )
    out = Blob()
    entropy = _blob(PLACE)
    work = getattr(ctypes.windll.crypt32, function)
    source = _blob(given)
    if not work(
        ctypes.byref(source), None, ctypes.byref(entropy), None, None, ctypes.c_uint32(NO_PROMPT), ctypes.byref(out)
    ):
        raise KeyFileError(
            f"{function} failed: {ctypes.FormatError()} Run Gatehouse as the user that made the key file, or restore "
            "the keys from a backup: gatehouse restore keys"
        )
    try:
        return ctypes.string_at(out.data, out.length)
    finally:
        ctypes.windll.kernel32.LocalFree(out.data)


def _blob(content: bytes) -> Blob:
    buffer = ctypes.create_string_buffer(content, len(content))
    return Blob(len(content), ctypes.cast(buffer, ctypes.POINTER(ctypes.c_char)))
