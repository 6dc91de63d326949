"""The file in which a running gatehouse says each second how its gates stand, for other commands to read."""

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

from gatehouse.regular_file import read_regular
from gatehouse.standing import Standing

FORMAT = 1
STALE_S = 5.0  # written each second; older than this means that nobody writes it any more
BYTES_MAX = 4_000_000


class NoticeError(Exception):
    """There is a file and it cannot be understood; the text says what to do."""


def path_in(data: Path) -> Path:
    """Where it lies below the data folder."""
    return data / "gates.json"


def write(path: Path, standings: list[Standing]) -> None:
    """Replace the file as a whole, readable by its owner. OSError if that is not possible."""
    notice = {"format": FORMAT, "written_s": time.time(), "gates": [standing.told() for standing in standings]}
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(notice, file, ensure_ascii=False)
    fresh.replace(path)


def read(path: Path) -> tuple[float, list[Standing]] | None:
    """Seconds since it was written and what it says; None if there is none. NoticeError if it is something else."""
    try:
        notice = json.loads(read_regular(path, BYTES_MAX))
        if notice["format"] != FORMAT:
            raise NoticeError(f"{path}: written by another version of Gatehouse. Use the one that is running.")
        found = [_standing(fields) for fields in notice["gates"]]
        return max(0.0, time.time() - float(notice["written_s"])), found
    except FileNotFoundError:
        return None
    except OSError as failure:
        raise NoticeError(f"{path}: cannot be read ({failure.strerror}).") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise NoticeError(
            f"{path}: is not what a gatehouse writes. Delete it; a running gatehouse makes it anew."
        ) from None


def _standing(fields: dict[str, Any]) -> Standing:
    faults = {str(part): (int(what), int(number)) for part, (what, number) in fields.get("faults", {}).items()}
    return Standing(**{**fields, "counts": _counts(fields["counts"]), "faults": faults})


def _counts(counts: dict[str, int]) -> Counter[str]:
    return Counter({str(name): int(count) for name, count in counts.items()})
