"""AES-CCM-16-64-128 (RFC 3610 with L = 2, M = 8; the name is COSE's) over plain ECB and CBC.

The chip's `cryptolib` has no CCM and no CTR. The primitive comes in as an argument: `aes(key, mode[, iv])`, mode
1 = ECB, 2 = CBC, gives an object with `encrypt(blocks, out)`, which may encrypt a buffer in place. All blocks of a
frame go through it at once, twice: once for the key stream, once for the MAC.
"""

from gatelink.keys import same
from gatelink.suite import Cipher

ECB = 1
CBC = 2
BLOCK_BYTES = 16
TAG_BYTES = 8
NONCE_BYTES = 13
PLAIN_MAX_BYTES = 254 * BLOCK_BYTES  # the counter of the last block fits into a byte; no frame is as long
AAD_MAX_BYTES = 0xFEFF  # from 0xFF00 on the length would have another form (RFC 3610 section 2.2)
ZEROS = bytes(BLOCK_BYTES)

FLAG_AAD = 0x40
FLAGS_MAC = (TAG_BYTES - 2) // 2 << 3 | 1  # M' and L', RFC 3610 section 2.2
FLAGS_COUNTER = b"\x01"  # flags of a counter block: L', section 2.3
FIRST_NUMBER = bytes(2)
NO_TAG = bytes(BLOCK_BYTES - TAG_BYTES)  # of S0 the tag takes only its size
LENGTH_AT = 1 + NONCE_BYTES


def _xor(a: "bytes | bytearray", b: "bytes | bytearray") -> bytes:
    """`a` XOR the first bytes of `b`."""
    size = len(a)
    return (int.from_bytes(a, "big") ^ int.from_bytes(b[:size], "big")).to_bytes(size, "big")


class Ccm(Cipher):
    """Seals and opens under one 16-byte key."""

    kept: "object | None" = None  # of whichever cipher was used last

    def __init__(self, aes: object, key: bytes) -> None:
        self._aes = aes
        self._key = key
        self._ecb = aes(key, ECB)
        # A session has one additional text for all its frames: its blocks are kept.
        self._aad = b""
        self._aad_blocks = b""

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Ciphertext with the 8-byte tag behind it."""
        stream = self._key_stream(nonce, len(plaintext))
        sealed = _xor(self._mac(nonce, plaintext, aad) + plaintext, stream)
        return sealed[BLOCK_BYTES:] + sealed[:TAG_BYTES]

    def open(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Plaintext; ValueError if the tag does not fit."""
        size = len(sealed) - TAG_BYTES
        if size < 0:
            raise ValueError("shorter than a tag")
        stream = self._key_stream(nonce, size)
        opened = _xor(sealed[size:] + NO_TAG + sealed[:size], stream)
        plaintext = opened[BLOCK_BYTES:]
        if not same(self._mac(nonce, plaintext, aad)[:TAG_BYTES], opened[:TAG_BYTES]):
            raise ValueError("tag does not fit")
        return plaintext

    def _key_stream(self, nonce: bytes, size: int) -> bytearray:
        """S0, S1, ... of RFC 3610 section 2.3: S0 covers the tag, the rest `size` bytes."""
        if len(nonce) != NONCE_BYTES or size > PLAIN_MAX_BYTES:
            raise ValueError("size of nonce or text")
        count = (size + 2 * BLOCK_BYTES - 1) // BLOCK_BYTES
        blocks = bytearray((FLAGS_COUNTER + nonce + FIRST_NUMBER) * count)
        for number in range(1, count):
            blocks[number * BLOCK_BYTES + BLOCK_BYTES - 1] = number
        self._ecb.encrypt(blocks, blocks)
        return blocks

    def _mac(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytearray:
        """The last block of the CBC-MAC; T of RFC 3610 section 2.2 is its first 8 bytes."""
        if aad != self._aad:
            self._keep_aad(aad)
        size = len(plaintext)
        start = BLOCK_BYTES + len(self._aad_blocks)
        blocks = bytearray(start + size + -size % BLOCK_BYTES)
        blocks[0] = FLAGS_MAC | FLAG_AAD if aad else FLAGS_MAC
        blocks[1:LENGTH_AT] = nonce
        blocks[LENGTH_AT] = size >> 8
        blocks[LENGTH_AT + 1] = size & 0xFF
        blocks[BLOCK_BYTES:start] = self._aad_blocks
        blocks[start : start + size] = plaintext
        # In place: no copy of the plaintext stays behind.
        # The AES object of the one before goes only now: where memory is short, its place is large enough for the next.
        Ccm.kept = None
        Ccm.kept = self._aes(self._key, CBC, ZEROS)
        Ccm.kept.encrypt(blocks, blocks)
        return blocks[-BLOCK_BYTES:]

    def _keep_aad(self, aad: bytes) -> None:
        if len(aad) > AAD_MAX_BYTES:
            raise ValueError("size of additional data")
        blocks = len(aad).to_bytes(2, "big") + aad if aad else b""
        self._aad_blocks = blocks + bytes(-len(blocks) % BLOCK_BYTES)
        self._aad = aad
