"""The chip's `cryptolib` for CPython: AES-ECB and AES-CBC of whole blocks, nothing more, as on stock images."""

import sys
import types

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


class aes:  # noqa: N801 - the chip's own name
    def __init__(self, key, mode, iv=None):
        if mode not in (1, 2):
            raise ValueError("mode")
        chosen = modes.ECB() if mode == 1 else modes.CBC(bytes(iv))
        self._encryptor = Cipher(algorithms.AES(bytes(key)), chosen).encryptor()

    def encrypt(self, blocks, out=None):
        if len(blocks) % 16:
            raise ValueError("blksize % 16")
        encrypted = self._encryptor.update(bytes(blocks))
        if out is None:
            return encrypted
        out[: len(encrypted)] = encrypted
        return out


def install():
    """Make `import cryptolib` find this file's AES."""
    module = types.ModuleType("cryptolib")
    module.aes = aes
    sys.modules.setdefault("cryptolib", module)
