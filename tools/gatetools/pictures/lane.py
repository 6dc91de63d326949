"""Pictures of the lane machine, from firmware/gate/lane_table.py."""

import importlib
import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

FIRMWARE = Path(__file__).resolve().parents[3] / "firmware"
# Drawn from every state they would hide the rest; the caption says what they do.
EVERYWHERE = ("fire on", "astray", "impaired")


@cache
def lane_table() -> ModuleType:
    """The table's module, which lives on the gate and needs its neighbours there."""
    sys.path.append(str(FIRMWARE))
    try:
        return importlib.import_module("gate.lane_table")
    finally:
        sys.path.remove(str(FIRMWARE))


def names(prefix: str) -> dict[int, str]:
    """Number -> words of the constants with a prefix, in the order of the file."""
    source = Path(str(lane_table().__file__)).read_text(encoding="utf-8")
    found = re.findall(rf"^{prefix}([A-Z_]+) = (\d+)", source, re.MULTILINE)
    return {int(value): name.lower().replace("_", " ") for name, value in found}


def rows() -> list[tuple[str, str, str, str]]:
    """(state, event, next state, actions) of every pair that does something."""
    module, states, events, actions = lane_table(), names("S_"), names("E_"), names("A_")
    found = []
    for state, state_name in states.items():
        for event, event_name in events.items():
            entry = module.row(state, event)
            if entry is None or (entry[0] == module.STAY and not entry[1]):
                continue
            target = state_name if entry[0] == module.STAY else states[entry[0]]
            found.append((state_name, event_name, target, ", ".join(actions[action] for action in entry[1])))
    return found


def diagram() -> str:
    """The changes of state, without those that can come from everywhere."""
    arrows: dict[tuple[str, str], list[str]] = {}
    as_idle = {(event, target) for state, event, target, _ in rows() if state == "idle" != target}
    for state, event, target, _ in rows():
        repeats_idle = state != "idle" and target != "out of service" and (event, target) in as_idle
        if state != target and event not in EVERYWHERE and not repeats_idle:
            arrows.setdefault((state, target), []).append(event)
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> idle"]
    for (state, target), events in arrows.items():
        lines.append(f"    {_id(state)} --> {_id(target)}: {' / '.join(events)}")
    lines += [
        "```",
        "",
        "Not drawn: *fire on* leads from every state to *fire*; what must not happen (*astray*) and a reader, journal",
        "or beam that does not work (*impaired*) lead to *out of service*; and what leads from another state to where",
        "it leads from *idle*.",
    ]
    return "\n".join(lines)


def table() -> str:
    """Every pair that changes or does something; any other pair leaves the lane as it is."""
    lines = ["| in state | on | go to | and do |", "| --- | --- | --- | --- |"]
    lines += [f"| {state} | {event} | {target} | {actions} |" for state, event, target, actions in rows()]
    return "\n".join(lines)


def _id(state: str) -> str:
    return state.replace(" ", "_")
