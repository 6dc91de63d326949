"""Stands for the one-line board.py on a device, which says what it is soldered to. Here GATE_BOARD says it."""

import os

_name = os.getenv("GATE_BOARD")
if _name not in ("lane_a", "devkit"):
    raise SystemExit("GATE_BOARD must be lane_a or devkit")
_board = getattr(__import__("boards." + _name), _name)
for _signal in dir(_board):
    if not _signal.startswith("_"):
        globals()[_signal] = getattr(_board, _signal)
