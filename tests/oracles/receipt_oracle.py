"""Checks the receipt of a destruction by its description alone: RFC 8032, RFC 8949, and nothing of the gatehouse.

Run it as a program: python receipt_oracle.py RECEIPT [PUBLIC_KEY]
"""

import json
import sys
from pathlib import Path

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def holds(key, signature, over):
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), over)
    except (InvalidSignature, ValueError):
        return False
    return True


def canonical(domain, said):
    return domain.encode() + b"\0" + json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def problems(text, key=None):
    """What does not hold, in words; empty if all does."""
    whole = json.loads(text)
    said, found = whole["statement"], []
    if key and said["public_key"] != key:
        found.append("another key")
    if not holds(said["public_key"], whole["signature"], canonical("gatehouse destruction 1", said)):
        found.append("statement")
    signed, signature = cbor2.loads(bytes.fromhex(said["head"]["encoded"]))
    domain, number, size, root, at_s, _, signer = cbor2.loads(signed)
    facts = said["head"]
    if domain != "gatehouse ledger head 1" or not holds(said["public_key"], signature.hex(), signed):
        found.append("head")
    if (facts["number"], facts["size"], facts["root"], facts["at_s"]) != (number, size, root.hex(), at_s):
        found.append("facts of the head")
    if signer.hex() != said["public_key"]:
        found.append("signer of the head")
    if "ended" not in whole:
        found.append("not ended")
        return found
    if not holds(
        said["closing_key"], whole["ended_signature"], canonical("gatehouse destruction ended 1", whole["ended"])
    ):
        found.append("end")
    if whole["ended"]["statement"] != whole["signature"]:
        found.append("end of another statement")
    if whole["ended"]["destroyed"] != [file["path"] for file in said["files"]]:
        found.append("files")
    return found


if __name__ == "__main__":
    wrong = problems(Path(sys.argv[1]).read_text(encoding="utf-8"), *sys.argv[2:3])
    print("; ".join(wrong) or "holds")
    sys.exit(bool(wrong))
