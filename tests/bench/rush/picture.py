"""How long travellers wait, by platform: one panel for each scene; and what the house holds, minute by minute."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.bench.rush.measure import FULL_MINUTES, Rush, Scene
from tests.bench.rush.town import REGIONS

COLOURS = dict(zip(REGIONS, ("#c62828", "#0d47a1", "#2e7d32", "#6a1b9a", "#ef6c00"), strict=True))
BUDGET_MS = 800
FIRST_MS, LAST_MS = 1.0, 2000.0
POINTS = 400


def draw(run: Rush, path: Path) -> None:
    """Write an SVG: the part of a platform's travellers that have their verdict after so long, and the memory."""
    with mpl.rc_context({"svg.hashsalt": "gatehouse", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(10, 6.4), layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=(3.6, 2.8))
        panels = above.subplots(1, len(run.scenes), sharey=True)
        for axes, scene in zip(panels, run.scenes, strict=True):
            _panel(axes, scene)
        _memory(below.subplots(), run)
        panels[0].set_ylabel("travellers with a verdict, %")
        above.supxlabel("ms from card to verdict, at the gate; dashed: the budget", fontsize=9)
        handles, labels = panels[0].get_legend_handles_labels()
        above.legend(handles, labels, loc="outside upper center", ncols=len(REGIONS), frameon=False)
        figure.savefig(path, format="svg", metadata={"Date": None})


def _memory(axes: Axes, run: Rush) -> None:
    axes.plot(range(len(run.memory_mb)), run.memory_mb, color="#37474f", linewidth=1.4)
    axes.set_ylim(0, 1.15 * max(run.memory_mb))
    axes.set_ylabel("held by the gatehouse, MB")
    axes.set_xlabel("minutes of the last rush; dashed: by then as many answers are remembered as live at once")
    axes.axvline(FULL_MINUTES, color="#455a64", linestyle="--", linewidth=1)
    axes.grid(color="#eceff1")


def _panel(axes: Axes, scene: Scene) -> None:
    axes.set_title(scene.name, loc="left")
    axes.set_xscale("log")
    axes.set_xlim(FIRST_MS, LAST_MS)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.grid(color="#eceff1")
    axes.axvline(BUDGET_MS, color="#455a64", linestyle="--", linewidth=1)
    for name, colour in COLOURS.items():
        times_ms = sorted(time_s * 1000 for time_s in scene.found.times_s.get(name, []))
        if times_ms:
            places = sorted({round(at * (len(times_ms) - 1) / POINTS) for at in range(POINTS + 1)})
            xs, ys = [times_ms[at] for at in places], [100 * (at + 1) / len(times_ms) for at in places]
            axes.plot(xs, ys, color=colour, linewidth=1.4, label=name)
