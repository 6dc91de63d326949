"""The section of RESULTS.md on a station at its fullest."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from gatehouse import words

from tests.bench import sections
from tests.bench.bars import Bar
from tests.bench.rush.lanes import ANSWERED_S
from tests.bench.rush.measure import FULL_MINUTES, PER_MINUTE, WHOLE, Rush, Scene
from tests.bench.rush.whole_gates import BAUD

HEADING = "## A station at its fullest"
NEXT = "\n## "
SHARE_MS = 10.0
ANSWERED_MS = round(ANSWERED_S * 1000)
GROWTH = 0.05
HOUR = 60


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
                f"p50 {p50_ms:.2f}, p99 {p99_ms:.2f} ms; {100 * scene.busy:.0f} % of the core, "
                f"and {100 * scene.kept:.0f} % of the time it waited for that",
                bool(scene.shares_ms) and p99_ms < SHARE_MS,
            )
        )
        found += [_answered(scene), _told(scene), _whole(scene)]
    return [*found, _memory(run)]


def _memory(run: Rush) -> Bar:
    """Of a run that ends before the house is full nothing is known."""
    scene, held_mb = run.scenes[-1], run.memory_mb
    full_mb = held_mb[FULL_MINUTES:]
    if len(full_mb) > 1:
        grown = max(full_mb) / full_mb[0] - 1
        figure = f"{full_mb[0]:.0f} MB then, {max(full_mb):.0f} MB at most until minute {len(held_mb) - 1}"
    else:
        grown, figure = math.inf, f"{held_mb[-1]:.0f} MB after {len(held_mb) - 1} minutes: ended before that"
    return Bar(
        f"memory over {scene.asked} taps, {scene.name}",
        f"grows under {100 * GROWTH:.0f} % from minute {FULL_MINUTES} on",
        figure,
        grown < GROWTH,
    )


def _told(scene: Scene) -> Bar:
    return Bar(
        f"taps that the house tells of, {scene.name}",
        "every one, once",
        f"{len(scene.shares_ms)} of {scene.asked}",
        len(scene.shares_ms) == scene.asked,
    )


def _whole(scene: Scene) -> Bar:
    times_ms = [one * 1000 for times_s in scene.whole.times_s.values() for one in times_s]
    late, excused = _late(scene.whole.times_s), scene.whole.excused
    p50_ms, p99_ms = percentile(times_ms, 0.5), percentile(times_ms, 0.99)
    return Bar(
        f"cards unanswered at the gates with firmware, {scene.name}",
        f"0, each within {ANSWERED_MS} ms of the card's last byte",
        f"{scene.whole.unanswered} of {scene.whole.asked}; {_later(late, excused)}; "
        f"p50 {p50_ms:.0f}, p99 {p99_ms:.0f}, max {max(times_ms, default=0.0):.0f} ms",
        bool(times_ms) and not (scene.whole.unanswered or late > excused),
    )


def _answered(scene: Scene) -> Bar:
    late, excused = _late(scene.found.times_s), scene.found.excused
    slowest_ms = 1000 * max((one for times_s in scene.found.times_s.values() for one in times_s), default=0.0)
    return Bar(
        f"taps unanswered, {scene.name}",
        f"0, each within {ANSWERED_MS} ms at the gate",
        f"{scene.found.unanswered} of {scene.found.asked}; {_later(late, excused)}; "
        f"{scene.found.stray} to another tap; "
        f"the slowest {slowest_ms:.0f} ms at the gate, {max(scene.waits_ms, default=0.0):.0f} ms by the house's clock; "
        f"the gates' loop was held up for {1000 * scene.found.held_s:.0f} ms at most",
        not (scene.found.unanswered or late > excused or scene.found.stray),
    )


def _rested(scene: Scene) -> str:
    """How often platforms were asked no more for a while: no bar, for a slow one rests as well as one that is down."""
    told = ", ".join(f"{name} {count} times" for name, count in sorted(scene.rests.items()))
    return f"Platforms that rested after failures meanwhile: {told or 'none'}."


def _late(times_s: Mapping[str, Sequence[float]]) -> int:
    return sum(one > ANSWERED_S for each in times_s.values() for one in each)


def _later(late: int, excused: int) -> str:
    return f"{late} later" + (f", {excused} of them by as much as other programs had the cores" if excused else "")


def section(run: Rush, picture: str) -> str:
    """Markdown, from its heading on."""
    explained = (
        "The gatehouse is a process on one core; on the others are the gates and the platforms: real HTTP, five "
        "dialects, half of the answers within 40 ms, one in a hundred over 250. All lanes but "
        f"{WHOLE} are gates' ends of the link on pseudo-terminals without a speed limit. {WHOLE} are the firmware on "
        f"MicroPython with modelled card module and turnstile, behind lines of {BAUD} Bd; their times go from the "
        "card's last byte to relay, red lamp or sound. *Own share*: what the gatehouse computes for a tap, waiting "
        "apart. The last rush is as long as it says, in real time; its memory is what the process holds (RSS), and "
        "grows until the house remembers as many answers of each platform as live at once, 20,000 at most, which takes "
        f"{FULL_MINUTES} minutes at this pace. How long the house waited for its core is told, its own threads' turns "
        "among it: on a machine that does something else too these are times of day, and no shares of a processor. A "
        "later answer is excused where house, platforms and gates' ends together waited for cores, by the kernel's "
        "count, for at least as long as it was late."
    )
    minutes = ", ".join(f"{held:.0f}" for held in run.memory_mb)
    parts = [
        HEADING,
        sections.when("--only rush" if run.minutes == HOUR else f"--only rush --minutes {run.minutes:g}"),
        explained,
        sections.bars(bars(run)),
        f"![From card to verdict, by platform, and memory]({picture})",
        f"Memory at the beginning of the last rush and after each of its minutes: {minutes} MB.",
    ]
    for scene in run.scenes:
        parts += [
            f"### {scene.name}",
            _rested(scene),
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
