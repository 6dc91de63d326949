"""Faults by the thousand: after each the link must be back by itself, nothing lost, doubled or opened wrongly."""

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The firmware is no installed package; tests/both holds its bench.
sys.path[:0] = [str(ROOT / "tests" / "both"), str(ROOT / "firmware")]

from gatetools.histogram import histogram, percentile  # noqa: E402 - the paths come first
from rich.console import Console  # noqa: E402
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: E402
from rich.table import Table  # noqa: E402

from . import episode, plot  # noqa: E402
from .recovery import Recovery  # noqa: E402

FAULTS = 100_000
PROCESS_FAULTS = 2_000
COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
PICTURES = ROOT / "tests" / "campaign"
BUILD = ROOT / "build"
INTERRUPTED = 130


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="make campaign", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="every fault follows from it (1)")
    parser.add_argument("--faults", type=positive, help=f"how many ({FAULTS}; {PROCESS_FAULTS} on processes)")
    parser.add_argument("--processes", action="store_true", help="on real processes and paced ptys, in real time")
    parser.add_argument("--only", type=index, help="replay this fault, with those before it in its world")
    parser.add_argument(
        "--plot",
        type=writable,
        help="where the picture goes (a whole run's beside the campaign's code, others into build/)",
    )
    return parser.parse_args()


def positive(text: str) -> int:
    """A count of at least one; ValueError if it is none."""
    if int(text) < 1:
        raise ValueError
    return int(text)


def index(text: str) -> int:
    """A fault's number; ValueError if it is none."""
    if int(text) < 0:
        raise ValueError
    return int(text)


def main() -> int:
    """Exit status 1 if any promise was broken, 130 after Ctrl-C."""
    asked = options()
    logging.disable(logging.CRITICAL)
    console = Console()
    count = asked.faults or (PROCESS_FAULTS if asked.processes else FAULTS)
    print(f"seed {asked.seed}")
    found: list[Recovery] = []
    if asked.only is None:
        whole = watched(found, count, asked)
        return told(found, asked, console, whole=whole)
    if asked.processes:
        on_processes(asked.seed, count, found.append, asked.only)
    else:
        found = replay(asked.seed, asked.only)
    if not found:
        print(f"there is no fault {asked.only} in this run")
        return 2
    return told(found, asked, console, whole=True)


def virtual(seed: int, count: int) -> "Generator[Recovery]":
    """Faults 0 to `count` - 1 on virtual time, on all cores."""
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("fork")) as pool:
        firsts = range(0, count, episode.FAULTS)
        jobs = [pool.submit(_episode, seed, first, min(count, first + episode.FAULTS)) for first in firsts]
        try:
            for job in as_completed(jobs):
                yield from job.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _episode(seed: int, first: int, end: int) -> "list[Recovery]":
    return list(episode.run(seed, first, end))


def replay(seed: int, only: int) -> "list[Recovery]":
    """One fault, after those that came before it in its world."""
    first, _ = episode.episode_of(only)
    return [one for one in episode.run(seed, first, only + 1) if one.index == only]


def on_processes(seed: int, count: int, note: "Callable[[Recovery], None]", only: "int | None" = None) -> None:
    """The same against real processes."""
    from .processes.run import run

    run(count, seed, note, only)


def watched(found: "list[Recovery]", count: int, asked: argparse.Namespace) -> bool:
    """All of them into `found`, with a bar; a broken promise is told at once. False if Ctrl-C ended it."""
    with Progress(*COLUMNS, console=Console(stderr=True)) as progress:
        task = progress.add_task("faults", total=count)

        def note(one: Recovery) -> None:
            found.append(one)
            progress.advance(task)
            if not one.clean:
                progress.console.print(sentence(one, asked))

        try:
            if asked.processes:
                on_processes(asked.seed, count, note)
            else:
                with contextlib.closing(virtual(asked.seed, count)) as recoveries:
                    for one in recoveries:
                        note(one)
        except KeyboardInterrupt:
            return False
    return True


def sentence(one: Recovery, asked: argparse.Namespace) -> str:
    """What was broken, and the command that shows it again."""
    processes = " --processes" if asked.processes else ""
    again = f"make campaign ARGS='--seed {asked.seed}{processes} --only {one.index}'"
    return f"fault {one.index} ({one.family}): {'; '.join(one.findings)}\n  again: {again}"


def told(found: "list[Recovery]", asked: argparse.Namespace, console: Console, *, whole: bool) -> int:
    """The summary, the picture, the exit status."""
    families = plot.by_family(found)
    table = Table(title="ms until both ends talk again", title_justify="left")
    for heading in ("fault", "how many", "p50", "p90", "p99", "max"):
        table.add_column(heading, justify="left" if heading == "fault" else "right")
    for name, times in families.items():
        table.add_row(name, str(len(times)), *(f"{percentile(times, share):.0f}" for share in plot.SHARES))
    console.print(table)
    for line in histogram([max(plot.FLOOR_MS, one) for times in families.values() for one in times], "ms"):
        print(line)
    broken = [one for one in found if not one.clean]
    print(f"{len(found)} faults, {len(broken)} broken promises, seed {asked.seed}")
    for one in broken[:20]:
        print(sentence(one, asked))
    if not whole:
        print("ended by Ctrl-C before it was over")
    if found and asked.only is None:
        path = picture(asked, whole=whole)
        plot.draw(found, f"{len(found)} faults, seed {asked.seed}: how long until the link is back", path)
        print(f"picture: {os.path.relpath(path)}")
    return 1 if broken else 0 if whole else INTERRUPTED


def writable(text: str) -> Path:
    """A path that can be written; ValueError if it cannot."""
    try:
        Path(text).open("ab").close()
    except OSError as failure:
        raise argparse.ArgumentTypeError(f"{text} cannot be written ({failure.strerror})") from None
    return Path(text)


def picture(asked: argparse.Namespace, *, whole: bool) -> Path:
    """Where it goes: only what a whole run shows stands in the documents."""
    folder = PICTURES if whole and asked.faults is None else BUILD
    folder.mkdir(parents=True, exist_ok=True)
    return asked.plot or folder / ("recovery_processes.svg" if asked.processes else "recovery.svg")


if __name__ == "__main__":
    sys.exit(main())
