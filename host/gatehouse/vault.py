"""Seals and opens what the key file holds, under the data key that a protector wraps."""

from collections.abc import Callable

from gatelink.keys import HouseKeys
from gatelink.limits import KEY_BYTES

from gatehouse.keyfile_error import KeyFileError
from gatehouse.seal import SealBroken, seal, unseal

ADVICE = "That row was damaged or changed. Restore the keys from a backup: gatehouse restore keys"


class Vault:
    """Every seal is bound to its row, so that rows cannot be exchanged."""

    def __init__(self, data_key: bytes) -> None:
        """`data_key`: 32 bytes."""
        self.data_key = data_key

    def seal_gate(self, identity: bytes, keys: HouseKeys) -> bytes:
        """Static key and chain key, bound to identity and count."""
        return seal(self.data_key, keys.static_key + keys.chain_key, _gate_place(identity, keys.count))

    def open_gate(self, identity: bytes, lane: str, count: int, sealed: bytes) -> bytes:
        """Static key and chain key. KeyFileError, which names the lane, if the row is not as it was sealed."""
        try:
            return unseal(self.data_key, sealed, _gate_place(identity, count))
        except (SealBroken, OverflowError):
            raise KeyFileError(f"the keys of lane {lane} cannot be opened. {ADVICE}") from None

    def seal_secret(self, name: str, key: bytes) -> bytes:
        """The key of a purpose, bound to its name."""
        return seal(self.data_key, key, _secret_place(name))

    def open_secret(self, name: str, sealed: bytes) -> bytes:
        """KeyFileError if the row is not as it was sealed."""
        try:
            return unseal(self.data_key, sealed, _secret_place(name))
        except SealBroken:
            raise KeyFileError(f"the key of the {name} cannot be opened. {ADVICE}") from None


class SealedKeys(HouseKeys):
    """Keys of a gate that stay sealed until one of them is asked for; KeyFileError then, if their row is damaged.

    So lists of gates hold no key, and a damaged row is listed, and can be revoked, all the same.
    """

    def __init__(self, count: int, open_: Callable[[], bytes]) -> None:
        """`open_()`: static key and chain key, one after the other."""
        self.count = count
        self._open = open_

    def __getattr__(self, name: str) -> bytes:
        if name not in {"static_key", "chain_key"}:
            raise AttributeError(name)
        both = self._open()
        self.static_key, self.chain_key = both[:KEY_BYTES], both[KEY_BYTES:]
        return self.static_key if name == "static_key" else self.chain_key


def _gate_place(identity: bytes, count: int) -> bytes:
    return b"gatehouse gate" + count.to_bytes(8, "big") + identity


def _secret_place(name: str) -> bytes:
    return b"gatehouse secret" + name.encode()
