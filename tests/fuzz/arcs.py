"""Which ways through the product an input takes, and how much work it is, counted in lines: no clock is asked."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = tuple(str(ROOT / folder) for folder in ("firmware", "host"))
Arc = tuple[str, int, int]


def taken(run: Callable[[bytes], str], data: bytes) -> tuple[frozenset[Arc], int]:
    """(the steps from line to line within the product, lines run in it). What `run` raises comes through."""
    found: set[Arc] = set()
    lines = 0

    def follow(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal lines
        name = frame.f_code.co_filename
        if event != "call" or not name.startswith(PRODUCT):
            return None
        before = frame.f_lineno

        def step(frame: FrameType, event: str, _argument: Any) -> Any:
            nonlocal before, lines
            if event == "line":
                lines += 1
                found.add((name, before, frame.f_lineno))
                before = frame.f_lineno
            return step

        return step

    outside = sys.gettrace()
    sys.settrace(follow)
    try:
        run(data)
    finally:
        sys.settrace(outside)
    return frozenset(found), lines


def newly(run: Callable[[bytes], str], known: Iterable[bytes], inputs: Iterable[bytes]) -> list[bytes]:
    """Those of `inputs` that take a way which none of `known` and no shorter one takes."""
    seen: set[Arc] = set()
    for data in known:
        seen |= taken(run, data)[0]
    kept = []
    for data in sorted(set(inputs), key=lambda data: (len(data), data)):
        arcs, _ = taken(run, data)
        if not arcs <= seen:
            seen |= arcs
            kept.append(data)
    return kept
