"""The section of RESULTS.md on the register at size."""

from tests.bench import sections
from tests.bench.bars import Bar
from tests.bench.register.measure import PEOPLE, AtSize, Trial
from tests.bench.rush.chapter import percentile

HEADING = "## The register at size"
SHARE_OF_BARE = 0.6
LOOKUP_MS = 1.0
MEMORY_MB = 2000


def bars(run: AtSize) -> list[Bar]:
    """What it has to reach."""
    share = run.load.rate / run.bare.rate
    p99_ms = percentile(run.beside_ms, 0.99)
    longest_ms = max(run.beside_ms, default=0.0)
    memory_mb = max(one.memory_mb for one in (run.csv, run.again))
    return [
        Bar(
            f"import of {run.people:,} people, beside bare `executemany` of the same prepared rows",
            f"at least {100 * SHARE_OF_BARE:.0f} % of its rate",
            f"{100 * share:.0f} % ({100 * run.bare.cpu_s / run.load.cpu_s:.0f} % by processor time)",
            share >= SHARE_OF_BARE,
        ),
        Bar(
            f"lookup beside a running import, {len(run.beside_ms):,} of them",
            f"p99 under {LOOKUP_MS:.0f} ms",
            f"p50 {percentile(run.beside_ms, 0.5):.3f}, p99 {p99_ms:.3f}, longest {longest_ms:.1f} ms",
            bool(run.beside_ms) and p99_ms < LOOKUP_MS,
        ),
        Bar(
            "memory of the process that imports",
            f"under {MEMORY_MB} MB",
            f"{memory_mb:.0f} MB",
            memory_mb < MEMORY_MB,
        ),
    ]


def section(run: AtSize) -> str:
    """Markdown, from its heading on."""
    explained = (
        "*Bare*: Python's `sqlite3` as it comes, one `executemany` in one transaction into a new file, of rows that "
        "are ready and in order. *Load*: the same rows by `Register.load`, into a table beside the one in force, in "
        "steps that are committed, with its log, and swapped in. *CSV*: from the first byte of a file to the last of "
        "the register, check digits and keyed pseudonyms included; *anew*: over a register that is full, everybody "
        "with another status, the old ones overwritten, while another process looks people up. Bare and load: the "
        "better of two."
    )
    ways = (
        ("bare", run.bare),
        ("load", run.load),
        ("CSV, into an empty register", run.csv),
        ("CSV, everybody anew", run.again),
    )
    head = ("way", "people a second", "of bare", "by processor time", "memory, MB")
    args = "--only register" + (f" --people {run.people}" if run.people != PEOPLE else "")
    held = (
        f"A person takes {run.bytes_per_person:.1f} bytes. The file has {run.file_mb:.0f} MB after the second import: "
        f"what the old register took is overwritten and kept for the next one. Lookups beside nothing: p50 "
        f"{percentile(run.quiet_ms, 0.5):.3f}, p99 {percentile(run.quiet_ms, 0.99):.3f} ms."
    )
    rows = [_row(name, one, run.bare) for name, one in ways]
    return "\n\n".join(
        (HEADING, sections.when(args), explained, sections.bars(bars(run)), sections.table(head, rows), held)
    )


def _row(name: str, one: Trial, bare: Trial) -> tuple[str, ...]:
    return (
        name,
        f"{one.rate:,.0f}",
        f"{100 * one.rate / bare.rate:.0f} %",
        f"{100 * bare.cpu_s / one.cpu_s:.0f} %",
        f"{one.memory_mb:.0f}",
    )
