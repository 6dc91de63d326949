"""Measures what the project claims, beside its nearest peers on the same line, and writes tests/bench/RESULTS.md.

Takes about half an hour; the machine should do nothing else meanwhile. The peers are installed into .venv-peers.
`--only gate` measures what years do to a gate, in a few minutes, `--only readers` what readers take, in one or two, and
`--only heap` the smallest heap of each lane that settings allow, in about ten; each writes its section alone. `--only
rush` measures a station at its fullest, in about an hour, `--only register` the register with ten million people, in
about ten minutes and 2 GB of disk; a whole run leaves those sections as they are.
"""

import argparse
import asyncio
import contextlib
import sys
from pathlib import Path

from gatetools.sim.station import new_loop
from rich.console import Console
from rich.markdown import Markdown
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "firmware"))

from tests.bench import (
    bars,
    combinations,
    footprint,
    gate_report,
    gate_side,
    lifetime,
    matrix,
    peers,
    plot,
    plot_bars,
    reader_report,
    report,
    sections,
)
from tests.bench.contenders import CONTENDERS
from tests.bench.register import chapter as register_chapter
from tests.bench.register import measure as register_measure
from tests.bench.rush import chapter
from tests.bench.rush import measure as rush_measure
from tests.bench.rush import picture as rush_picture

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build"
ROUNDS = 500
RESULTS = HERE / "RESULTS.md"
RUSH_SCENE_TAPS = 10_240  # a minute of 256 lanes at 40 each
COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def main() -> int:
    """Exit status 1 if a bar is missed."""
    asked = options()
    console = Console()
    if asked.only == "gate":
        return only_gate(asked.results, asked.taps, console)
    if asked.only == "readers":
        return only_readers(asked.results, console)
    if asked.only == "heap":
        return only_heap(asked.results, console)
    if asked.only == "rush":
        return only_rush(asked.results, asked.rush_taps, console)
    if asked.only == "register":
        return only_register(asked.results, asked.people, console)
    installed: dict[str, str] = {}
    with Progress(*COLUMNS, console=Console(stderr=True)) as progress:
        task = progress.add_task("the peers are installed", total=None)
        try:
            installed = {} if asked.ours else peers.install()
        except peers.PeersMissing as failure:
            progress.console.print(f"Without the peers, they do not install:\n{failure}", style="yellow")
        progress.remove_task(task)
        run = measured(asked.swipes, installed, progress, peers_too=not asked.ours, taps=asked.taps)
    rushed, sized = chapter.found(asked.results), sections.found(asked.results, register_chapter.HEADING)
    report.write(run, asked.results, asked.results.with_suffix(".svg"))
    chapter.keep(asked.results, rushed)
    if sized:
        sections.replace(asked.results, register_chapter.HEADING, sized)
    plot.draw(run.matrix, asked.results.with_suffix(".svg"))
    plot_bars.draw_times(run.readers.times, asked.results.with_name(reader_report.PICTURE))
    plot_bars.draw_heaps(run.heaps, asked.results.with_name(combinations.PICTURE))
    console.print(Markdown(asked.results.read_text(encoding="utf-8")))
    found = [*run.bars, *gate_report.bars(run.gate), *reader_report.bars(run.readers), *combinations.bars(run.heaps)]
    return told(found, console)


def only_gate(results: Path, taps: int, console: Console) -> int:
    """Measure the gate and write its section. Exit status 1 if a bar is missed."""
    loop = new_loop()
    run = gate_run(taps, loop, gate_side.measure())
    loop.close()
    gate_report.replace(results, run)
    console.print(Markdown(gate_report.section(run)))
    return told(gate_report.bars(run), console)


def only_readers(results: Path, console: Console) -> int:
    """Measure the readers and write their section. Exit status 1 if a bar is missed."""
    with contextlib.closing(new_loop()) as loop:
        run = reader_report.measure(loop, gate_side.measure())
    reader_report.write(results, run)
    plot_bars.draw_times(run.times, results.with_name(reader_report.PICTURE))
    console.print(Markdown(reader_report.section(run)))
    return told(reader_report.bars(run), console)


def only_heap(results: Path, console: Console) -> int:
    """Measure the heap of every lane that settings allow. Exit status 1 if one is over the bar."""
    with contextlib.closing(new_loop()) as loop:
        before = combinations.recorded(results.read_text(encoding="utf-8"))
        found = loop.run_until_complete(combinations.measure(before, lambda name: console.print(name, highlight=False)))
    combinations.write(results, found)
    plot_bars.draw_heaps(found, results.with_name(combinations.PICTURE))
    console.print(Markdown(combinations.section(found)))
    return told(combinations.bars(found), console)


def only_rush(results: Path, taps: int, console: Console) -> int:
    """Measure a station at its fullest, and write its section and picture. Exit status 1 if a bar is missed."""
    with Progress(*COLUMNS, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=None)
        scene_taps = min(taps, RUSH_SCENE_TAPS)
        run = rush_measure.measure(
            scene_taps, taps, lambda what, done: progress.update(task, description=what, completed=done, total=taps)
        )
    picture = results.with_name("RUSH.svg")
    rush_picture.draw(run.scenes, picture)
    chapter.keep(results, chapter.section(run, picture.name))
    console.print(Markdown(chapter.section(run, picture.name)))
    return told(chapter.bars(run), console)


def only_register(results: Path, people: int, console: Console) -> int:
    """Measure the register at size and write its section. Exit status 1 if a bar is missed."""
    with Progress(*COLUMNS, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=None)
        run = register_measure.measure(people, BUILD, lambda what: progress.update(task, description=what))
    sections.replace(results, register_chapter.HEADING, register_chapter.section(run))
    console.print(Markdown(register_chapter.section(run)))
    return told(register_chapter.bars(run), console)


def gate_run(taps: int, loop: asyncio.AbstractEventLoop, costs: list[gate_side.Cost]) -> gate_report.GateRun:
    """What years do to a gate."""
    heap = loop.run_until_complete(footprint.heap_left())
    return gate_report.GateRun(heap, lifetime.measure(taps), lifetime.week(), costs)


def told(found: list[bars.Bar], console: Console) -> int:
    """Say which bars were missed; exit status 1 if one was."""
    missed = [bar for bar in found if not bar.met]
    for bar in missed:
        console.print(f"MISSED: {bar.what}: {bar.measured}, asked {bar.asked}. Was the machine busy?", style="red")
    return 1 if missed else 0


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--swipes", type=rounds, default=ROUNDS, help=f"rounds in each cell of the table ({ROUNDS})")
    parser.add_argument("--ours", action="store_true", help="without the peers")
    parser.add_argument(
        "--results",
        type=Path,
        help="where the document goes (a whole run's beside the bench's code, others into build/)",
    )
    parser.add_argument(
        "--only",
        choices=["gate", "readers", "heap", "rush", "register"],
        help="one section alone; the others stay as they are",
    )
    parser.add_argument(
        "--taps", type=rounds, default=lifetime.TAPS, help=f"travellers in a gate's years ({lifetime.TAPS})"
    )
    parser.add_argument(
        "--rush-taps",
        type=rounds,
        default=rush_measure.HOUR_TAPS,
        help=f"taps without a pause at a full station, an hour's at 40 a minute and lane ({rush_measure.HOUR_TAPS})",
    )
    parser.add_argument(
        "--people",
        type=rounds,
        default=register_measure.PEOPLE,
        help=f"people in the register at size ({register_measure.PEOPLE})",
    )
    asked = parser.parse_args()
    if asked.results is None:
        asked.results = (HERE if asked.only or (asked.swipes == ROUNDS and not asked.ours) else BUILD) / "RESULTS.md"
    try:
        asked.results.parent.mkdir(parents=True, exist_ok=True)
        asked.results.open("a", encoding="utf-8").close()
    except OSError as failure:
        parser.error(f"--results {asked.results}: cannot be written ({failure.strerror})")
    return asked


def rounds(text: str) -> int:
    """A count of at least one; ValueError if it is none."""
    if int(text) < 1:
        raise ValueError
    return int(text)


def measured(count: int, installed: dict[str, str], progress: Progress, *, peers_too: bool, taps: int) -> report.Run:
    """Everything, one after the other."""
    contenders = [one for one in CONTENDERS if installed or not one.is_peer]
    task = progress.add_task("", total=count)
    loop = new_loop()
    filled = loop.run_until_complete(
        matrix.fill(count, contenders, lambda name, done: progress.update(task, description=name, completed=done))
    )
    progress.update(task, description="first card after power-up", completed=0, total=None)
    first_ms = loop.run_until_complete(footprint.first_card_ms())
    progress.update(task, description="smallest heap")
    heap_kb = loop.run_until_complete(footprint.smallest_heap_kb())
    progress.update(task, description="heap of every lane that settings allow")
    before = combinations.recorded(RESULTS.read_text(encoding="utf-8"))
    heaps = loop.run_until_complete(
        combinations.measure(before, lambda name: progress.update(task, description=f"heap, {name}"))
    )
    progress.update(task, description="the gate's side")
    costs = gate_side.measure()
    progress.update(task, description="readers")
    read = reader_report.measure(loop, costs)
    progress.update(task, description="the gate over years")
    years = gate_run(taps, loop, costs)
    loop.close()
    found = bars.of_matrix(filled, peers=peers_too) + bars.of_footprint(first_ms, heap_kb)
    return report.Run(count, filled, costs, found, installed, years, read, heaps)


if __name__ == "__main__":
    sys.exit(main())
