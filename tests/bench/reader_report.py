"""The section of RESULTS.md on readers. It can be measured and written alone, and says when it was."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench import readers, sections, whole
from tests.bench.bars import CLEAN, Bar
from tests.bench.cell import Cell
from tests.bench.footprint import WIDER
from tests.bench.gate_side import Cost
from tests.bench.readers import BACK_MS, SILENCE_MS, TOLD_MS, Recovery, Times, typical

HEADING = "## Readers"
COMMAND = "--only readers"
PICTURE = "READERS.svg"
SEED = 20261125
RUNS, VISITS = 3, 60
# Card's last byte to relay at 115200 Bd when there was one reader and no other feature: two whole runs of this bench,
# of 500 visits each, on the kind of machine named at the top.
FIRST_P50_MS = (12.9, 13.0)
FIRST_P99_MS = (15.1, 16.5)
NOISE_MS = 1.5  # between medians of two runs that is noise: a machine that does nothing else has less
PASS_MS = 2  # beyond the wire, what a driver may take; a pass of this clock is 1 ms
SILENT = ("Wiegand", "none: silence")  # ends that are told by silence


@dataclass(frozen=True, slots=True)
class ReadersRun:
    """heaps: (reader or sign, bytes more). relay: runs from a card's last byte to the relay. costs: of the gate."""

    times: Sequence[Times]
    recoveries: Sequence[Recovery]
    heaps: Sequence[tuple[str, int | None]]
    relay: Sequence[Cell]
    costs: Sequence[Cost]


def measure(loop: asyncio.AbstractEventLoop, costs: Sequence[Cost]) -> ReadersRun:
    """All of it: one or two minutes. costs: of `gate_side`."""
    heaps = loop.run_until_complete(readers.heaps())
    relay = [
        loop.run_until_complete(whole.measure(CLEAN, VISITS, 60.0, seed, lambda _: None)) for seed in range(1, RUNS + 1)
    ]
    return ReadersRun(readers.times(SEED), readers.recoveries(SEED), heaps, relay, costs)


def limit_ms(one: Times) -> float:
    """What its bytes need on the wire, the silence that ends some, and a pass or two."""
    silence_ms = SILENCE_MS if any(word in one.name for word in SILENT) else 0
    return one.wire_ms + silence_ms + PASS_MS


def bars(run: ReadersRun) -> list[Bar]:
    """What readers have to reach."""
    late = [one.name for one in run.times if max(one.bytes_ms) > limit_ms(one)]
    slow = [one.name for one in run.recoveries if max(one.told_ms) > TOLD_MS or max(one.back_ms) > BACK_MS]
    told, back = (max(max(getattr(one, name)) for one in run.recoveries) for name in ("told_ms", "back_ms"))
    missing = [name for name, held in run.heaps if held is None]
    found = [
        Bar(
            f"card's bytes to tap, {len(run.times)} kinds",
            f"wire + {PASS_MS} ms, + {SILENCE_MS} ms where silence ends them",
            f"late: {', '.join(late)}" if late else "all",
            not late,
        ),
        Bar(
            "frozen reader told as silent, then back",
            f"{TOLD_MS / 1000:.0f} s each",
            f"late: {', '.join(slow)}" if slow else f"longest {told / 1000:.1f} s and {back / 1000:.1f} s",
            not slow,
        ),
        Bar("heap of each driver", "known", f"not measured: {', '.join(missing)}" if missing else "all", not missing),
    ]
    p50_ms = median(one.p50_ms for one in run.relay)
    beyond_ms = p50_ms - max(FIRST_P50_MS)
    figure = f"median of {RUNS} runs {p50_ms:.1f} ms, {beyond_ms:+.1f} ms"
    asked = f"first figures, {max(FIRST_P50_MS)} ms, + {NOISE_MS} ms of noise"
    return [
        *found,
        Bar("card's last byte to relay, p50, with all readers written", asked, figure, beyond_ms <= NOISE_MS),
    ]


def section(run: ReadersRun) -> str:
    """Markdown, from its heading on."""
    times = [
        (
            one.name,
            str(one.size),
            f"{one.wire_ms:.1f}",
            typical(one.bytes_ms),
            f"{max(one.bytes_ms) / one.wire_ms:.2f}",
            typical(one.laid_ms) if one.laid_ms else "-",
        )
        for one in run.times
    ]
    back = [(one.name, typical(one.told_ms), typical(one.back_ms)) for one in run.recoveries]
    heaps = [
        (name, *(("not measured", "") if held is None else (f"{held / 1024:.1f}", f"{held / 1024 / WIDER:.1f}")))
        for name, held in run.heaps
    ]
    computed = [
        (one.name.removeprefix("reader."), f"{one.time_us:.0f}", f"{one.paces:.2f}", str(one.allocated_bytes))
        for one in run.costs
        if one.name.startswith("reader.")
    ]
    first = [("first", f"{p50}", f"{p99}", "500") for p50, p99 in zip(FIRST_P50_MS, FIRST_P99_MS, strict=True)]
    now = [("now", f"{one.p50_ms:.1f}", f"{one.p99_ms:.1f}", str(one.asked)) for one in run.relay]
    spread_ms = max(one.p50_ms for one in run.relay) - min(one.p50_ms for one in run.relay)
    parts = [
        HEADING,
        sections.when(COMMAND),
        sections.bars(bars(run)),
        "### From a card's bytes to the tap",
        (
            "Real drivers and models of their modules on a virtual clock of 1 ms: no machine's speed is in it. "
            "*wire*: what the bytes that carry the card need at the port's rate (of Wiegand: bits, from the first "
            "pulse to the last); *bytes to tap* counts from the first of them. *laid to tap* counts from laying "
            "the card down, with polling and reading over the air as the models take them. A tap within "
            "the wire's time: CR ends a code, and the LF behind it is not waited for. Median / longest."
        ),
        sections.table(
            ("reader", "bytes", "wire ms", "bytes to tap ms", "longest / wire", "laid to tap ms"),
            times,
        ),
        f"![From a card's bytes to the tap]({PICTURE})",
        "### What a driver computes for a card",
        "All exchanges from an empty field to the tap, the wire apart. A *pace* is a loop of a thousand additions.",
        sections.table(("reader", "µs", "paces", "allocated bytes"), computed),
        "### A module that freezes",
        (
            "Told as silent, and from then to being told as back, in ms, median / longest. The drivers bring them "
            "back by themselves: a card module by its reset command, the others by their reset line. A Wiegand "
            "reader that is dead looks like one that is idle: nothing is told."
        ),
        sections.table(("module", "told", "back"), back),
        "### Heap of each driver",
        (
            "What a gate that is up holds more than one without it, in kB of this 64-bit interpreter and of a "
            "chip, with its port's buffers; a sign's with the part that all signs share. Of Wiegand 2 kB are the "
            "chip model's. One that is not configured is not loaded and takes nothing."
        ),
        sections.table(("driver", "kB here", "KB of the chip"), heaps),
        "### Card's last byte to relay",
        (
            f"At 115200 Bd without damage, the wire's own minimum being {run.relay[0].wire_ms():.1f} ms, beside "
            "the figures from when a card module was all that a gate could have. The medians of these runs are "
            f"{spread_ms:.1f} ms apart, which is this machine's noise at this load; a p99 of {VISITS} visits is "
            "their longest, and no more than that."
        ),
        sections.table(("", "p50 ms", "p99 ms", "visits"), first + now),
    ]
    return "\n\n".join(parts) + "\n"


def write(path: Path, run: ReadersRun) -> None:
    """Into RESULTS.md."""
    sections.replace(path, HEADING, section(run))
