"""Suites that note every (key, nonce) under which something is sealed, and what it was."""

from gatehouse.suite import HouseSuite
from gatelink.suite import Cipher
from suites import GateSuite


class Sealed:
    """`times`: (key, nonce) -> the plaintexts sealed under it, in order."""

    def __init__(self):
        self.times = {}

    def note(self, key, nonce, plaintext):
        self.times.setdefault((bytes(key), bytes(nonce)), []).append(bytes(plaintext))

    def repeated(self):
        """The pairs that were used more than once."""
        return [pair for pair, plaintexts in self.times.items() if len(plaintexts) > 1]


class NotedCipher(Cipher):
    """Seals as the real one does."""

    def __init__(self, cipher, key, sealed):
        self._cipher, self._key, self._sealed = cipher, key, sealed

    def seal(self, nonce, plaintext, aad):
        self._sealed.note(self._key, nonce, plaintext)
        return self._cipher.seal(nonce, plaintext, aad)

    def open(self, nonce, sealed, aad):
        return self._cipher.open(nonce, sealed, aad)


def record(monkeypatch):
    """From here on everything that either side seals is noted."""
    sealed = Sealed()
    for suite in (GateSuite, HouseSuite):
        real = suite.cipher
        monkeypatch.setattr(suite, "cipher", lambda self, key, real=real: NotedCipher(real(self, key), key, sealed))
    return sealed
