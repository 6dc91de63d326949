"""What each side injects: codec and crypto. Each side brings its own, so every run checks two against each other."""

from gatelink.errors import LocalError


class Cipher:
    """AES-CCM-16-64-128 (RFC 3610 with L = 2, M = 8) under one key."""

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Ciphertext with the 8-byte tag behind it."""
        raise LocalError("a suite brings its own cipher")

    def open(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Plaintext; ValueError if the tag does not fit."""
        raise LocalError("a suite brings its own cipher")


class Suite:
    """Codec and crypto of one side."""

    def encode(self, value: object) -> bytes:
        """Deterministic CBOR (RFC 8949 section 4.2.1).

        Values: integers, bytes, text, lists, maps with integer keys, True, False, None.
        """
        raise LocalError("each side brings its own suite")

    def decode(self, data: bytes) -> object:
        """The one item that `data` is; ValueError for anything that `encode` would not have written."""
        raise LocalError("each side brings its own suite")

    def stuff(self, body: bytes) -> bytes:
        """COBS without delimiters."""
        raise LocalError("each side brings its own suite")

    def unstuff(self, stuffed: bytes) -> bytes:
        """The body; ValueError if it is no COBS."""
        raise LocalError("each side brings its own suite")

    def cipher(self, key: bytes) -> Cipher:
        """The cipher under a 16-byte key."""
        raise LocalError("each side brings its own suite")

    def random(self, size: int) -> bytes:
        """`size` bytes from the best source of this side."""
        raise LocalError("each side brings its own suite")
