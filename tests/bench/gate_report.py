"""The section of RESULTS.md on what years do to a gate. It can be measured and written alone, and says when it was."""

import datetime
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import sections
from tests.bench.bars import Bar
from tests.bench.footprint import CHIP_HEAP_KB, WIDER
from tests.bench.gate_side import Cost
from tests.bench.lifetime import CYCLES, PER_MINUTE, Lifetime, Week

HEADING = "## The gate over years"
FREE_KB = 60
LARGEST_KB = 16
GROWTH_BYTES = 1024  # what a list that was grown once may take
PAUSE_MS = 20.0
KINDS = ("about", "trace")


@dataclass(frozen=True, slots=True)
class GateRun:
    """`heap`: bytes free, and the largest block of them, see `footprint.heap_left`. costs: of some kinds of message."""

    heap: tuple[int, int] | None
    lifetime: Lifetime
    week: Week
    costs: Sequence[Cost]


def bars(run: GateRun) -> list[Bar]:
    """What a gate has to reach."""
    life, week = run.lifetime, run.week
    free_kb, largest_kb = (part / 1024 / WIDER for part in run.heap or (0, 0))
    chip_pace_ms = PAUSE_MS / (max(life.worst_us, life.collected_us) / life.pace_us)
    return [
        Bar("heap free, swipes served", f"{FREE_KB} KB of the chip", f"{free_kb:.0f} KB", free_kb >= FREE_KB),
        Bar("largest free block", f"{LARGEST_KB} KB of the chip", f"{largest_kb:.0f} KB", largest_kb >= LARGEST_KB),
        Bar(
            f"growth over {life.taps} taps, {life.days} days",
            f"under {GROWTH_BYTES} bytes",
            f"{life.growth} bytes from the first tenth to the last, the most between {min(life.held)} and "
            f"{max(life.held)}; {life.wraps} ends of the ticks, {life.sessions} handshakes",
            max(life.held) - min(life.held) < GROWTH_BYTES,
        ),
        Bar(
            "longest pause of the loop",
            f"{PAUSE_MS:.0f} ms, an erase apart",
            f"{life.worst_us / life.pace_us:.1f} paces ({_longest(life)}), the collector "
            f"{life.collected_us / life.pace_us:.1f}; here {life.worst_us / 1000:.2f} ms and "
            f"{life.collected_us / 1000:.2f} ms; holds where a pace takes at most {chip_pace_ms:.1f} ms",
            max(life.worst_us, life.collected_us) < PAUSE_MS * 1000,
        ),
        Bar(
            "erases in a thousand passages",
            "-",
            f"{life.erases_per_thousand:.1f} of the journal, {1000 * life.key_erases / life.passages:.2f} of the keys",
            met=True,
        ),
        Bar(
            "settings written",
            "once, though told in each session",
            f"{life.stored} time{'s' if life.stored != 1 else ''} in {life.sessions} sessions",
            life.stored == 1,
        ),
        Bar(
            f"years to {CYCLES} cycles",
            f"at {PER_MINUTE} passages a minute",
            f"{life.years:.1f} around the clock",
            met=True,
        ),
        Bar(
            f"a week without a house, {week.taps} taps",
            "every one told",
            f"{week.told} in {week.records} reports, of {week.room} that fit",
            week.told == week.taps,
        ),
    ]


def _longest(life: Lifetime) -> str:
    """The visit in which the longest pass is, and the parts that it spends its time in but for the collector."""
    spent = {name: us for name, us in life.parts_us.items() if name != "rest"}
    parts = sorted(spent, key=lambda name: -spent[name])[:2]
    told = ", ".join(f"{name} {spent[name] / life.pace_us:.1f}" for name in parts)
    return f"{life.worst}: {told}"


def section(run: GateRun) -> str:
    """Markdown, from its heading on."""
    now = datetime.datetime.now(datetime.UTC)
    busy = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    rows = [(bar.what, bar.asked, bar.measured, "yes" if bar.met else "**no**") for bar in bars(run)]
    costs = [
        (cost.name, f"{cost.time_us:.0f}", f"{cost.paces:.2f}", str(cost.allocated_bytes), str(cost.heap_bytes))
        for cost in run.costs
        if cost.name in KINDS
    ]
    when = (
        f"Measured on {now:%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores with a load of {busy}, by "
        f"`python -m tests.bench --only gate --taps {run.lifetime.taps}`."
    )
    explained = (
        "The compiled firmware on the gate's interpreter, 64-bit and on this machine's processor. The heap is that of "
        f"a gate in {CHIP_HEAP_KB} kB, which stand for the 165 KB that the chip has free, and 24 kB of it are the chip "
        "model's; divided by the same factor. A *pace* is a loop of a thousand additions; how long one takes on a "
        "chip, and the collector beside it, a person with a board has to measure. Pauses are of each pass of a visit "
        "at its quickest, flash without delay."
    )
    parts = [
        HEADING,
        when,
        explained,
        sections.table(("what", "bar", "measured", "met"), rows),
        "Bytes that the gate, its house and the bench hold, after each tenth of the taps: "
        + ", ".join(str(held) for held in run.lifetime.held)
        + ". Of twenty taps one is denied, and one is of somebody who lays a card down while another passes.",
        "What a gate says of itself costs, once in a session and once in a failure:",
        sections.table(("kind", "µs", "paces", "allocated bytes", "least heap bytes"), costs),
    ]
    return "\n\n".join(parts) + "\n"


def replace(path: Path, run: GateRun) -> None:
    """Write the section into a document, in place of the one that is there."""
    sections.replace(path, HEADING, section(run))
