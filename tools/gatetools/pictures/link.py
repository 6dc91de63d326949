"""Pictures of the link: messages, codes, limits, state machines."""

import importlib
import json
import re
from pathlib import Path

from gatehouse.words import LANE_STATES
from gatelink import codes, limits
from gatelink.message import Message

GOLDEN = Path(__file__).resolve().parents[3] / "tests" / "vectors" / "gatelink_1.json"
CODE_GROUPS = (
    "CARD_",
    "REASON_",
    "REPORT_",
    "RETIRED_",
    "RESET_",
    "ORDER_",
    "COMPLETION_",
    "FAULT_",
    "REFUSED_",
    "DOWN_",
    "LANGUAGE_",
)


def messages(module: str) -> str:
    """One row per message of a direction."""
    rows = ["| kind | message | channel | fields |", "| --- | --- | --- | --- |"]
    kinds: dict[int, type[Message]] = importlib.import_module(module).KINDS
    for kind, cls in sorted(kinds.items()):
        fields = ", ".join(
            f"{name} ({f'bytes, at most {-limit}' if limit < 0 else f'0 to {limit}'})"
            for name, limit in zip(cls.FIELDS, cls.LIMITS, strict=True)
        )
        meaning = (cls.__doc__ or "").strip().split("\n")[0]
        rows.append(f"| {kind} | **{cls.__name__}**: {meaning} | {'urgent' if cls.URGENT else 'bulk'} | {fields} |")
    return "\n".join(rows)


def codes_table() -> str:
    """One row per group of codes, numbers with their names."""
    rows = ["| group | codes |", "| --- | --- |"]
    rows.append(f"| verdict | {codes.ALLOW} allow, {codes.DENY} deny, {codes.REFER} refer |")
    for group in CODE_GROUPS:
        named = ", ".join(f"{code} {name.replace('_', ' ')}" for code, name in sorted(by_value(group)))
        rows.append(f"| {group[:-1].lower()} | {named} |")
    states = ", ".join(f"{number} {name}" for number, (_, name) in sorted(LANE_STATES.items()))
    rows.append(f"| lane state | {states} |")
    return "\n".join(rows)


def by_value(prefix: str) -> list[tuple[int, str]]:
    """(code, name) of every constant of `codes` with a prefix."""
    return [(value, name[len(prefix) :].lower()) for name, value in vars(codes).items() if name.startswith(prefix)]


def limits_table() -> str:
    """Every number of the protocol."""
    rows = ["| limit | value |", "| --- | --- |"]
    rows += [f"| {name} | {value} |" for name, value in vars(limits).items() if name.isupper()]
    return "\n".join(rows)


def golden_frames() -> dict[str, str]:
    """Kind -> a frame of it in hexadecimal."""
    golden: dict[str, dict[str, str]] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return golden["frames"]


def frame_bytes(kind: str) -> int:
    """Bytes on the wire of a kind of frame, delimiters included."""
    return len(golden_frames()[kind]) // 2


def frame_sizes() -> str:
    """Bytes on the wire of each kind of frame, and their time at 115200 Bd."""
    rows = ["| frame | bytes on the wire | ms at 115200 Bd |", "| --- | --- | --- |"]
    sizes = {kind: frame_bytes(kind) for kind in golden_frames()}
    rows += [f"| {kind} | {size} | {size * 10 / 115.2:.2f} |" for kind, size in sizes.items()]
    return "\n".join(rows)


def machine(module: str) -> str:
    """A handshake's state machine as a diagram and a table."""
    table_module = importlib.import_module(module)
    states, events, actions = _names(Path(str(table_module.__file__)))
    entries: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = table_module.TABLE
    diagram = ["```mermaid", "stateDiagram-v2", f"    [*] --> {states[0]}"]
    rows = ["| in state | on | go to | and do |", "| --- | --- | --- | --- |"]
    for (state, event), (target, numbers) in entries.items():
        diagram.append(f"    {states[state]} --> {states[target]}: {events[event]}")
        doing = ", ".join(actions[number] for number in numbers)
        rows.append(f"| {states[state]} | {events[event]} | {states[target]} | {doing} |")
    return "\n".join([*diagram, "```", "", *rows])


def _names(source: Path) -> tuple[list[str], list[str], list[str]]:
    """State, event and action names in number order: three runs of constants that each start at 0."""
    runs: list[list[str]] = []
    for name, value in re.findall(r"^([A-Z_]+) = (\d+)", source.read_text(encoding="utf-8"), re.MULTILINE):
        if value == "0":
            runs.append([])
        runs[-1].append(name.lower())
    states, events, actions = runs
    return states, events, actions
