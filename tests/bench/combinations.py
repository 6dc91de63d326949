"""The smallest heap of each lane that settings allow: every board, reader and sign, with all else that a lane can have.

A lane without the card module has the heap of its driver more than the same one with it, so it is not measured.
"""

import importlib
import re
from collections.abc import Awaitable, Callable, Iterator
from itertools import combinations
from pathlib import Path

from gate.chosen import PORTS
from gate.rules import SettingsInvalid
from gate.settings import SIGNS, Settings

from tests.bench import footprint, sections
from tests.bench.bars import HEAP_KB, Bar

HEADING = "## Heap of what may be connected"
COMMAND = "--only heap"
PICTURE = "HEAP.svg"
BOARDS = ("lane_a", "devkit")
CARD_MODULE = "sam_v"
GUESS_KB = 186
FAR_KB = 24  # so far from a guess it is sought
ROW = re.compile(r"^\| (\w+) \| ([\w, ]+) \| (\w+|none) \| (\d+) kB", re.M)

Lane = tuple[str, tuple[str, ...], str]  # board, readers, sign or ""


def allowed() -> Iterator[Lane]:
    """Each lane with the card module that settings do not refuse."""
    others = sorted(set(PORTS) - {CARD_MODULE})
    for name in BOARDS:
        board = importlib.import_module(f"boards.{name}")
        for count in range(len(others) + 1):
            for more in combinations(others, count):
                for sign in ("", *SIGNS):
                    readers = (CARD_MODULE, *more)
                    try:
                        Settings({"readers": list(readers), "signs": [sign] if sign else []}, board)
                    except SettingsInvalid:
                        continue
                    yield name, readers, sign


def recorded(text: str) -> dict[Lane, int]:
    """Lane -> kB, as the section of RESULTS.md has it."""
    section = text.partition(HEADING)[2].partition("\n## ")[0]
    return {
        (board, tuple(readers.split(", ")), "" if sign == "none" else sign): int(kb)
        for board, readers, sign, kb in ROW.findall(section)
    }


async def measure(before: dict[Lane, int], progress: Callable[[str], None]) -> dict[Lane, int | None]:
    """Lane -> the smallest heap in whole kB, None if it is far above the bar. before: where to begin to look."""
    found: dict[Lane, int | None] = {}
    for lane in allowed():
        board, readers, sign = lane
        progress(f"{board}: {', '.join(readers)} {sign}")

        def serves(
            kb: int, board: str = board, readers: tuple[str, ...] = readers, sign: str = sign
        ) -> Awaitable[bool]:
            return footprint.serves(kb, board, readers, sign)

        found[lane] = await smallest(before.get(lane, GUESS_KB), serves)
    return found


async def smallest(guess_kb: int, serves: Callable[[int], Awaitable[bool]]) -> int | None:
    """The smallest heap that serves, sought from a guess outwards; None if it is FAR_KB above it."""
    step = 1
    if await serves(guess_kb):
        high, low = guess_kb, guess_kb - step
        while await serves(low):
            step *= 2
            high, low = low, low - step
    else:
        low, high = guess_kb, guess_kb + step
        while not await serves(high):
            if high >= guess_kb + FAR_KB:
                return None
            step *= 2
            low, high = high, high + step
    while high - low > 1:
        middle = (low + high) // 2
        if await serves(middle):
            high = middle
        else:
            low = middle
    return high


def bars(found: dict[Lane, int | None]) -> list[Bar]:
    """One for each board: its costliest lane."""
    rows = []
    for board in BOARDS:
        heaps = {lane: kb for lane, kb in found.items() if lane[0] == board}
        over = [lane for lane, kb in heaps.items() if kb is None or kb > HEAP_KB]
        costliest = max(heaps, key=lambda lane: heaps[lane] or HEAP_KB + FAR_KB)
        told = f"{heaps[costliest]} kB with {named(costliest)}, the most of {len(heaps)}"
        if over:
            told += f"; over it: {'; '.join(named(lane) for lane in over)}"
        rows.append(Bar(f"smallest heap of each allowed lane, {board}", f"{HEAP_KB} kB", told, not over))
    return rows


def named(lane: Lane) -> str:
    """Readers and sign, for people."""
    return " + ".join((*lane[1], lane[2]) if lane[2] else lane[1])


def section(found: dict[Lane, int | None]) -> str:
    """Markdown, from its heading on."""
    rows = [
        (board, ", ".join(readers), sign or "none", f"over {HEAP_KB} kB" if kb is None else f"{kb} kB")
        + ("**no**" if kb is None or kb > HEAP_KB else "yes",)
        for (board, readers, sign), kb in found.items()
    ]
    explained = (
        "The smallest heap, in kB of this 64-bit interpreter, in which a lane with everything serves (`serves` in "
        f"`tests/bench/footprint.py`), {HEAP_KB} kB being about 100 KB of a chip; about 24 kB of it are the chip "
        "model's, and with Wiegand 2 kB more for its pin interrupts. The collector's moments move a figure by a "
        "kilobyte or two. Lanes without the card module need less than the same with it."
    )
    parts = [
        HEADING,
        sections.when(COMMAND),
        explained,
        f"![Smallest heap of each lane]({PICTURE})",
        sections.table(("board", "readers", "sign", "smallest heap", f"within {HEAP_KB} kB"), rows),
    ]
    return "\n\n".join(parts) + "\n"


def write(path: Path, found: dict[Lane, int | None]) -> None:
    """Into RESULTS.md."""
    sections.replace(path, HEADING, section(found))
