"""What a run has to reach."""

import math
from dataclasses import dataclass

from tests.bench.cell import Cell, Condition
from tests.bench.contenders import STOCK, TIGHT, WHOLE, Contender
from tests.bench.matrix import BETWEEN, LINES, Matrix

BEYOND_WIRE_MS = 10.0
TIMES_STOCK = 5.0
TIMES_TIGHT = 1.5
READY_MS = 3000.0
HEAP_KB = 192
CLEAN = Condition(115200, 0.0)
NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: what, the bar in words, the figure in words, whether it is met."""

    what: str
    asked: str
    measured: str
    met: bool


def of_matrix(matrix: Matrix, *, peers: bool = True) -> list[Bar]:
    """The bars on latency and on promises; what was not measured is missed. `peers`: whether they were to be there."""
    found = []
    for condition in (CLEAN, BETWEEN, *(Condition(baud, 0.0) for baud in LINES if baud is None)):
        one = matrix[WHOLE, condition]
        if one is not None:
            found.append(_beyond_wire(one, binding=condition == CLEAN))
        else:
            found.append(Bar(f"card's last byte to relay, {condition.line}", "-", NOT_MEASURED, met=False))
    if peers:
        found += _against(matrix, STOCK, TIMES_STOCK) + _against(matrix, TIGHT, TIMES_TIGHT)
    ours = [one for one in matrix.cells.values() if one.contender == WHOLE.key]
    wrong = sum(one.wrong for one in ours)
    visits = sum(one.asked for one in ours)
    where = ", ".join(f"{one.condition.line} {one.condition.damage}" for one in ours if one.wrong)
    figure = f"{wrong} in {visits} visits" + (f" ({where})" if where else "")
    found.append(Bar("whole: wrong openings, lost and doubled reports", "0", figure, wrong == 0 and visits > 0))
    return found


def of_footprint(first_card_ms: float, heap_kb: int | None) -> list[Bar]:
    """The bars on what the firmware needs."""
    heap = "none up to 192 kB" if heap_kb is None else f"{heap_kb} kB, about 24 kB of it the chip model"
    return [
        Bar(
            "process start to first card served",
            f"{READY_MS:.0f} ms",
            f"{first_card_ms:.0f} ms",
            first_card_ms <= READY_MS,
        ),
        Bar("smallest heap that boots and serves, 64-bit", f"{HEAP_KB} kB", heap, heap_kb is not None),
    ]


def _beyond_wire(one: Cell, *, binding: bool) -> Bar:
    wire_ms = one.wire_ms()
    figure = f"p50 {one.p50_ms:.1f}, p99 {one.p99_ms:.1f} ms, wire {wire_ms:.1f} ms"
    if wire_ms:
        figure += f", p99 / wire {one.p99_ms / wire_ms:.2f}"
    asked = f"p99 at most wire + {BEYOND_WIRE_MS:.0f} ms" if binding else "-"
    met = not binding or one.p99_ms <= wire_ms + BEYOND_WIRE_MS
    return Bar(f"card's last byte to relay, {one.condition.line}", asked, figure, met)


def _against(matrix: Matrix, peer: Contender, times: float) -> list[Bar]:
    ours, theirs = matrix[WHOLE, CLEAN], matrix[peer, CLEAN]
    if ours is None or theirs is None:
        return [Bar(f"beside {peer.title}", f"{times:g} x faster", NOT_MEASURED, met=False)]
    found = []
    for name in ("p50", "p99"):
        mine, other = getattr(ours, f"{name}_ms"), getattr(theirs, f"{name}_ms")
        factor = math.inf if math.isinf(other) else other / mine
        figure = f"{factor:.1f} x ({other:.1f} ms against {mine:.1f} ms)"
        found.append(Bar(f"{name} beside {peer.title}", f"{times:g} x faster", figure, factor >= times))
    return found
