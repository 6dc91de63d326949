"""Keys: the pair that enrolment makes, the ratchet over it, and what a session derives from it.

Sources: HMAC is RFC 2104, HKDF is RFC 5869, both over SHA-256 (FIPS 180-4).
"""

import hashlib

BLOCK_BYTES = 64  # SHA-256's block
INNER_PAD = int.from_bytes(b"\x36" * BLOCK_BYTES, "big")
OUTER_PAD = int.from_bytes(b"\x5c" * BLOCK_BYTES, "big")
INNER_PAD = int.from_bytes(b"\x36" * BLOCK_BYTES, "big")  # RFC 2104 section 2
OUTER_PAD = int.from_bytes(b"\x5c" * BLOCK_BYTES, "big")


def hmac_sha256(key: "bytes | bytearray", message: "bytes | bytearray") -> bytes:
    """HMAC-SHA256, 32 bytes. Keys longer than a block are not used here and raise ValueError."""
    if len(key) > BLOCK_BYTES:
        raise ValueError("key longer than a block")
    # As one large number: the block is XORed at once, where a loop over its bytes would take most of the time.
    padded = int.from_bytes(bytes(key) + bytes(BLOCK_BYTES - len(key)), "big")
    inner = hashlib.sha256((padded ^ INNER_PAD).to_bytes(BLOCK_BYTES, "big"))
    inner.update(message)
    outer = hashlib.sha256((padded ^ OUTER_PAD).to_bytes(BLOCK_BYTES, "big"))
    outer.update(inner.digest())
    return outer.digest()


def hkdf_sha256(salt: bytes, secret: "bytes | bytearray", info: bytes, length: int) -> bytes:
    """RFC 5869 extract and expand; at most 255 * 32 bytes."""
    extracted = hmac_sha256(salt, secret)
    out = b""
    block = b""
    number = 1
    while len(out) < length:
        block = hmac_sha256(extracted, block + info + bytes((number,)))
        out += block
        number += 1
    return out[:length]


def same(a: bytes, b: bytes) -> bool:
    """Whether two byte strings are equal, in a time that depends on their lengths only."""
    if len(a) != len(b):
        return False
    difference = 0
    for number in range(len(a)):
        difference |= a[number] ^ b[number]
    return difference == 0


def step(chain_key: "bytes | bytearray") -> bytes:
    """K(i+1) from K(i). There is no way back."""
    return hmac_sha256(chain_key, b"gatelink1 step")


class GateKeys:
    """What a gate keeps: its identity (8 bytes), the static key (32; only authenticates handshakes), and the
    chain key (32) under its count.
    """

    def __init__(self, identity: bytes, static_key: bytes, count: int, chain_key: bytes) -> None:
        self.identity = identity
        self.static_key = static_key
        self.count = count
        self.chain_key = bytearray(chain_key)

    def advance(self, count: int, chain_key: bytes) -> None:
        """Take the next chain key and overwrite the old one where it lies."""
        self.count = count
        self.chain_key[:] = chain_key


class HouseKeys:
    """What the house keeps of one gate; its count is never ahead of the gate's."""

    def __init__(self, static_key: bytes, count: int, chain_key: bytes) -> None:
        self.static_key = static_key
        self.count = count
        self.chain_key = chain_key

    def chain_key_at(self, count: int) -> bytes:
        """The chain key under a later `count`, in a copy; the kept one stays."""
        key = self.chain_key
        for _ in range(count - self.count):
            key = step(key)
        return key


class SessionKeys:
    """Keys of one session: key (16) and context IV (13) for each direction, and the session id (2)."""

    def __init__(self, chain_key: "bytes | bytearray", hello: bytes, answer: bytes) -> None:
        salt = hashlib.sha256(hello + answer).digest()
        out = hkdf_sha256(salt, chain_key, b"gatelink1 keys", 60)
        self.gate_key = out[0:16]
        self.gate_iv = out[16:29]
        self.house_key = out[29:45]
        self.house_iv = out[45:58]
        self.kid = out[58:60]
