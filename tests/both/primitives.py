"""The AES primitive that gate.ccm wants, and where the vectors lie, on either interpreter."""

import json

try:
    from cryptolib import aes
except ImportError:
    from chip_aes import aes

__all__ = ["aes", "refused", "vectors"]

HERE = __file__.replace("\\", "/").rsplit("/", 1)[0] if "/" in __file__.replace("\\", "/") else "."


def vectors(name):
    """The content of tests/vectors/NAME.json."""
    with open(HERE + "/../vectors/" + name + ".json", "rb") as file:
        return json.load(file)


def refused(call, *arguments, error=ValueError):
    """Whether a call raises this error; anything else it raises comes through."""
    try:
        call(*arguments)
    except error:
        return True
    return False
