"""The host's side of what gatelink needs injected: cbor2, cobs and cryptography, independent of the gate's own."""

import hashlib
import itertools
import os
import time
from collections.abc import Callable
from typing import Any, Never

import cbor2
from cobs import cobs
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from gatelink.limits import GATE_BODY_MAX_BYTES, TAG_BYTES
from gatelink.suite import Cipher, Suite

NESTING_MAX = 4  # a sealed body needs two levels
LEAVES = frozenset((bytes, bytearray, str, bool, type(None)))


def _refuse_tag(*_: object) -> Never:
    raise ValueError("tag")


class _NoTags(dict[int, Callable[[Any, bool], Any]]):
    """Answers for every tag, so that none of cbor2's many decoders ever sees bytes from a line."""

    def __missing__(self, _tag: int) -> Callable[[Any, bool], Any]:
        return _refuse_tag


NO_TAGS = _NoTags()


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

    def __init__(self) -> None:
        self._draws = itertools.count()

    def encode(self, value: object) -> bytes:
        """ValueError for what gatelink has no form for."""
        return cbor2.dumps(in_order(value))

    def decode(self, data: bytes) -> object:
        if len(data) > GATE_BODY_MAX_BYTES:
            raise ValueError("too large")
        try:
            value: object = cbor2.loads(
                data,
                semantic_decoders=NO_TAGS,
                max_depth=NESTING_MAX,
                allow_indefinite=False,
                allow_duplicate_keys=False,
            )
            again = self.encode(value)
        except (cbor2.CBORDecodeError, ValueError, OverflowError, RecursionError, MemoryError) as failure:
            raise ValueError("no CBOR that gatelink uses") from failure
        # One form per value: whatever is not written back the same is trailing, unsorted or overlong.
        if again != data:
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
        """Like os.urandom, but new even where that repeats itself, as in a virtual machine that was set back.

        RFC 8937 section 3 in spirit: what is known never to come again is hashed in.
        """
        moment = time.time_ns(), time.monotonic_ns(), os.getpid(), id(self), next(self._draws)
        return hashlib.shake_256(os.urandom(32) + repr(moment).encode()).digest(size)


def in_order(value: object, depth: int = NESTING_MAX) -> object:
    """The value with its maps in the bytewise order of RFC 8949 section 4.2.1; cbor2's own is the older one.

    ValueError for what gatelink does not use: tags, floats, deep nesting, integers of more than 64 bits.
    """
    kind = type(value)
    if kind is int:
        if -(1 << 64) <= value < 1 << 64:  # type: ignore[operator]  # mypy does not follow `kind`
            return value
    elif kind in LEAVES:
        return value
    elif depth and isinstance(value, list):
        return [in_order(item, depth - 1) for item in value]
    elif depth and isinstance(value, dict) and all(type(key) is int for key in value):
        return {key: in_order(value[key], depth - 1) for key in sorted(value, key=cbor2.dumps)}
    raise ValueError("gatelink has no form for this value")
