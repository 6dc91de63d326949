"""What an end tells the program around it, besides the messages themselves."""


class Up:
    """A session is trusted. identity: the gate's 8 bytes. count: the key count the session was made under."""

    def __init__(self, identity: bytes, count: int) -> None:
        self.identity = identity
        self.count = count


class Down:
    """The session is gone, with every tap, verdict and order in it. reason: a DOWN_ code."""

    def __init__(self, reason: int) -> None:
        self.reason = reason


class StoreKeys:
    """Gate only: make (count, chain_key) durable, zero the older entry, then call `keys_stored`.

    Nothing is sealed in the new session before that call.
    """

    def __init__(self, count: int, chain_key: bytes) -> None:
        self.count = count
        self.chain_key = chain_key


class KeysAdvanced:
    """House only: keep (count, chain_key) for `identity`. A late write is safe: the house can only lag behind."""

    def __init__(self, identity: bytes, count: int, chain_key: bytes) -> None:
        self.identity = identity
        self.count = count
        self.chain_key = chain_key


class Alarm:
    """The other end was refused. reason: a REFUSED_ code. identity: what it claimed to be, None if unknown."""

    def __init__(self, reason: int, identity: "bytes | None") -> None:
        self.reason = reason
        self.identity = identity


class StaleOrder:
    """Gate only: an order came too late and was dropped; the house is told by a Completion(order, COMPLETION_STALE)."""

    def __init__(self, order: int) -> None:
        self.order = order


class Here:
    """House only: a gate without keys is here. board, firmware: what it says of itself, unproven."""

    def __init__(self, board: bytes, firmware: bytes) -> None:
        self.board = board
        self.firmware = firmware
