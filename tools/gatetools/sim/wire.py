"""One direction of a serial wire: each byte arrives no earlier than its time on the wire, possibly damaged.

Pure: bytes and nanoseconds of the monotonic clock are arguments. Damage is drawn from a seed, so that a run can
be had again.
"""

import random
from collections import deque
from dataclasses import dataclass

BITS_PER_BYTE = 10  # 8N1: start bit, eight data bits, stop bit
# A UART hands bytes over in groups. All but the last byte of a burst may be this much late, none is early.
GROUP_NS = 500_000


@dataclass(frozen=True, slots=True)
class Damage:
    """How bad a wire is. Probabilities are for each byte; `delay_ns` is added to every byte."""

    flip: float = 0.0  # one bit of it is turned
    lose: float = 0.0
    duplicate: float = 0.0
    noise: float = 0.0  # a byte that nobody sent comes before it
    delay_ns: int = 0


NO_DAMAGE = Damage()


class Wire:
    """One direction. `baud` None = unlimited."""

    def __init__(self, baud: int | None, damage: Damage = NO_DAMAGE, seed: int = 0) -> None:
        self.set_baud(baud)
        self.damage = damage
        self.cut = False
        self._chance = random.Random(seed)
        self._under_way: deque[tuple[int, int]] = deque()
        self._free_at_ns = 0

    def set_baud(self, baud: int | None) -> None:
        """Change the speed for bytes that are put from now on. ValueError unless it is None or positive."""
        if baud is not None and baud <= 0:
            raise ValueError("a baud rate is a positive number, or None for no limit")
        # Rounded up: a byte is never early.
        self._byte_ns = 0 if baud is None else -(-BITS_PER_BYTE * 1_000_000_000 // baud)

    def put(self, data: bytes, now_ns: int) -> None:
        """The sender writes `data`; it leaves byte by byte behind what is still under way."""
        at_ns = max(now_ns, self._free_at_ns)
        for byte in data:
            at_ns += self._byte_ns
            if not self.cut:
                for arriving in self._damaged(byte):
                    self._under_way.append((at_ns + self.damage.delay_ns, arriving))
        self._free_at_ns = at_ns

    def take(self, now_ns: int) -> bytes:
        """What has arrived by now and was not taken before."""
        arrived = bytearray()
        while self._under_way and self._under_way[0][0] <= now_ns:
            arrived.append(self._under_way.popleft()[1])
        return bytes(arrived)

    def next_ns(self) -> int | None:
        """When to take next, None while nothing is under way."""
        if not self._under_way:
            return None
        return min(self._under_way[-1][0], self._under_way[0][0] + GROUP_NS)

    def under_way(self) -> int:
        """Bytes that have not arrived yet."""
        return len(self._under_way)

    def drop(self) -> None:
        """Lose everything that is under way."""
        self._under_way.clear()
        self._free_at_ns = 0

    def _damaged(self, byte: int) -> list[int]:
        harm, chance = self.damage, self._chance.random
        if harm is NO_DAMAGE:
            return [byte]
        arriving = [self._chance.randrange(256)] if chance() < harm.noise else []
        if chance() < harm.lose:
            return arriving
        if chance() < harm.flip:
            byte ^= 1 << self._chance.randrange(8)
        arriving.append(byte)
        if chance() < harm.duplicate:
            arriving.append(byte)
        return arriving
