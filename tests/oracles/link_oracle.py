"""Plays either end of gatelink 1's handshake and seals and opens frames, from the specification alone.

Shares nothing with the package: hmac and hashlib, `cryptography`'s AES-CCM and HKDF, cbor2, cobs.
"""

import hashlib
import hmac
import os

import cbor2
from cobs import cobs
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PROTECTED = cbor2.dumps({1: 10}, canonical=True)
ENC_STRUCTURE = cbor2.dumps(["Encrypt0", PROTECTED, b""], canonical=True)


def wire(body):
    return b"\0" + cobs.encode(body) + b"\0"


def bodies(data):
    return [cobs.decode(piece) for piece in data.split(b"\0") if piece]


def tag(key, label, *parts):
    return hmac.new(key, label + b"".join(parts), hashlib.sha256).digest()[:16]


def step(chain_key):
    return hmac.new(chain_key, b"gatelink1 step", hashlib.sha256).digest()


class Direction:
    """Key and context IV of one direction."""

    def __init__(self, key, context_iv, kid):
        self.key = key
        self.aead = AESCCM(key, tag_length=8)
        self.context_iv = context_iv
        self.kid = kid
        self.counter = 0

    def nonce(self, counter):
        padded = counter.to_bytes(13, "big")
        return bytes(a ^ b for a, b in zip(self.context_iv, padded, strict=True))

    def seal(self, array):
        self.counter += 1
        partial_iv = self.counter.to_bytes(3, "big").lstrip(b"\0")
        plain = cbor2.dumps(array, canonical=True)
        sealed = self.aead.encrypt(self.nonce(self.counter), plain, ENC_STRUCTURE)
        return cbor2.dumps([PROTECTED, {4: self.kid, 6: partial_iv}, sealed], canonical=True)

    def open(self, body):
        protected, unprotected, sealed = cbor2.loads(body)
        assert protected == PROTECTED
        assert unprotected[4] == self.kid
        counter = int.from_bytes(unprotected[6], "big")
        return list(cbor2.loads(self.aead.decrypt(self.nonce(counter), sealed, ENC_STRUCTURE)))


def directions(chain_key, hello, answer):
    """(gate to house, house to gate)."""
    salt = hashlib.sha256(hello + answer).digest()
    out = HKDF(hashes.SHA256(), 60, salt, b"gatelink1 keys").derive(chain_key)
    kid = out[58:60]
    return Direction(out[0:16], out[16:29], kid), Direction(out[29:45], out[45:58], kid)


class House:
    """The house's end: answers a HELLO, proves itself, says READY."""

    def __init__(self, static_key, count, chain_key):
        self.static_key, self.count, self.chain_key = static_key, count, chain_key

    def answer(self, hello):
        kind, _identity, _nonce, count, versions = cbor2.loads(hello)
        assert kind == 1
        assert versions[0] <= 1 <= versions[1]
        for _ in range(count - self.count):
            self.chain_key = step(self.chain_key)
        self.hello = hello
        unproven = [2, os.urandom(16), [1]]
        proof = tag(self.static_key, b"gatelink1 house", hello, cbor2.dumps(unproven, canonical=True))
        self.answer_body = cbor2.dumps([*unproven, proof], canonical=True)
        return self.answer_body

    def ready(self, proof):
        assert cbor2.loads(proof) == [3, tag(self.static_key, b"gatelink1 gate", self.hello, self.answer_body)]
        self.incoming, self.outgoing = directions(self.chain_key, self.hello, self.answer_body)
        return self.outgoing.seal([0, 0, 0])


class Gate:
    """The gate's end: says HELLO, proves itself."""

    def __init__(self, identity, static_key, count, chain_key):
        self.identity, self.static_key, self.count, self.chain_key = identity, static_key, count, chain_key

    def hello(self):
        self.hello_body = cbor2.dumps([1, self.identity, os.urandom(16), self.count, [1, 1]], canonical=True)
        return self.hello_body

    def proof(self, answer):
        *unproven, proof = cbor2.loads(answer)
        unproven_body = cbor2.dumps(unproven, canonical=True)
        assert proof == tag(self.static_key, b"gatelink1 house", self.hello_body, unproven_body)
        self.outgoing, self.incoming = directions(self.chain_key, self.hello_body, answer)
        return cbor2.dumps([3, tag(self.static_key, b"gatelink1 gate", self.hello_body, answer)], canonical=True)
