"""The one table of all findings, from `findings.toml`: section, severity, and words in Chinese and English."""

import enum
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LANGUAGES = ("zh", "en")


class Severity(enum.IntEnum):
    """How bad it is; the worst one decides the exit status."""

    OK = 0
    NOTE = 1  # nothing that must be done
    WARNING = 2  # works now, but somebody should act
    BROKEN = 3  # does not work


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding. says, remedy: language -> template over the finding's facts; an ok one has no remedy."""

    code: str
    section: str
    severity: Severity
    says: Mapping[str, str]
    remedy: Mapping[str, str]


@cache
def kinds() -> dict[str, Kind]:
    """Code -> kind, in the order of the table."""
    table = tomllib.loads(files(__package__).joinpath("findings.toml").read_text(encoding="utf-8"))
    return {
        code: Kind(
            code,
            row["section"],
            Severity[row["severity"].upper()],
            {language: row[language][0] for language in LANGUAGES},
            {language: row[language][1] for language in LANGUAGES},
        )
        for code, row in table.items()
    }
