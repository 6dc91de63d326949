"""Fuzzes every parser of the product, guided by what each input reaches. `make fuzz MINUTES=10`.

What breaks a target is written to build/fuzz and printed with the command that shows it again; inputs that reach
something new join the corpus in tests/fuzz/corpus, which `make test` runs on both interpreters.
"""

import argparse
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / part) for part in ("tests", "tests/both", "firmware")]

from rich.console import Console  # noqa: E402
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: E402

from fuzz.targets import NAMES, PLANTED, target  # noqa: E402 - the paths come first
from tests.fuzz import arcs, corpus  # noqa: E402

FOUND = ROOT / "build" / "fuzz"
AT_ONCE = 2
BREAKS = ("crash-", "timeout-", "oom-", "leak-")
TOLD = re.compile(r"#(\d+)\s.*?cov: (\d+)")
COLUMNS = (TextColumn("{task.description:<10}"), BarColumn(), TimeRemainingColumn(), TextColumn("{task.fields[told]}"))


@dataclass(slots=True)
class Hunt:
    """One target under way."""

    name: str
    folder: Path
    process: "subprocess.Popen[str]"
    said: "deque[str]" = field(default_factory=lambda: deque(maxlen=40))
    told: str = ""

    def listen(self) -> None:
        """Read what it says until it ends."""
        for line in self.process.stdout or ():
            self.said.append(line.rstrip())
            if match := TOLD.search(line):
                self.told = f"{match[1]} inputs, {match[2]} places"

    def broken_by(self) -> list[Path]:
        """Inputs that broke it."""
        return sorted(path for path in self.folder.iterdir() if path.name.startswith(BREAKS))


def main() -> int:
    """Exit status 1 if anything was found."""
    asked = options()
    console = Console()
    if asked.replay:
        return replay(asked.replay[0], Path(asked.replay[1]), console)
    try:
        import atheris  # noqa: F401 - only whether it is there
    except ImportError:
        console.print(
            "Fuzzing needs atheris, whose wheels are for Linux on x86-64 and CPython up to 3.13. "
            "On this machine `make test` still runs the corpus.",
            style="red",
        )
        return 2
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(1, 1 << 31)
    console.print(f"seed {seed}")
    seconds = max(2, round(asked.minutes * 60 * AT_ONCE / len(asked.target)))
    with Progress(*COLUMNS, console=Console(stderr=True)) as progress:
        hunts = hunted(asked.target, seconds, seed, progress)
    # A list, so that all of them are told.
    found = [told(hunt, console, keep=not asked.no_keep) for hunt in hunts]
    return int(any(found))


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="for all targets together (10)")
    parser.add_argument("--target", nargs="+", choices=(*NAMES, PLANTED), default=list(NAMES), help="only these")
    parser.add_argument("--seed", type=int, help="drawn if it is not given; a run with one thread can be repeated")
    parser.add_argument("--no-keep", action="store_true", help="leave the corpus in the tree as it is")
    parser.add_argument("--replay", nargs=2, metavar=("TARGET", "FILE"), help="run one input and show what comes of it")
    return parser.parse_args()


def replay(name: str, path: Path, console: Console) -> int:
    """One input, as it is or in hexadecimal; whatever it raises is shown."""
    try:
        data = path.read_bytes()
    except OSError as failure:
        console.print(f"{path} cannot be read: {failure.strerror}", style="red")
        return 2
    console.print(target(name)(data), markup=False, highlight=False)
    return 0


def hunted(names: "list[str]", seconds: int, seed: int, progress: Progress) -> "list[Hunt]":
    """All of them, a few at once."""
    waiting = deque(names)
    running: list[tuple[Hunt, threading.Thread, float, object]] = []
    over: list[Hunt] = []
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            hunt = started(waiting.popleft(), seconds, seed)
            listener = threading.Thread(target=hunt.listen)
            listener.start()
            task = progress.add_task(hunt.name, total=seconds, told="")
            running.append((hunt, listener, time.monotonic(), task))
        for entry in list(running):
            hunt, listener, since, task = entry
            listener.join(0.2)
            progress.update(task, completed=min(seconds, time.monotonic() - since), told=hunt.told)
            if not listener.is_alive():
                hunt.process.wait()
                progress.update(task, completed=seconds)
                running.remove(entry)
                over.append(hunt)
    return over


def started(name: str, seconds: int, seed: int) -> Hunt:
    """A process for one target, with the corpus of the tree to begin with."""
    folder = FOUND / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "corpus").mkdir(parents=True)
    for number, data in enumerate(corpus.load(name)):
        (folder / "corpus" / f"tree-{number}").write_bytes(data)
    command = [sys.executable, "-m", "tests.fuzz.hunt", name, str(folder), str(seconds), str(seed)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return Hunt(name, folder, process)


def told(hunt: Hunt, console: Console, *, keep: bool) -> bool:
    """Say what came of it, take new inputs into the corpus; whether something was found."""
    broken = hunt.broken_by()
    for path in broken:
        where = path.relative_to(ROOT)
        again = f"make fuzz ARGS='--replay {hunt.name} {where}'"
        console.print(f"FOUND in {hunt.name}; again: {again}", style="red", soft_wrap=True)
    if broken:
        console.print("\n".join(hunt.said), markup=False, highlight=False, soft_wrap=True)
        return True
    if hunt.process.returncode:
        console.print(f"{hunt.name} did not run:", *hunt.said, sep="\n", markup=False, highlight=False)
        return True
    before = corpus.load(hunt.name)
    grown = [path.read_bytes() for path in (hunt.folder / "corpus").iterdir()]
    run = target(hunt.name)
    new = arcs.newly(run, before, grown)
    if keep:
        corpus.save(hunt.name, [*before, *new])
    console.print(f"{hunt.name}: nothing found; {hunt.told}; {len(new)} reach something new", highlight=False)
    return False


if __name__ == "__main__":
    sys.exit(main())
