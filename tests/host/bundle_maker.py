"""A health office that makes bundles by the format's description alone, with none of the product's code."""

import datetime
import hashlib
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ROWS = b"number,colour,updated\n110101199001010015,green,2026-11-23T08:00:00+08:00\n"


class Office:
    """One issuer. `seed`: 32 bytes, its private key."""

    def __init__(self, seed=b"o" * 32, name="Office"):
        self.name = name
        self.private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    def facts(self, rows=ROWS, **changed):
        """What the second line says, with some of it changed, and what is None left out."""
        told = {
            "issuer": self.name,
            "key": self.public,
            "serial": 7,
            "kind": "whole",
            "issued": "2026-11-23T06:00:00+08:00",
            "valid_until": "2026-11-24T06:00:00+08:00",
            "length": len(rows),
            "sha256": hashlib.sha256(rows).hexdigest(),
            **changed,
        }
        return {name: value for name, value in told.items() if value is not None}

    def bundle(self, rows=ROWS, **changed):
        """A whole file."""
        return self.signed(json.dumps(self.facts(rows, **changed), ensure_ascii=False).encode() + b"\n", rows)

    def signed(self, line, rows=ROWS):
        """A file with this second line, whatever it is."""
        head = b"gatehouse-bundle 1\n" + line
        return head + self.private.sign(head).hex().encode() + b"\n" + rows


OFFICE, OTHERS = Office(), Office(b"s" * 32, "Others")
NOW = datetime.datetime.now(datetime.UTC)
SET = f"{NOW - datetime.timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"
ISSUED = f"{NOW - datetime.timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
UNTIL = f"{NOW + datetime.timedelta(hours=6):%Y-%m-%dT%H:%M:%SZ}"
# Of a station that trusts the one and not the others.
SETTINGS = f"""
[bundles]
station = "Hall B"
[bundles.issuers.city]
key = "{OFFICE.public}"
"""
