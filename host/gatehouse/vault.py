"""Seals and opens what the key file holds, under the data key that a protector wraps."""

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

    def open_gate(self, identity: bytes, lane: str, count: int, sealed: bytes) -> HouseKeys:
        """KeyFileError, which names the lane, if the row is not as it was sealed."""
        try:
            both = unseal(self.data_key, sealed, _gate_place(identity, count))
        except (SealBroken, OverflowError):
            raise KeyFileError(f"the keys of lane {lane} cannot be opened. {ADVICE}") from None
        return HouseKeys(both[:KEY_BYTES], count, both[KEY_BYTES:])

    def seal_secret(self, name: str, key: bytes) -> bytes:
        """The key of a purpose, bound to its name."""
        return seal(self.data_key, key, _secret_place(name))

    def open_secret(self, name: str, sealed: bytes) -> bytes:
        """KeyFileError if the row is not as it was sealed."""
        try:
            return unseal(self.data_key, sealed, _secret_place(name))
        except SealBroken:
            raise KeyFileError(f"the key of the {name} cannot be opened. {ADVICE}") from None


def _gate_place(identity: bytes, count: int) -> bytes:
    return b"gatehouse gate" + count.to_bytes(8, "big") + identity


def _secret_place(name: str) -> bytes:
    return b"gatehouse secret" + name.encode()
