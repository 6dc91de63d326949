"""Writes every table and diagram in the documents from the code, and says when one lags.

A document marks a place with `<!-- render: NAME -->` and `<!-- end -->`; what stands between is made here.
"""

import re
from collections.abc import Callable
from pathlib import Path

from gatetools.pictures import boards, dialect, findings, lane, link, signs

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"(<!-- render: (?P<name>[a-z0-9_-]+) -->\n)(?P<body>.*?)(<!-- end -->)", re.DOTALL)

MAKERS: dict[str, Callable[[], str]] = {
    "gate-to-house": lambda: link.messages("gatelink.gate_to_house"),
    "house-to-gate": lambda: link.messages("gatelink.house_to_gate"),
    "codes": link.codes_table,
    "limits": link.limits_table,
    "frame-sizes": link.frame_sizes,
    "gate-handshake": lambda: link.machine("gatelink.gate_handshake"),
    "house-handshake": lambda: link.machine("gatelink.house_handshake"),
    "lane": lane.diagram,
    "lane-table": lane.table,
    "pins-lane-a": lambda: boards.pins("lane_a"),
    "pins-devkit": lambda: boards.pins("devkit"),
    "findings": findings.table,
    "signals": signs.signals_table,
    "reasons": signs.reasons_table,
    "prompts": signs.script,
    "dialect-keys": dialect.keys,
}


def documents() -> list[Path]:
    """Every Markdown file of the project that has something to render."""
    found = (path for path in sorted(ROOT.rglob("*.md")) if not {".venv", "build"} & set(path.parts))
    return [path for path in found if "<!-- render:" in path.read_text(encoding="utf-8")]


def rendered(text: str) -> str:
    """The document with every marked place made anew; KeyError names a mark that nothing makes."""
    return BLOCK.sub(lambda place: f"{place[1]}{MAKERS[place['name']]().rstrip()}\n{place[4]}", text)


def lagging() -> list[Path]:
    """The documents that differ from the code."""
    return [path for path in documents() if rendered(text := path.read_text(encoding="utf-8")) != text]


def write() -> list[Path]:
    """Bring every document up to date; the ones that changed."""
    changed = lagging()
    for path in changed:
        path.write_text(rendered(path.read_text(encoding="utf-8")), encoding="utf-8")
    return changed
