"""The section on the ledger: figures as measured, and what they come to in a year of a large station."""

import math
from pathlib import Path

from tests.bench import sections
from tests.bench.bars import Bar
from tests.bench.ledger_run import TOGETHER, LedgerRun, Size

HEADING = "## The ledger as it grows"
A_DAY = 100_000
A_YEAR = 365 * A_DAY
PROOF_MS = 50.0
APPENDED_A_SECOND = 200  # 256 lanes with 40 travellers a minute make 170 passages a second, two entries each


def section(run: LedgerRun) -> str:
    """All of it."""
    last = run.sizes[-1]
    per_entry = last.file_bytes / last.entries
    depth = math.ceil(math.log2(A_YEAR)) - math.ceil(math.log2(last.entries))
    columns = "entries, file, bytes each, 100 together, a second, one alone, head, proof, its bytes, consistency"
    gigabytes, bare = per_entry * A_YEAR / 1e9, run.bare_bytes * A_YEAR / 1e9
    minutes = run.verify_s / last.entries * A_YEAR / 60
    took = (
        f"Times in milliseconds, p50 / p99, each with its wait for the disk where it commits. Filling took "
        f"{run.fill_s:.0f} s, a verification of all of it {run.verify_s:.0f} s."
    )
    year = (
        f"A year of {A_DAY:,} entries a day is {A_YEAR:,}, **not measured but computed** from the last line: "
        f"{gigabytes:.1f} GB ({bare:.1f} GB once retention has taken every content), {depth} more hashes in a proof, "
        f"each one look-up or 16 leaves in a row, and {minutes:.0f} min for a whole verification. An append reads no "
        "more than its peaks, which the process keeps; what grows, with log n, is the depth of SQLite's trees."
    )
    return "\n\n".join(
        (
            HEADING,
            sections.when("--only ledger"),
            sections.table(columns.split(", "), [row(size) for size in run.sizes]),
            took,
            year,
            sections.bars(bars(run)),
        )
    )


def row(size: Size) -> list[str]:
    """One size."""
    a_second = TOGETHER / size.together.p50_ms * 1e3
    times = [
        f"{one.p50_ms:.1f} / {one.p99_ms:.1f}"
        for one in (size.together, size.single, size.head, size.proof, size.consistency)
    ]
    each = f"{size.file_bytes / size.entries:.0f}"
    megabytes = f"{size.file_bytes / 1e6:.1f} MB"
    return [
        f"{size.entries:,}",
        megabytes,
        each,
        times[0],
        f"{a_second:,.0f}",
        *times[1:4],
        f"{size.proof_bytes}",
        times[4],
    ]


def bars(run: LedgerRun) -> list[Bar]:
    """What it has to reach."""
    last = run.sizes[-1]
    a_second = TOGETHER / last.together.p99_ms * 1e3
    return [
        Bar(
            "entries a second in commits of a hundred, by the p99",
            f"{2 * APPENDED_A_SECOND}",
            f"{a_second:,.0f}",
            a_second >= 2 * APPENDED_A_SECOND,
        ),
        Bar("a proof, p99", f"{PROOF_MS:.0f} ms", f"{last.proof.p99_ms:.1f} ms", last.proof.p99_ms <= PROOF_MS),
    ]


def found(results: Path) -> str:
    """The section in a document, "" if there is none."""
    _, heading, rest = results.read_text(encoding="utf-8").partition(f"{HEADING}\n")
    return f"{heading}{rest.partition(chr(10) + '## ')[0].rstrip()}\n" if heading else ""


def keep(results: Path, text: str) -> None:
    """Put a section that was found before a document was written anew into it again."""
    if text:
        sections.replace(results, HEADING, text)


def write(results: Path, run: LedgerRun) -> None:
    """The section alone; the others stay as they are."""
    sections.replace(results, HEADING, section(run))
