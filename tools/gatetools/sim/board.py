"""Pins and ports of a board, from its file under firmware/boards, which is the only place where they stand."""

import runpy
from pathlib import Path

BOARDS = Path(__file__).resolve().parents[3] / "firmware" / "boards"


class Board:
    """One board, its `chip` and `signals`: name -> pin, port number or level.

    ValueError, with the boards that there are, if there is none of this name.
    """

    def __init__(self, name: str) -> None:
        path = BOARDS / f"{name}.py"
        if not path.exists():
            raise ValueError(f"there is no board {name}; there are {', '.join(names())}")
        self.name = name
        found = runpy.run_path(str(path))
        self.chip = str(found["CHIP"])
        self.signals = {key: value for key, value in found.items() if key.isupper() and isinstance(value, int)}

    def __getitem__(self, signal: str) -> int:
        """Pin, port number or level of a signal; KeyError if the board has none."""
        return self.signals[signal]


def names() -> list[str]:
    """All boards."""
    return sorted(path.stem for path in BOARDS.glob("*.py") if not path.stem.startswith("_"))
