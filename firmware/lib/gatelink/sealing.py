"""Sealed bodies: one COSE_Encrypt0 each (RFC 9052 section 5.2), AES-CCM-16-64-128, external AAD empty.

    [ <<{1: 10}>>, {4: kid, 6: partial IV}, ciphertext ]       untagged, deterministic CBOR

nonce = context IV (13 bytes) XOR the counter, left-padded with zeros (RFC 9052 section 3.1, Partial IV).
"""

from gatelink.errors import DamagedFrame, LocalError
from gatelink.limits import COUNTER_LIMIT, TAG_BYTES, WINDOW_FRAMES
from gatelink.suite import Suite

PROTECTED = b"\xa1\x01\x0a"  # {1: 10}: algorithm AES-CCM-16-64-128
# Enc_structure of RFC 9052 section 5.3: ["Encrypt0", protected, external AAD h'']
AAD = b"\x83\x68Encrypt0\x43" + PROTECTED + b"\x40"


def nonce(context_iv: bytes, counter: int) -> bytes:
    """The 13-byte nonce of frame `counter`."""
    tail = counter ^ int.from_bytes(context_iv[9:], "big")
    return context_iv[:9] + tail.to_bytes(4, "big")


class Sealer:
    """Seals the frames of one direction under consecutive counters, from 1."""

    def __init__(self, suite: Suite, key: bytes, context_iv: bytes, kid: bytes) -> None:
        self._suite = suite
        self._cipher = suite.cipher(key)
        self._iv = context_iv
        self._kid = kid
        self._head = b""
        self._head_for_bytes = 0  # of partial IV
        self.counter = 0

    def spent(self) -> bool:
        """Whether the counters are used up, but for the frames that may be due at once."""
        return self.counter + WINDOW_FRAMES >= COUNTER_LIMIT

    def seal(self, array: "list[object]") -> bytes:
        """The sealed body that holds `array`; LocalError when the counters of this session are used up."""
        if self.counter + 1 >= COUNTER_LIMIT:
            raise LocalError("session has used up its counters")
        self.counter += 1
        size = 1 if self.counter < 0x100 else 2 if self.counter < 0x10000 else 3
        partial_iv = self.counter.to_bytes(size, "big")
        if size != self._head_for_bytes:
            self._head_for_bytes = size
            self._head = self._head_before(partial_iv)
        encode = self._suite.encode
        sealed = self._cipher.seal(nonce(self._iv, self.counter), encode(array), AAD)
        return self._head + partial_iv + encode(sealed)

    def _head_before(self, partial_iv: bytes) -> bytes:
        """What stands before a partial IV of this size in every frame of the session: it is encoded once."""
        whole = self._suite.encode([PROTECTED, {4: self._kid, 6: partial_iv}, b""])
        return whole[: -len(partial_iv) - 1]  # the empty string is one byte


def envelope(decoded: object) -> "tuple[bytes, int, bytes]":
    """(kid, counter, ciphertext) of a decoded body; DamagedFrame if it is not a sealed one."""
    if not isinstance(decoded, list) or len(decoded) != 3 or decoded[0] != PROTECTED:
        raise DamagedFrame("not a sealed frame")
    header, sealed = decoded[1], decoded[2]
    if not isinstance(header, dict) or len(header) != 2:
        raise DamagedFrame("header")
    kid, partial_iv = header.get(4), header.get(6)
    if not isinstance(kid, bytes) or len(kid) != 2:
        raise DamagedFrame("kid")
    if not isinstance(partial_iv, bytes) or not 1 <= len(partial_iv) <= 3 or not partial_iv[0]:
        raise DamagedFrame("partial IV")
    if not isinstance(sealed, bytes) or len(sealed) < TAG_BYTES:
        raise DamagedFrame("ciphertext")
    return kid, int.from_bytes(partial_iv, "big"), sealed


class Opener:
    """Opens the frames of one direction, each counter once (window as in RFC 4303 section 3.4.3)."""

    def __init__(self, suite: Suite, key: bytes, context_iv: bytes) -> None:
        self._suite = suite
        self._cipher = suite.cipher(key)
        self._iv = context_iv
        self._newest = 0
        self._seen = 0  # bit i: counter newest - i was taken

    def open(self, counter: int, sealed: bytes) -> "object | None":
        """The array inside, or None for a replay. DamagedFrame if it was changed or made without the key."""
        behind = self._newest - counter
        if behind >= WINDOW_FRAMES or (behind >= 0 and self._seen >> behind & 1):
            return None
        try:
            plain = self._cipher.open(nonce(self._iv, counter), sealed, AAD)
        except ValueError:
            raise DamagedFrame("does not open")
        if behind < 0:
            self._seen = (self._seen << -behind | 1) & ((1 << WINDOW_FRAMES) - 1) if -behind < WINDOW_FRAMES else 1
            self._newest = counter
        else:
            self._seen |= 1 << behind
        try:
            return self._suite.decode(plain)
        except ValueError:
            raise DamagedFrame("opens, but holds no CBOR")
