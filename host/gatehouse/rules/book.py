"""The rules in force while the gatehouse runs: exchanged as a whole, the last good ones kept."""

from pathlib import Path

from gatehouse.rules import rule_file
from gatehouse.rules.rule_set import RuleSet


class RuleBook:
    """`current` is in force. A reading is done elsewhere than where answers are given; taking it is one assignment."""

    def __init__(self, where: Path | str | None, usual: RuleSet) -> None:
        """`where`: a file, a shipped set's name, or None for `usual`. SettingsError if it cannot be used."""
        self._where = where
        self._usual = usual
        self.current = self.read()

    def read(self) -> RuleSet:
        """The rules as they stand in the file now, not in force yet. SettingsError names every problem by its line."""
        return self._usual if self._where is None else rule_file.load(self._where)

    def take(self, rules: RuleSet) -> None:
        """Put them in force: the next question is answered by them, the one before by those that were."""
        self.current = rules

    @staticmethod
    def fixed(rules: RuleSet) -> "RuleBook":
        """A book of rules that never change."""
        return RuleBook(None, rules)
