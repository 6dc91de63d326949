"""The section of RESULTS.md on a station at its fullest."""

from collections.abc import Sequence
from pathlib import Path

from gatehouse import words

from tests.bench import sections
from tests.bench.bars import Bar
from tests.bench.rush.measure import HOUR_TAPS, PER_MINUTE, Rush, Scene

HEADING = "## A station at its fullest"
NEXT = "\n## "
SHARE_MS = 10.0
BUDGET_MS = 800
ANSWERED_MS = BUDGET_MS + 100  # line, gate's end and the turn of a busy loop beside the budget
GROWTH = 0.05


def percentile(values: Sequence[float], part: float) -> float:
    """The value that this part of them does not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def bars(run: Rush) -> list[Bar]:
    """What a station has to reach."""
    found = []
    for scene in run.scenes:
        p99_ms = percentile(scene.shares_ms, 0.99)
        p50_ms = percentile(scene.shares_ms, 0.5)
        found.append(
            Bar(
                f"{run.lanes} lanes at {PER_MINUTE} a minute, {scene.name}: the house's own share",
                f"p99 under {SHARE_MS:.0f} ms on one core",
                f"p50 {p50_ms:.2f}, p99 {p99_ms:.2f} ms; {100 * scene.busy:.0f} % of the core",
                bool(scene.shares_ms) and p99_ms < SHARE_MS,
            )
        )
        found += [_answered(scene), _rested(scene)]
    grown = max(run.memory_mb[1:]) / run.memory_mb[1] - 1 if len(run.memory_mb) > 1 else 0.0
    found.append(
        Bar(
            f"memory over {run.hour.found.asked} taps ({run.hour.found.asked / HOUR_TAPS:.2f} of an hour's)",
            f"grows under {100 * GROWTH:.0f} % after the second tenth",
            f"{', '.join(f'{held:.0f}' for held in run.memory_mb)} MB",
            grown < GROWTH,
        )
    )
    return found


def _answered(scene: Scene) -> Bar:
    late = [one for times_s in scene.found.times_s.values() for one in times_s if one * 1000 > ANSWERED_MS]
    slowest_ms = 1000 * max((one for times_s in scene.found.times_s.values() for one in times_s), default=0.0)
    return Bar(
        f"taps unanswered, {scene.name}",
        f"0, each within {ANSWERED_MS} ms at the gate",
        f"{scene.found.unanswered} of {scene.found.asked}; {len(late)} later; {scene.found.stray} to another tap; "
        f"the slowest {slowest_ms:.0f} ms at the gate, {max(scene.waits_ms, default=0.0):.0f} ms by the house's clock; "
        f"the gates' loop was held up for {1000 * scene.found.held_s:.0f} ms at most",
        not (scene.found.unanswered or late or scene.found.stray),
    )


def _rested(scene: Scene) -> Bar:
    """Of faults that come one by one five in a row are too rare for a rush this long; a platform that is down rests."""
    told = ", ".join(f"{name} {count} times" for name, count in sorted(scene.rests.items()))
    others = {name for name in scene.rests if f"{name} stalls" not in scene.name}
    return Bar(f"platforms at rest, {scene.name}", "none but one that stalls", told or "none", not others)


def section(run: Rush, picture: str) -> str:
    """Markdown, from its heading on."""
    explained = (
        "The gatehouse is a process on one core; on the others are the gates' ends of the link on pseudo-terminals "
        "without a speed limit, and the platforms: real HTTP, five dialects, half of the answers within 40 ms, one in "
        "a hundred over 250. *Own share*: what the gatehouse computes for a tap, waiting apart."
    )
    parts = [
        HEADING,
        sections.when("--only rush"),
        explained,
        sections.bars(bars(run)),
        f"![From card to verdict, by platform]({picture})",
    ]
    for scene in run.scenes:
        parts += [
            f"### {scene.name}",
            sections.table(("platform", "taps", "p50 ms", "p99 ms", "max ms", "reasons"), _rows(scene)),
        ]
    return "\n\n".join(parts) + "\n"


def _rows(scene: Scene) -> list[tuple[str, ...]]:
    rows = []
    for name, times_s in sorted(scene.found.times_s.items()):
        times_ms = [one * 1000 for one in times_s]
        reasons = sorted(scene.found.reasons[name].items(), key=lambda one: -one[1])
        said = ", ".join(f"{words.REASONS[reason][1]} {count}" for reason, count in reasons)
        figures = (percentile(times_ms, 0.5), percentile(times_ms, 0.99), max(times_ms))
        rows.append((name, str(len(times_ms)), *(f"{one:.1f}" for one in figures), said))
    return rows


def found(path: Path) -> str:
    """The section in a document, "" if there is none."""
    _, heading, rest = path.read_text(encoding="utf-8").partition(HEADING)
    return f"{heading}{rest.partition(NEXT)[0].rstrip()}\n" if heading else ""


def keep(path: Path, text: str) -> None:
    """Put a section that was found before a document was written anew into it again."""
    if text:
        sections.replace(path, HEADING, text)
