"""Sections of RESULTS.md that can be measured and written alone: each says when and by which command."""

import datetime
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

from tests.bench.bars import Bar


def replace(path: Path, heading: str, text: str) -> None:
    """Write a section, from its heading on, in place of the one that is there; behind all others if there is none."""
    before = path.read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(heading)}\n.*?(?=^## |\Z)", before, re.M | re.S)
    start, end = found.span() if found else (len(before), len(before))
    parts = [part.strip("\n") for part in (before[:start], text, before[end:])]
    path.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def found(path: Path, heading: str) -> str:
    """A section that is there, from its heading on; "" if there is none."""
    held = re.search(rf"^{re.escape(heading)}\n.*?(?=^## |\Z)", path.read_text(encoding="utf-8"), re.M | re.S)
    return held[0] if held else ""


def when(command: str) -> str:
    """A sentence on time, machine and what else it did."""
    now = datetime.datetime.now(datetime.UTC)
    busy = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return (
        f"Measured on {now:%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores with a load of {busy}, by "
        f"`make bench ARGS='{command}'`."
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def bars(found: Sequence[Bar]) -> str:
    """What was asked for, and what came of it."""
    rows = [(bar.what, bar.asked, bar.measured, "yes" if bar.met else "**no**") for bar in found]
    return table(("what", "bar", "measured", "met"), rows)
