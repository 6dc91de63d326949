"""The gate's side of what gatelink needs injected: its own CBOR and COBS, and CCM over the chip's AES."""

import os

from cryptolib import aes
from gate import cbor, cobs
from gate.ccm import Ccm
from gatelink.suite import Cipher, Suite


class GateSuite(Suite):
    """Codec and crypto of a gate."""

    def encode(self, value: object) -> bytes:
        """Deterministic CBOR."""
        return cbor.encode(value)

    def decode(self, data: bytes) -> object:
        """The one item that `data` is; ValueError for anything else."""
        return cbor.decode(data)

    def stuff(self, body: bytes) -> bytes:
        """COBS without delimiters."""
        return cobs.stuff(body)

    def unstuff(self, stuffed: bytes) -> bytes:
        """The body; ValueError if it is no COBS."""
        return cobs.unstuff(stuffed)

    def cipher(self, key: bytes) -> Cipher:
        """AES-CCM-16-64-128 under a 16-byte key."""
        return Ccm(aes, key)

    def random(self, size: int) -> bytes:
        """`size` bytes of os.urandom: pseudo-random without radio, and nothing in gatelink depends on more."""
        return os.urandom(size)
