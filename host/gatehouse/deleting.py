"""A CSV file of people whom the register shall forget: the column `number` as in an import, any others are ignored."""

import csv
from collections.abc import Iterator

from gatehouse.importing import CsvImport, ImportRefused, Places
from gatehouse.status import Colour

NUMBER = "number"


class NumberAlone(Places):
    """Where that column stands; nothing else counts."""

    def __init__(self, names: list[str]) -> None:
        self.number = self.colour = self.updated = self.last = names.index(NUMBER)
        self.reason = self.until = -1
        self.used = 1


class CsvDeletion(CsvImport):
    """As an import, but that its rows name people and say nothing of them."""

    def _header(self, reader: Iterator[list[str]]) -> Places:
        try:
            names = [name.strip().lower() for name in next(reader)]
        except StopIteration:
            raise ImportRefused("the file is empty") from None
        except csv.Error as failure:
            raise ImportRefused(f"line 1: not CSV ({failure})") from None
        if names.count(NUMBER) != 1:
            raise ImportRefused(f"line 1 must name the column {NUMBER} once, and others, which are ignored, if wanted")
        return NumberAlone(names)

    def _row(self, fields: list[str], places: Places) -> tuple[bytes, int, str, int, int | None]:
        return self._person(fields, places), int(Colour.RED), "", 0, None
