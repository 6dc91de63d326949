"""A histogram for the terminal: one line per class, bars in eighths of a character."""

from collections.abc import Sequence
from itertools import pairwise

EIGHTHS = " ▏▎▍▌▋▊▉█"
# Classes like the marks on a logarithmic scale: their width grows with the value.
STEPS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` (0 to 1) of all values do not exceed. ValueError if there are none."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1e6) * len(ordered) // 1_000_000) - 1))]


def classes(lowest: float, highest: float) -> list[float]:
    """Bounds that enclose both values, from STEPS times powers of ten."""
    bounds = [step * 10.0**power for power in range(-4, 7) for step in STEPS]
    first = max((i for i, bound in enumerate(bounds) if bound <= lowest), default=0)
    last = next((i for i, bound in enumerate(bounds) if bound > highest), len(bounds) - 1)
    return bounds[first : last + 1]


def histogram(values: Sequence[float], unit: str, width: int = 40) -> list[str]:
    """Lines to print, one for each class from the lowest to the highest value; none for no values."""
    if not values:
        return []
    bounds = classes(min(values), max(values))
    counts = [sum(low <= value < high for value in values) for low, high in pairwise(bounds)]
    most = max(counts)
    return [
        f"{low:9.3g} to {high:7.3g} {unit} {_bar(count, most, width):<{width}} {count}"
        for low, high, count in zip(bounds, bounds[1:], counts, strict=False)
    ]


def _bar(count: int, most: int, width: int) -> str:
    eighths = -(-count * width * 8 // most)
    return EIGHTHS[8] * (eighths // 8) + EIGHTHS[eighths % 8].strip()
