"""The host's side of what gatelink needs injected: cbor2, cobs and cryptography, independent of the gate's own."""

import os

import cbor2
from cobs import cobs
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from gatelink.limits import TAG_BYTES
from gatelink.suite import Cipher, Suite


class HouseCipher(Cipher):
    """AES-CCM-16-64-128."""

    def __init__(self, key: bytes) -> None:
        self._ccm = AESCCM(key, tag_length=TAG_BYTES)

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        return self._ccm.encrypt(nonce, plaintext, aad)

    def open(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        try:
            return self._ccm.decrypt(nonce, sealed, aad)
        except InvalidTag as failure:
            raise ValueError("tag does not fit") from failure


class HouseSuite(Suite):
    """Codec and crypto of the house."""

    def encode(self, value: object) -> bytes:
        return cbor2.dumps(value, canonical=True)

    def decode(self, data: bytes) -> object:
        try:
            value: object = cbor2.loads(data)
        except (cbor2.CBORDecodeError, ValueError, OverflowError, RecursionError) as failure:
            raise ValueError("no CBOR") from failure
        # One form per value: whatever is not written back the same is trailing, indefinite, unsorted or overlong.
        if not plain(value) or cbor2.dumps(value, canonical=True) != data:
            raise ValueError("not deterministic CBOR")
        return value

    def stuff(self, body: bytes) -> bytes:
        return bytes(cobs.encode(body))

    def unstuff(self, stuffed: bytes) -> bytes:
        try:
            return bytes(cobs.decode(stuffed))
        except cobs.DecodeError as failure:
            raise ValueError("no COBS") from failure

    def cipher(self, key: bytes) -> Cipher:
        return HouseCipher(key)

    def random(self, size: int) -> bytes:
        return os.urandom(size)


def plain(value: object, depth: int = 4) -> bool:
    """Whether a decoded value holds only what gatelink uses: no tags, no floats, no deep nesting."""
    if isinstance(value, list):
        return depth > 0 and all(plain(item, depth - 1) for item in value)
    if isinstance(value, dict):
        return depth > 0 and all(type(key) is int and plain(item, depth - 1) for key, item in value.items())
    return value is None or type(value) in (int, bool, bytes, str)
