"""The AES primitive that gate.ccm wants, and where the vectors lie, on either interpreter."""

import json

try:
    from cryptolib import aes
except ImportError:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    class _Aes:
        """MicroPython's cryptolib.aes, as far as gate.ccm uses it."""

        def __init__(self, key, mode, iv=None):
            assert mode in (1, 2), "the chip knows ECB and CBC only"
            self._encryptor = Cipher(algorithms.AES(key), modes.ECB() if mode == 1 else modes.CBC(iv)).encryptor()

        def encrypt(self, blocks):
            """ValueError for anything but whole blocks, as on the chip."""
            if len(blocks) % 16:
                raise ValueError("blksize % 16")
            return self._encryptor.update(bytes(blocks))

    aes = _Aes

HERE = __file__.replace("\\", "/").rsplit("/", 1)[0] if "/" in __file__.replace("\\", "/") else "."


def vectors(name):
    """The content of tests/vectors/NAME.json."""
    with open(HERE + "/../vectors/" + name + ".json") as file:
        return json.load(file)


def refused(call, *arguments):
    """Whether a call raises ValueError; anything else it raises comes through."""
    try:
        call(*arguments)
    except ValueError:
        return True
    return False
