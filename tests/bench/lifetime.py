"""What years do to a gate: the memory that it holds, its longest pause, the wear of its flash, a week without a house.

The compiled firmware on the gate's interpreter, with a house, on virtual time; the flash is a model, so a pause has no
erase in it. Times are this machine's: read them in paces, see `gate_side`.
"""

import os
import tempfile
from dataclasses import dataclass

from gatetools.build import compile_firmware
from gatetools.chip.partitions import SECTOR_BYTES, named

from tests.bench.gate_side import HERE, printed

HEAP = "heapsize=512k"  # the house and the bench are in it; what is reported is how much it grows
LIMIT_S = 7200
TAPS = 20_000
CYCLES = 100_000  # of a block, 25-series data sheets
PER_MINUTE = 40
BLOCKS = named("journal").size // SECTOR_BYTES
WEEK_TAPS = 7 * 24 * 60 * PER_MINUTE


@dataclass(frozen=True, slots=True)
class Lifetime:
    """`held`: bytes allocated after each tenth of the taps. worst_us: the longest pass without the collector,
    collected_us: the collector, each pass at its quickest, for other programs of this machine lengthen some. worst:
    in which visit that pass was; parts_us: its parts by name. sessions: handshakes. stored: how often the settings
    that the house tells in each session were written. wraps: ends of the ticks. erases, key_erases: of journal and
    keys. pace_us: see `gate_side.Cost`.
    """

    taps: int
    days: int
    wraps: int
    sessions: int
    stored: int
    passages: int
    held: tuple[int, ...]
    worst_us: int
    collected_us: int
    worst: str
    parts_us: dict[str, int]
    pace_us: float
    erases: int
    key_erases: int

    @property
    def growth(self) -> int:
        """Bytes between the first tenth and the last."""
        return self.held[-1] - self.held[0]

    @property
    def erases_per_thousand(self) -> float:
        """Passages."""
        return 1000 * self.erases / self.passages

    @property
    def years(self) -> float:
        """Until the first block has been erased CYCLES times, at PER_MINUTE passages around the clock."""
        per_year = self.erases / self.passages * PER_MINUTE * 60 * 24 * 365.25
        return CYCLES * BLOCKS / per_year


def measure(taps: int = TAPS) -> Lifetime:
    """Let a gate serve so many travellers. NotMeasured if it does not come through."""
    return read(_ran("years.py", taps))


def _ran(program: str, *arguments: int) -> str:
    """What a program of the folder `chip` printed."""
    tree = compile_firmware(keep_names=True)
    chip = HERE.parents[1] / "tools" / "gatetools" / "sim" / "machine"
    with tempfile.TemporaryDirectory() as folder:
        places = {
            "MICROPYPATH": f"{chip}:{HERE / 'chip'}:{HERE.parent / 'both'}:{tree}:{tree / 'lib'}:.frozen",
            "GATE_BOARD": "lane_a",
            "GATE_FLASH": folder,
        }
        told = str(HERE / "chip" / program), *(str(number) for number in arguments)
        return printed("-X", HEAP, *told, env={**os.environ, **places}, limit_s=LIMIT_S)


def read(told: str) -> Lifetime:
    """What the program printed."""
    lines = [line.split() for line in told.splitlines()]
    tenths = [[int(word) for word in words] for kind, *words in lines if kind == "tenth"]
    counted = next([int(word) for word in words] for kind, *words in lines if kind == "passed")
    passages, sessions, stored, days, wraps = counted
    pace_us = next(float(words[0]) for kind, *words in lines if kind == "pace")
    (worst_us, collected_us, *worst) = next(words for kind, *words in lines if kind == "pause")
    return Lifetime(
        taps=tenths[-1][0],
        days=days,
        wraps=wraps,
        sessions=sessions,
        stored=stored,
        passages=passages,
        held=tuple(tenth[1] for tenth in tenths),
        worst_us=int(worst_us),
        collected_us=int(collected_us),
        worst=" ".join(worst),
        parts_us={words[0]: int(words[1]) for kind, *words in lines if kind == "part"},
        pace_us=pace_us,
        erases=tenths[-1][2],
        key_erases=tenths[-1][3],
    )


@dataclass(frozen=True, slots=True)
class Week:
    """A week of taps without a house: how many were taken, how many of them came out, in how many records."""

    taps: int
    told: int
    records: int
    room: int


def week() -> Week:
    """Count it out on a journal of a gate's size."""
    told, records, room = (int(word) for word in _ran("week.py", WEEK_TAPS, BLOCKS).split()[1:])
    return Week(WEEK_TAPS, told, records, room)
