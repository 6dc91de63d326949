"""What a destruction has to remember until it has ended: the signed statement, and the key that will sign the end.

It lies beside the settings. Until it is there nothing is destroyed; while it is there, everything that it names goes.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from gatehouse.private_file import make_whole


class JournalWrong(Exception):
    """The journal is damaged; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Journal:
    """receipt: where it goes. closing: the closing key, in hexadecimal digits. forgotten: what became of the key that
    the system keeps, once that is known.
    """

    receipt: str
    closing: str
    statement: dict[str, Any]
    signature: str
    forgotten: bool | None = None

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """None if there is none. JournalWrong."""
        try:
            found = cls(**json.loads(path.read_text(encoding="utf-8")))
            bytes.fromhex(found.closing)
            found.statement["files"][0]["path"]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError):
            raise JournalWrong(
                f"{path}: a destruction has begun, and its journal cannot be read. Delete what is left by hand: the "
                "receipt names it."
            ) from None
        return found

    def write(self, path: Path) -> None:
        """Whole or not at all, for its owner only. KeyFileError if it cannot be made."""
        text = json.dumps(asdict(self), ensure_ascii=False)
        make_whole(path, lambda new: new.write_text(text, encoding="utf-8"), replace=True)


def journal_of(config: Path) -> Path:
    """Where it lies."""
    return config.with_name(f"{config.name}.destroying")
