"""Signed heads of the ledger: what its tree was at a time, in 32 bytes that nobody else can sign.

A head is Ed25519 (RFC 8032) over deterministic CBOR: ["gatehouse ledger head 1", number, size, root, at_s, before,
signer]. Who keeps one outside of the database can show later whether the ledger still holds all that it held.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

import cbor2
import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gatehouse import schema
from gatehouse.merkle import HASH_BYTES, Peaks

# Purpose of the key that signs. It must not begin as day keys do, which end with their day: see continuity.LEDGER_DAY.
HEAD_KEY = "head of the ledger"
DOMAIN = "gatehouse ledger head 1"
FIRST = bytes(HASH_BYTES)  # what the first head names as the one before it
KEY_BYTES, SIGNATURE_BYTES = 32, 64
ROWS_A_STEP = 1000


class NotAHead(ValueError):
    """Bytes of another form, or a signature that is not its signer's."""


@dataclass(frozen=True, slots=True)
class Head:
    """number: from 1 on, of this head. size: entries that it covers. root: of the tree over them. at_s: Unix time of
    signing. before: SHA-256 of what the head before it signed, FIRST for the first. signer: a public key.
    """

    number: int
    size: int
    root: bytes
    at_s: int
    before: bytes
    signer: bytes
    signature: bytes = b""

    def signed(self) -> bytes:
        """What the signature is over."""
        values = [DOMAIN, self.number, self.size, self.root, self.at_s, self.before, self.signer]
        return cbor2.dumps(values, canonical=True)

    def digest(self) -> bytes:
        """What the next head names."""
        return hashlib.sha256(self.signed()).digest()

    def is_signed(self) -> bool:
        """Whether the signature is that of its signer."""
        try:
            Ed25519PublicKey.from_public_bytes(self.signer).verify(self.signature, self.signed())
        except (InvalidSignature, ValueError):
            return False
        return True

    def encoded(self) -> bytes:
        """All of it in one piece."""
        return cbor2.dumps([self.signed(), self.signature], canonical=True)


def decoded(told: bytes) -> Head:
    """The head that `encoded` made. NotAHead for other bytes, or if its signature does not hold."""
    try:
        signed, signature = cbor2.loads(told)
        domain, number, size, root, at_s, before, signer = cbor2.loads(signed)
    except (cbor2.CBORDecodeError, EOFError, OverflowError, RecursionError, TypeError, ValueError):
        raise NotAHead("no head") from None
    head = Head(number, size, root, at_s, before, signer, signature)
    numbers = all(isinstance(one, int) for one in (number, size, at_s))
    if domain != DOMAIN or not numbers or head.signed() != signed or not head.is_signed():
        raise NotAHead("no head, or not signed by whom it names")
    return head


class Signer:
    """Signs heads with the station's key."""

    def __init__(self, secret: bytes) -> None:
        """secret: 32 bytes, of the purpose HEAD_KEY."""
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self.public = self._key.public_key().public_bytes_raw()

    def sign(self, peaks: Peaks, at_s: int, before: Head | None) -> Head:
        """The head of a tree, which follows `before`."""
        number, digest = (before.number + 1, before.digest()) if before is not None else (1, FIRST)
        head = Head(number, peaks.size, peaks.root(), at_s, digest, self.public)
        return replace(head, signature=self._key.sign(head.signed()))


def newest(connection: sa.Connection) -> Head | None:
    """The last head of the table, None if there is none."""
    row = connection.execute(sa.select(schema.head).order_by(schema.head.c.number.desc()).limit(1)).first()
    return None if row is None else Head(*row)


def kept(connection: sa.Connection, first: int | None = None) -> Iterator[Head]:
    """The heads of the table in order, from this number on if one is given."""
    query = sa.select(schema.head).order_by(schema.head.c.number)
    if first is not None:
        query = query.where(schema.head.c.number >= first)
    for row in connection.execute(query.execution_options(yield_per=ROWS_A_STEP)):
        yield Head(*row)


def keep(connection: sa.Connection, head: Head) -> None:
    """Into the table, in the transaction that is open."""
    connection.execute(schema.head.insert(), asdict(head))
