"""One thing that was found: a code of the table, what it is about, and the facts that its words need."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gatetools.doctor.catalogue import LANGUAGES, Kind, Severity, kinds

TEXT_MAX_CHARACTERS = 200

Fact = str | int


@dataclass(frozen=True, slots=True)
class Finding:
    """`subject`: a port, a file, a lane. Facts hold no key, no name and no number of a traveller."""

    code: str
    subject: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """Its row in the table."""
        return kinds()[self.code]

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.kind.severity

    def says(self, language: str) -> str:
        """What was found, "zh" or "en"."""
        return self.kind.says[language].format_map(self._shown())

    def remedy(self, language: str) -> str:
        """What to do; empty if nothing is wrong."""
        return self.kind.remedy[language].format_map(self._shown())

    def told(self) -> dict[str, object]:
        """All of it, for JSON."""
        shown = self._shown()
        return {
            "section": self.kind.section,
            "severity": self.severity.name.lower(),
            "code": self.code,
            "subject": shown["subject"],
            "facts": {name: shown[name] for name in self.facts},
            "says": {language: self.says(language) for language in LANGUAGES},
            "remedy": {language: self.remedy(language) for language in LANGUAGES},
        }

    def _shown(self) -> dict[str, Fact]:
        return {"subject": printable(self.subject)} | {
            name: printable(fact) if isinstance(fact, str) else fact for name, fact in self.facts.items()
        }


def printable(text: str) -> str:
    """Text of unknown origin as a terminal may show it: no control characters, not without end."""
    cut = text if len(text) <= TEXT_MAX_CHARACTERS else text[:TEXT_MAX_CHARACTERS] + "..."
    return "".join(character if character.isprintable() else "?" for character in cut)
