"""The links side by side as a picture: one panel for each line, one row for each contender."""

import math
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.bench.cell import Condition
from tests.bench.contenders import CONTENDERS
from tests.bench.matrix import FLIPS, LINES, Matrix

COLOURS = ("#1b5e20", "#fb8c00", "#c62828")  # by damage
OURS_COLOUR = "#0d47a1"
NEVER_MS = 20_000.0  # where a row ends whose p99 never came


def draw(matrix: Matrix, path: Path) -> None:
    """Write an SVG: from p50 (dot) to p99 (bar's end) of each cell, the same bytes for the same numbers."""
    with mpl.rc_context({"svg.hashsalt": "gatehouse", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(10, 5.2), layout="constrained")
        panels = figure.subplots(1, len(LINES), sharey=True)
        for axes, baud in zip(panels, LINES, strict=True):
            _panel(axes, matrix, baud)
        axes = panels[0]
        axes.set_yticks(range(len(CONTENDERS)), [one.title for one in CONTENDERS])
        for label, one in zip(axes.get_yticklabels(), CONTENDERS, strict=True):
            label.set_color("black" if one.is_peer else OURS_COLOUR)
        axes.invert_yaxis()
        for flip, colour in zip(FLIPS, COLOURS, strict=True):
            axes.plot([], [], color=colour, marker="o", linewidth=4, label=Condition(None, flip).damage)
        figure.supxlabel("ms from event to decision: p50 (dot) to p99; an arrow: more than 1 % never came", fontsize=9)
        figure.legend(loc="outside upper center", ncols=len(FLIPS), frameon=False)
        figure.savefig(path, format="svg", metadata={"Date": None})


def _panel(axes: Axes, matrix: Matrix, baud: int | None) -> None:
    axes.set_title(Condition(baud, 0).line, loc="left")
    axes.set_xscale("log")
    axes.set_xlim(0.3, NEVER_MS * 2)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.grid(axis="x", which="both", color="#eceff1")
    axes.set_axisbelow(True)
    for row, contender in enumerate(CONTENDERS):
        for number, (flip, colour) in enumerate(zip(FLIPS, COLOURS, strict=True)):
            one = matrix[contender, Condition(baud, flip)]
            if one is None:
                continue
            height = row + 0.22 * (number - 1)
            median, worst = (min(value, NEVER_MS) for value in (one.p50_ms, one.p99_ms))
            axes.plot([median, worst], [height, height], color=colour, linewidth=4, solid_capstyle="butt")
            if not math.isinf(one.p50_ms):
                axes.plot([median], [height], color=colour, marker="o", markersize=5)
            if math.isinf(one.p99_ms):
                axes.plot([worst], [height], color=colour, marker=">", markersize=7)
