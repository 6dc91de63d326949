"""The one corpus: for each target a file in tests/fuzz/corpus, an input a line in hexadecimal, the shortest first.

Text, so that a change of it can be read; both interpreters run every line.
"""

from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "corpus"


def path(name: str) -> Path:
    """Where the inputs of a target are."""
    return FOLDER / f"{name}.hex"


def load(name: str) -> list[bytes]:
    """All inputs of a target."""
    return [bytes.fromhex(line) for line in path(name).read_text(encoding="ascii").splitlines()]


def save(name: str, inputs: Iterable[bytes]) -> None:
    """The inputs of a target, each once."""
    ordered = sorted(set(inputs), key=lambda data: (len(data), data))
    path(name).write_text("".join(data.hex() + "\n" for data in ordered), encoding="ascii")
