"""The serial cable between one gate and one gatehouse: paced, and in reach of whoever wants to damage it."""

from collections.abc import Callable
from dataclasses import dataclass

from .clockwork import Clockwork
from .frames import cut, kind_of

BITS_PER_BYTE = 10
TO_HOUSE = "g>h"
TO_GATE = "h>g"

# What becomes of a frame: pieces, each with the milliseconds that it comes late.
Pieces = list[tuple[int, bytes]]
Treatment = Callable[[str, str, bytes], "Pieces | None"]


@dataclass
class Direction:
    """One pair of wires. `taker`: who gets what arrives."""

    taker: Callable[[bytes], None] = lambda _: None
    free_at_ms: float = 0.0


class Cable:
    """`treat(direction, kind, frame)` may change what becomes of a frame; None leaves it alone.

    `arrived(direction, kind)` is told after the other side has taken a whole frame.
    """

    def __init__(self, clockwork: Clockwork, baud: int) -> None:
        self.treat: Treatment | None = None
        self.arrived: Callable[[str, str], None] = lambda _direction, _kind: None
        self.directions = {TO_HOUSE: Direction(), TO_GATE: Direction()}
        self.whole = True
        self._clockwork = clockwork
        self._baud = baud
        self._generation = 0

    def put(self, direction: str, data: bytes) -> None:
        """An end sends."""
        for frame in cut(data):
            kind = kind_of(frame)
            pieces = self.treat(direction, kind, frame) if self.treat else None
            for late_ms, piece in [(0, frame)] if pieces is None else pieces:
                self.inject(direction, piece, late_ms, kind)

    def inject(self, direction: str, data: bytes, late_ms: int = 0, kind: str = "noise") -> None:
        """Bytes on the wire, whoever sent them."""
        way = self.directions[direction]
        wire_ms = len(data) * BITS_PER_BYTE * 1000 / self._baud
        way.free_at_ms = max(way.free_at_ms, self._clockwork.ms) + wire_ms
        generation = self._generation
        moment_ms = -int(-way.free_at_ms // 1) + late_ms

        def deliver() -> None:
            if self.whole and generation == self._generation:
                way.taker(data)
                self.arrived(direction, kind)

        self._clockwork.at(moment_ms, deliver)

    def sever(self) -> None:
        """Cut: what is on the wire is lost, and so is all that follows."""
        self.whole = False
        self._generation += 1

    def mend(self) -> None:
        """Whole again."""
        self.whole = True
