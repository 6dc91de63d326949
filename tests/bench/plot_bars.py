"""Pictures of the sections on readers and on heap: a bar for each row, beside what it is measured against."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.bench.bars import HEAP_KB
from tests.bench.combinations import FAR_KB, Lane, named
from tests.bench.readers import Times

WIRE_COLOUR, OURS_COLOUR, OVER_COLOUR = "#b0bec5", "#0d47a1", "#c62828"
STYLE = {"svg.hashsalt": "gatehouse", "svg.fonttype": "none", "font.size": 9}


def draw_times(times: Sequence[Times], path: Path) -> None:
    """From a card's first byte to the tap, the wire's own part in grey. The same bytes for the same numbers."""
    with mpl.rc_context(STYLE):
        figure, axes = _figure([one.name for one in times])
        for row, one in enumerate(times):
            longest = max(one.bytes_ms)
            axes.barh(row, min(one.wire_ms, longest), color=WIRE_COLOUR, label="wire" if row == 0 else None)
            beyond = max(0.0, longest - one.wire_ms)
            axes.barh(row, beyond, left=one.wire_ms, color=OURS_COLOUR, label="beyond it" if row == 0 else None)
        axes.set_xlabel("ms from the first byte or pulse of a card to its tap, the longest")
        _save(figure, path)


def draw_heaps(heaps: dict[Lane, int | None], path: Path) -> None:
    """The smallest heap of each lane, and the bar as a line."""
    with mpl.rc_context(STYLE):
        figure, axes = _figure([f"{lane[0]}: {named(lane)}" for lane in heaps])
        for row, kb in enumerate(heaps.values()):
            size = HEAP_KB + FAR_KB if kb is None else kb
            axes.barh(row, size, color=OURS_COLOUR if size <= HEAP_KB else OVER_COLOUR)
        axes.axvline(HEAP_KB, color=OVER_COLOUR, label=f"{HEAP_KB} kB")
        axes.set_xlim(left=150)
        axes.set_xlabel("smallest heap that serves, kB of the 64-bit interpreter")
        _save(figure, path)


def _figure(names: Sequence[str]) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(10, 0.9 + 0.22 * len(names)), layout="constrained")
    axes = figure.subplots()
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.grid(axis="x", color="#eceff1")
    axes.set_axisbelow(True)
    return figure, axes


def _save(figure: Figure, path: Path) -> None:
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    figure.savefig(path, format="svg", metadata={"Date": None})
