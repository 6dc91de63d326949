"""How long the link needed to be back, as a picture: one row for each family of faults."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from gatetools.histogram import percentile
from matplotlib.figure import Figure

from .recovery import Recovery

SHARES = (0.5, 0.9, 0.99, 1.0)
COLOURS = ("#1b5e20", "#7cb342", "#fb8c00", "#c62828")
FLOOR_MS = 0.5  # on a logarithmic axis "at once" needs a place


def by_family(recoveries: Sequence[Recovery]) -> "dict[str, list[float]]":
    """Recovery times of what came back, sorted by their median."""
    found: dict[str, list[float]] = {}
    for one in recoveries:
        if one.recovery_ms is not None:
            found.setdefault(one.family, []).append(one.recovery_ms)
    return dict(sorted(found.items(), key=lambda item: (percentile(item[1], 0.5), percentile(item[1], 0.99))))


def draw(recoveries: Sequence[Recovery], title: str, path: Path) -> None:
    """Write an SVG: for each family four shares of its recoveries, the same bytes for the same numbers."""
    families = by_family(recoveries)
    with mpl.rc_context({"svg.hashsalt": "gatehouse", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(8, 0.5 + 0.34 * max(4, len(families))), layout="constrained")
        axes = figure.add_subplot()
        for row, times in enumerate(families.values()):
            marks = [max(FLOOR_MS, percentile(times, share)) for share in SHARES]
            axes.plot([marks[0], marks[-1]], [row, row], color="#b0bec5", linewidth=5, solid_capstyle="round", zorder=1)
            axes.scatter(marks, [row] * len(SHARES), c=COLOURS, s=26, zorder=2)
        axes.set_yticks(range(len(families)), [f"{name}  ({len(times)})" for name, times in families.items()])
        axes.set_xscale("log")
        axes.set_xlabel("ms from the end of the fault until both ends talk again")
        axes.grid(axis="x", which="both", color="#eceff1")
        axes.set_axisbelow(True)
        axes.set_title(title, loc="left")
        for share, colour in zip(SHARES, COLOURS, strict=True):
            axes.scatter([], [], c=colour, s=26, label="max" if share == 1 else f"{share:.0%}")
        figure.legend(loc="outside lower center", ncols=len(SHARES), frameon=False)
        figure.savefig(path, format="svg", metadata={"Date": None})
