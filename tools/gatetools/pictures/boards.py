"""Pin tables of the boards, from firmware/boards/*.py: a constant per signal, its comment naming wire and connector."""

import re
from pathlib import Path

BOARDS = Path(__file__).resolve().parents[3] / "firmware" / "boards"
SIGNAL = re.compile(r"^(?P<name>[A-Z][A-Z0-9_]*) = (?P<value>[^#\n]+?)\s+# (?P<wire>.+)$", re.MULTILINE)


def pins(board: str) -> str:
    """One row per signal of a board, in the order of its file."""
    source = (BOARDS / f"{board}.py").read_text(encoding="utf-8")
    rows = ["| signal | pin or value | wire |", "| --- | --- | --- |"]
    rows += [f"| `{found['name']}` | {found['value']} | {found['wire']} |" for found in SIGNAL.finditer(source)]
    return "\n".join(rows)
