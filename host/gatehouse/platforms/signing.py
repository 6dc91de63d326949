"""A signature over sorted parameters, as gateways ask for it."""

import base64
from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes, hmac

from gatehouse.person import wipe
from gatehouse.platforms.template import Template, Value

DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {"sha256": hashes.SHA256, "sm3": hashes.SM3}


def signature(
    algorithm: str,
    parameters: Mapping[str, Template],
    values: Mapping[str, Value],
    *,
    before: Template,
    after: Template,
    key: Template,
    encoding: str,
    skip_empty: bool,
) -> bytes:
    """The signature of `before` + "name=value&..." + `after`, names in the order of their bytes.

    algorithm: "sha256", "hmac-sha256", "sm3" or "hmac-sm3". encoding: "hex", "HEX" or "base64".
    skip_empty: parameters without a value are left out.
    """
    text = before.fill(values)
    first = True
    for name, template in sorted(parameters.items(), key=lambda one: one[0].encode()):
        value = template.fill(values)
        if value or not skip_empty:
            text += (b"" if first else b"&") + name.encode() + b"="
            text += value
            first = False
        wipe(value)
    text += after.fill(values)
    try:
        return _encoded(_digest(algorithm, text, bytes(key.fill(values))), encoding)
    finally:
        wipe(text)


def _digest(algorithm: str, text: bytearray, key: bytes) -> bytes:
    made = DIGESTS[algorithm.removeprefix("hmac-")]()
    context = hmac.HMAC(key, made) if algorithm.startswith("hmac-") else hashes.Hash(made)
    context.update(text)
    return context.finalize()


def _encoded(digest: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return base64.b64encode(digest)
    return (digest.hex().upper() if encoding == "HEX" else digest.hex()).encode()
