"""Who watches a question being answered, step by step: `gatehouse platform test`. Nothing told holds a value."""

from collections.abc import Callable

# what, and about it; what is empty where the line before goes on
Watcher = Callable[[str, str], None]


def unwatched(_what: str, _about: str) -> None:
    """Nobody watches."""
