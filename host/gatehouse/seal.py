"""Sealing of what lies on a disk: AES-256-GCM (NIST SP 800-38D), a random nonce of 96 bits before the ciphertext.

One key may seal 2^32 times (section 8.3). A station whose lane gets new keys every two seconds takes 272 years.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class SealBroken(Exception):
    """Another key, another place, or changed bytes."""


def seal(key: bytes, plain: bytes, place: bytes) -> bytes:
    """`plain` under a 32-byte key, bound to `place`: what it is and where it belongs."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, place)


def unseal(key: bytes, sealed: bytes, place: bytes) -> bytes:
    """What was sealed; SealBroken if it is not whole, or was sealed elsewhere."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
    except (InvalidTag, ValueError):  # ValueError: shorter than a nonce
        raise SealBroken from None
