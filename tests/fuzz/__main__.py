"""Fuzzes every parser of the product, guided by what each input reaches. `make fuzz MINUTES=10`.

The target `sessions` is a pair of sessions with somebody on the cable, who does anything in any order.
What breaks a target is written to build/fuzz and printed with the command that shows it again; inputs that reach
something new join the corpus in tests/fuzz/corpus, which `make test` runs on both interpreters.
"""

import argparse
import os
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
MINUTES_MAX = 7 * 24 * 60
BREAKS = ("crash-", "timeout-", "oom-", "leak-")
SESSIONS = "sessions"
TOLD = re.compile(r"#(\d+)\s.*?cov: (\d+)")
TOLD_SESSIONS = re.compile(r"^#(\d+)$")
INTERRUPTED = 130
COLUMNS = (TextColumn("{task.description:<10}"), BarColumn(), TimeRemainingColumn(), TextColumn("{task.fields[told]}"))


@dataclass(slots=True)
class Hunt:
    """One target under way."""

    name: str
    folder: Path
    process: "subprocess.Popen[str]"
    said: "deque[str]" = field(default_factory=lambda: deque(maxlen=200))
    told: str = ""

    def listen(self) -> None:
        """Read what it says until it ends."""
        for line in self.process.stdout or ():
            self.said.append(line.rstrip())
            if match := TOLD.search(line):
                self.told = f"{match[1]} inputs, {match[2]} places"
            elif match := TOLD_SESSIONS.search(line.rstrip()):
                self.told = f"{match[1]} stories"

    def broken_by(self) -> list[Path]:
        """Inputs that broke it."""
        return sorted(path for path in self.folder.iterdir() if path.name.startswith(BREAKS))


def main() -> int:
    """Exit status 1 if anything was found, 130 after Ctrl-C."""
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
    hunts: list[Hunt] = []
    whole = True
    with Progress(*COLUMNS, console=Console(stderr=True)) as progress:
        try:
            hunted(asked.target, seconds, seed, progress, hunts)
        except KeyboardInterrupt:
            whole = False
            for hunt in hunts:
                hunt.process.terminate()
                hunt.process.wait()
    # A list, so that all of them are told.
    found = [told(hunt, console, seed, keep=not asked.no_keep, whole=whole) for hunt in hunts]
    if not whole:
        console.print("ended by Ctrl-C before it was over")
    return int(any(found)) if whole else INTERRUPTED


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--minutes", type=minutes, default=10.0, help="for all targets together (10)")
    choices = (*NAMES, SESSIONS, PLANTED)
    parser.add_argument("--target", nargs="+", choices=choices, default=[*NAMES, SESSIONS], help="only these")
    parser.add_argument("--seed", type=int, help="drawn if it is not given; a run with one thread can be repeated")
    parser.add_argument("--no-keep", action="store_true", help="leave the corpus in the tree as it is")
    parser.add_argument("--replay", nargs=2, metavar=("TARGET", "FILE"), help="run one input and show what comes of it")
    return parser.parse_args()


def minutes(text: str) -> float:
    """A time that ends; ValueError if it is none."""
    if not 0 < float(text) <= MINUTES_MAX:
        raise ValueError
    return float(text)


def replay(name: str, path: Path, console: Console) -> int:
    """One input, as it is or in hexadecimal; whatever it raises is shown."""
    try:
        data = path.read_bytes()
    except OSError as failure:
        console.print(f"{path} cannot be read: {failure.strerror}", style="red")
        return 2
    console.print(target(name)(data), markup=False, highlight=False)
    return 0


def hunted(names: "list[str]", seconds: int, seed: int, progress: Progress, hunts: "list[Hunt]") -> None:
    """All of them into `hunts`, a few at once."""
    waiting = deque(names)
    running: list[tuple[Hunt, threading.Thread, float, object]] = []
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            hunt = started(waiting.popleft(), seconds, seed)
            hunts.append(hunt)
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


def started(name: str, seconds: int, seed: int) -> Hunt:
    """A process for one target, with the corpus of the tree to begin with."""
    folder = FOUND / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "corpus").mkdir(parents=True)
    if name == SESSIONS:
        return Hunt(name, folder, launched("sessions", str(seconds), str(seed)))
    for number, data in enumerate(corpus.load(name)):
        (folder / "corpus" / f"tree-{number}").write_bytes(data)
    return Hunt(name, folder, launched("hunt", name, str(folder), str(seconds), str(seed)))


def launched(module: str, *arguments: str) -> "subprocess.Popen[str]":
    """A process of its own, which a Ctrl-C at the terminal does not reach: this one ends it in order."""
    command = [sys.executable, "-m", f"tests.fuzz.{module}", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0
    )


def told(hunt: Hunt, console: Console, seed: int, *, keep: bool, whole: bool) -> bool:
    """Say what came of it, take new inputs into the corpus; whether something was found."""
    broken = hunt.broken_by()
    for path in broken:
        where = path.relative_to(ROOT)
        again = f"make fuzz ARGS='--replay {hunt.name} {where}'"
        console.print(f"FOUND in {hunt.name}; again: {again}", style="red", soft_wrap=True)
    if broken:
        console.print("\n".join(hunt.said), markup=False, highlight=False, soft_wrap=True)
        return True
    if hunt.process.returncode and whole:
        said = "did not run"
        if hunt.name == SESSIONS:
            said = f"broke a promise; again: make fuzz ARGS='--target {SESSIONS} --seed {seed}'"
        console.print(f"{hunt.name} {said}", *hunt.said, sep="\n", markup=False, highlight=False)
        return True
    if hunt.name == SESSIONS:
        console.print(f"{hunt.name}: nothing found; {hunt.told}", highlight=False)
        return False
    before = corpus.load(hunt.name)
    grown = [path.read_bytes() for path in (hunt.folder / "corpus").iterdir()]
    run = target(hunt.name)
    new = arcs.newly(run, before, grown)
    if keep and new:
        corpus.save(hunt.name, [*before, *new])
    kept = f", now in {os.path.relpath(corpus.path(hunt.name))}" if keep and new else ""
    console.print(f"{hunt.name}: nothing found; {hunt.told}; {len(new)} reach something new{kept}", highlight=False)
    return False


if __name__ == "__main__":
    sys.exit(main())
