"""AES-CCM-16-64-128 (RFC 3610 with L = 2, M = 8; the name is COSE's) over plain ECB and CBC.

The chip's `cryptolib` has no CCM and no CTR. The primitive comes in as an argument:
`aes(key, mode[, iv])`, mode 1 = ECB, 2 = CBC, gives an object with `encrypt(blocks) -> bytes`.
"""

from gatelink.keys import same
from gatelink.suite import Cipher

ECB = 1
CBC = 2
BLOCK_BYTES = 16
TAG_BYTES = 8
NONCE_BYTES = 13
PLAIN_MAX_BYTES = 0xFFFF  # L = 2: the length has two bytes
AAD_MAX_BYTES = 0xFEFF  # from 0xFF00 on the length would have another form (RFC 3610 section 2.2)
ZEROS = bytes(BLOCK_BYTES)

FLAG_AAD = 0x40
FLAGS_MAC = (TAG_BYTES - 2) // 2 << 3 | 1  # M' and L', RFC 3610 section 2.2
FLAGS_COUNTER = 1  # L', section 2.3


def _xor(a: bytes, b: bytes) -> bytes:
    """`a` XOR the first bytes of `b`."""
    size = len(a)
    return (int.from_bytes(a, "big") ^ int.from_bytes(b[:size], "big")).to_bytes(size, "big")


class Ccm(Cipher):
    """Seals and opens under one 16-byte key."""

    def __init__(self, aes: object, key: bytes) -> None:
        self._aes = aes
        self._key = key
        self._ecb = aes(key, ECB)

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Ciphertext with the 8-byte tag behind it."""
        stream = self._key_stream(nonce, len(plaintext))
        tag = _xor(self._mac(nonce, plaintext, aad), stream)
        return _xor(plaintext, stream[BLOCK_BYTES:]) + tag

    def open(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Plaintext; ValueError if the tag does not fit."""
        size = len(sealed) - TAG_BYTES
        if size < 0:
            raise ValueError("shorter than a tag")
        stream = self._key_stream(nonce, size)
        plaintext = _xor(sealed[:size], stream[BLOCK_BYTES:])
        if not same(_xor(self._mac(nonce, plaintext, aad), stream), sealed[size:]):
            raise ValueError("tag does not fit")
        return plaintext

    def _key_stream(self, nonce: bytes, size: int) -> bytes:
        """S0, S1, ... of RFC 3610 section 2.3: S0 covers the tag, the rest `size` bytes."""
        if len(nonce) != NONCE_BYTES or size > PLAIN_MAX_BYTES:
            raise ValueError("size of nonce or text")
        counters = bytearray()
        for number in range((size + 2 * BLOCK_BYTES - 1) // BLOCK_BYTES):
            counters.append(FLAGS_COUNTER)
            counters.extend(nonce)
            counters.append(number >> 8)
            counters.append(number & 0xFF)
        return self._ecb.encrypt(counters)

    def _mac(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """T of RFC 3610 section 2.2: the first 8 bytes of the CBC-MAC."""
        if len(aad) > AAD_MAX_BYTES:
            raise ValueError("size of additional data")
        blocks = bytearray((FLAGS_MAC | FLAG_AAD if aad else FLAGS_MAC,))
        blocks.extend(nonce)
        blocks.extend(len(plaintext).to_bytes(2, "big"))
        if aad:
            blocks.extend(len(aad).to_bytes(2, "big"))
            blocks.extend(aad)
            blocks.extend(ZEROS[: -len(blocks) % BLOCK_BYTES])
        blocks.extend(plaintext)
        blocks.extend(ZEROS[: -len(blocks) % BLOCK_BYTES])
        return self._aes(self._key, CBC, ZEROS).encrypt(blocks)[-BLOCK_BYTES:][:TAG_BYTES]
