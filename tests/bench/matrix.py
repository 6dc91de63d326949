"""Every contender on every line, one after the other: two processes at a time have the machine to themselves."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from gatetools.sim.station import StationFailed

from tests.bench import cell, whole
from tests.bench.cell import Cell, CellFailed, Condition
from tests.bench.contenders import CONTENDERS, WHOLE, Contender

LINES = (115200, None)
FLIPS = (0.0, 0.001, 0.01)
CONDITIONS = tuple(Condition(baud, flip) for baud in LINES for flip in FLIPS)
BETWEEN = Condition(460800, 0.0)  # only ours: its speed is a setting, and no peer's default
BUDGET_S = 90.0
SEED = 1


@dataclass(slots=True)
class Matrix:
    """What came of it. `failed`: why a cell is empty."""

    cells: dict[tuple[str, Condition], Cell] = field(default_factory=dict)
    failed: dict[tuple[str, Condition], str] = field(default_factory=dict)

    def __getitem__(self, place: tuple[Contender, Condition]) -> Cell | None:
        contender, condition = place
        return self.cells.get((contender.key, condition))


async def fill(
    rounds: int, contenders: Sequence[Contender] = CONTENDERS, progress: Callable[[str, int], None] = lambda *_: None
) -> Matrix:
    """`progress` is told which cell it is, and how many rounds of it are over."""
    matrix = Matrix()
    places = [(contender, condition) for condition in CONDITIONS for contender in contenders]
    if WHOLE in contenders:
        places.append((WHOLE, BETWEEN))
    for contender, condition in places:
        name = f"{contender.title}, {condition.line}, {condition.damage}"
        progress(name, 0)
        try:
            one = await measured(contender, condition, rounds, lambda done, name=name: progress(name, done))
        except (CellFailed, StationFailed) as failure:
            matrix.failed[contender.key, condition] = str(failure)
        else:
            matrix.cells[contender.key, condition] = one
    return matrix


def measured(
    contender: Contender, condition: Condition, rounds: int, progress: Callable[[int], None]
) -> Awaitable[Cell]:
    """One cell. CellFailed."""
    if contender is WHOLE:
        return whole.measure(condition, rounds, BUDGET_S, SEED, progress)
    return cell.measure(contender, condition, rounds, BUDGET_S, SEED, progress)
