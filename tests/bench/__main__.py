"""Prints the numbers. Takes some minutes; the machine should do nothing else meanwhile."""

import argparse
import platform
import sys

from gatetools.pictures.link import frame_sizes
from gatetools.sim.station import new_loop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tests.bench import footprint
from tests.bench.latency import BAR_BEYOND_WIRE_MS, Latency, measure

SPEEDS = (115200, 460800, None)
READY_MS = 3000


def main() -> int:
    """Exit status 1 if a bar is missed or the checker found anything."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--swipes", type=int, default=500, help="swipes for each line speed (500)")
    swipes = parser.parse_args().swipes
    console = Console()
    console.print(f"{platform.platform()}, CPython {platform.python_version()}")
    results = []
    loop = new_loop()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        for baud in SPEEDS:
            task = progress.add_task(f"{swipes} swipes at {speed(baud)}", total=swipes)
            results.append(loop.run_until_complete(measure(baud, swipes, lambda task=task: progress.advance(task))))
        task = progress.add_task("first card after power-up", total=None)
        first_ms = loop.run_until_complete(footprint.first_card_ms())
        progress.update(task, description="smallest heap")
        heap_kb = loop.run_until_complete(footprint.smallest_heap_kb())
    loop.close()
    console.print(latency_table(results))
    console.print(f"process start -> first card served: {first_ms:.0f} ms (bar: ready within 3000 ms)")
    console.print(
        f"peak heap: {heap_kb} kB is the smallest that boots and serves swipes, about 26 kB of it the chip model"
    )
    console.print("\nbytes on the wire for each kind of frame\n\n" + frame_sizes())
    missed = [f"{speed(r.baud)}: the checker objects {r.wrong} times" for r in results if r.wrong]
    missed += [
        f"{speed(r.baud)}: p99 is more than {BAR_BEYOND_WIRE_MS:.0f} ms beyond the wire; was the machine busy?"
        for r in results
        if r.baud == 115200 and r.p99_ms > r.wire_ms + BAR_BEYOND_WIRE_MS
    ]
    missed += ["no heap up to 192 kB serves swipes"] if heap_kb is None else []
    missed += [f"the first card took more than {READY_MS} ms"] if first_ms > READY_MS else []
    for bar in missed:
        console.print(f"MISSED: {bar}", style="red")
    return 1 if missed else 0


def latency_table(results: list[Latency]) -> Table:
    """Latency beside the wire's own time."""
    table = Table(
        "line", "swipes", "wire ms", "p50 ms", "p99 ms", "max ms", "p99 - wire", "p99 / wire", "wrong",
        title="card's last byte -> relay pin; wrong: openings that should not be, lost and doubled reports",
    )  # fmt: skip
    for r in results:
        ratio = f"{r.p99_ms / r.wire_ms:.2f}" if r.wire_ms else "-"
        times = [f"{ms:.1f}" for ms in (r.wire_ms, r.p50_ms, r.p99_ms, max(r.measured_ms), r.p99_ms - r.wire_ms)]
        table.add_row(speed(r.baud), str(len(r.measured_ms)), *times, ratio, str(r.wrong))
    return table


def speed(baud: int | None) -> str:
    """A line speed for people."""
    return "no limit" if baud is None else f"{baud} Bd"


if __name__ == "__main__":
    sys.exit(main())
