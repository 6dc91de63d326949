"""What hangs on a gate beside its turnstile: its readers, each behind a tty or two wires, and its sign."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gatetools.sim import pn532, qr, sam_v
from gatetools.sim.board import Board
from gatetools.sim.cards import Card
from gatetools.sim.pn532 import Pn532, Tag
from gatetools.sim.qr import Qr
from gatetools.sim.reader import Reader
from gatetools.sim.sam_v import SamV
from gatetools.sim.sign import Sign, Told
from gatetools.sim.wiegand import WiegandReader

SIGN = "sign"
# Reader -> what may be wrong with it. What a Wiegand reader sends nobody asks for: it can only be unplugged.
FAULTS = {"sam_v": sam_v.FAULTS, "qr": qr.FAULTS, "pn532": pn532.FAULTS, "wiegand": ()}
SOUND = "none"


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a lane has. `readers`: their names in the gate's settings. `sign`: one of sign.KINDS, "" for none.

    `qr_ending`: how a QR module is set, one of qr.ENDINGS. `wiegand_bits`: what a Wiegand reader sends, 26 or 34.
    """

    readers: tuple[str, ...] = ("sam_v",)
    sign: str = ""
    qr_ending: str = "cr"
    wiegand_bits: int = 26


@dataclass(frozen=True, slots=True)
class Seen:
    """Who is told what left a reader whole, with the microsecond of its last byte, and what the sign tells people."""

    card: Callable[[Card, int], None]
    tag: Callable[[Tag, int], None]
    code: Callable[[bytes, int], None]
    frame: Callable[[str, int], None]
    sign: Callable[[Told], None] = field(default=lambda _told: None)


class Fittings:
    """Of one gate. The card module is always there, also where no gate asks it; what is not fitted is None."""

    def __init__(self, board: Board, fitted: Fitted, seen: Seen, read_us: int = 100_000) -> None:
        """read_us: how long the card module reads."""
        self.fitted = fitted
        self.module = SamV(read_us)
        self.pn532 = Pn532() if "pn532" in fitted.readers else None
        self.qr = Qr(fitted.qr_ending) if "qr" in fitted.readers else None
        self.wiegand = WiegandReader(self._pulse, seen.frame)
        self.drive: Callable[[int, int, int], None] = lambda _pin, _level, _us: None
        self.reader: Reader[Card] | None = None
        self.tags: Reader[Tag] | None = None
        self.scanner: Reader[bytes] | None = None
        self.sign: Sign | None = None
        self.qr_path: Path | None = None  # of the line that PN532, QR module and sign are on
        self._board = board
        self._seen = seen

    def attach_card_module(self, path: Path | None) -> Reader[Card]:
        """The modelled one. path: the name that a fresh tty gets, None = none of its own."""
        self.reader = Reader(self.module, path, self._seen.card)
        return self.reader

    def start(self, qr_path: Path) -> None:
        """Attach all others. qr_path: the name that a fresh tty gets.

        `drive(pin, level, us)` is where the wires of a Wiegand reader lead.
        """
        if self.fitted.sign:
            self.sign = Sign(self.fitted.sign, None if self.qr is not None else qr_path, self._seen.sign)
        if self.pn532 is not None:
            self.tags = Reader(self.pn532, qr_path, self._seen.tag)
        if self.qr is not None:
            hears = None if self.sign is None else self.sign.hear
            self.scanner = Reader(self.qr, qr_path, self._seen.code, hears)
        self.qr_path = qr_path if self.tags or self.scanner or self.sign else None

    def close(self) -> None:
        """All of them are gone."""
        for _, reader in self._readers():
            reader.close()
        if self.sign is not None:
            self.sign.close()

    def inputs(self) -> dict[int, int]:
        """The wires of a Wiegand reader, which idle high."""
        return {self._wire(wire): 1 for wire in (0, 1)} if "wiegand" in self.fitted.readers else {}

    def output_changed(self, pin: int, value: int, us: int) -> None:
        """The gate drives an output; one of them is the reset line of PN532 and QR module, active low."""
        if pin != self._board["QR_RESET"]:
            return
        if self.pn532 is not None:
            self.pn532.reset(us, active=value == 0)
        if self.qr is not None and value == 0:
            self.qr.power_cycle(us)

    def plug(self, name: str, *, plugged: bool) -> bool:
        """Pull a reader's plug or the sign's, or put it back; False if it is not fitted."""
        if name == SIGN:
            found: Any = self.sign
        elif name == "wiegand":
            found = self.wiegand if name in self.fitted.readers else None
        else:
            found = dict(self._readers()).get(name)
        if found is not None:
            found.plugged = plugged
        return found is not None

    def spoil(self, name: str, fault: str) -> bool:
        """A reader is broken from now on, in one of the ways of FAULTS, or SOUND; False if it is not fitted."""
        reader = dict(self._readers()).get(name)
        if reader is not None:
            reader.module.fault = None if fault == SOUND else fault
        return reader is not None

    def take_away(self) -> None:
        """Whatever lies on a reader or is held before it."""
        for _, reader in self._readers():
            reader.remove()

    def put_back(self) -> None:
        """Everything is plugged in and sound, and nothing lies on it."""
        for name in (*FAULTS, SIGN):
            self.plug(name, plugged=True)
            self.spoil(name, SOUND)
        self.take_away()

    def _readers(self) -> Iterator[tuple[str, Reader[Any]]]:
        for name, reader in (("sam_v", self.reader), ("pn532", self.tags), ("qr", self.scanner)):
            if reader is not None:
                yield name, reader

    def _pulse(self, wire: int, level: int, us: int) -> None:
        self.drive(self._wire(wire), level, us)

    def _wire(self, wire: int) -> int:
        return self._board[f"WIEGAND_D{wire}"]
