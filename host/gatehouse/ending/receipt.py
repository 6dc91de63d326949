"""The receipt of a destruction: signed by the deployment's own key before that one goes, ended by a key made for it.

JSON. `signature` (Ed25519) is over STATEMENT and the statement, `ended_signature` over ENDED and what was done, by the
closing key that the statement names; both as JSON with sorted keys, without spaces, in ASCII.
"""

import json
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gatehouse.heads import NotAHead, decoded

STATEMENT = b"gatehouse destruction 1\0"
ENDED = b"gatehouse destruction ended 1\0"
BYTES_MAX = 10_000_000


class ReceiptWrong(Exception):
    """Not what a gatehouse has signed; the text says what does not hold."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """statement: what was to be destroyed, by whom, with the last head. ended: what was, None while it is at work."""

    statement: dict[str, Any]
    signature: str
    ended: dict[str, Any] | None = None
    ended_signature: str = ""

    def as_json(self) -> str:
        """For the disk."""
        whole = {"statement": self.statement, "signature": self.signature}
        if self.ended is not None:
            whole |= {"ended": self.ended, "ended_signature": self.ended_signature}
        return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"

    def check(self) -> None:
        """ReceiptWrong unless every signature holds and the statement fits its own head."""
        try:
            head = decoded(bytes.fromhex(self.statement["head"]["encoded"]))
            facts = self.statement["head"]
            fits = (head.number, head.size, head.root.hex(), head.at_s) == (
                *(facts["number"], facts["size"]),
                *(facts["root"], facts["at_s"]),
            )
            if not fits or head.signer.hex() != self.statement["public_key"]:
                raise ReceiptWrong("its last head is of another ledger, or was changed")
            verify(self.statement["public_key"], self.signature, signed_bytes(STATEMENT, self.statement))
            if self.ended is not None:
                verify(self.statement["closing_key"], self.ended_signature, signed_bytes(ENDED, self.ended))
        except InvalidSignature:
            raise ReceiptWrong("it was changed after it was signed, or somebody else has signed it") from None
        except NotAHead:
            raise ReceiptWrong("its last head is not signed by whom it names") from None
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ReceiptWrong("it is not what a gatehouse writes") from None


def read(text: str) -> Receipt:
    """The receipt in a file's text. ReceiptWrong if it is none; `check` it."""
    try:
        whole = json.loads(text)
        return Receipt(whole["statement"], whole["signature"], whole.get("ended"), whole.get("ended_signature", ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ReceiptWrong("it is not what a gatehouse writes") from None


def signed_bytes(domain: bytes, said: dict[str, Any]) -> bytes:
    """What a signature is over."""
    return domain + json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def sign(secret: bytes, domain: bytes, said: dict[str, Any]) -> str:
    """secret: 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(secret).sign(signed_bytes(domain, said)).hex()


def public_of(secret: bytes) -> str:
    """In hexadecimal digits."""
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw().hex()


def verify(key: str, signature: str, over: bytes) -> None:
    """InvalidSignature, or ValueError for what is no key."""
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), over)
