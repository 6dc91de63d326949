"""All rows of a file in the register's order, packed in memory: 41 bytes a person, ten million take 450 MB.

In their order rows go to the end of the table one after the other; in a file's order every batch would write to every
page of it. Memory, and no file beside, for a person's pseudonym and colour would stay on the disk.
"""

import itertools
import struct
from collections.abc import Iterator

from gatehouse.person import PSEUDONYM_BYTES
from gatehouse.staging import STEP_ROWS, Row

RECORD = struct.Struct(">16sIIBqq")  # pseudonym, line, number of its reason, colour, updated_s, until_s
NO_LIMIT = -1  # in the place of until_s
PILES = 256  # one for each first byte of a pseudonym
REASONS_MAX = 1_000_000


class TooManyReasons(ValueError):
    """There are more different reasons than fit."""


class SortedRows:
    """`add` all of them, then `repeated`, then `batches` once."""

    def __init__(self) -> None:
        self._piles = [bytearray() for _ in range(PILES)]
        self._reasons = {"": 0}

    def add(self, line: int, pseudonym: bytes, colour: int, reason: str, updated_s: int, until_s: int | None) -> None:
        """A row. line: where it stands in its file, up to 2^32. TooManyReasons."""
        number = self._reasons.get(reason)
        if number is None:
            number = len(self._reasons)
            if number > REASONS_MAX:
                raise TooManyReasons
            self._reasons[reason] = number
        self._piles[pseudonym[0]] += RECORD.pack(
            pseudonym, line, number, colour, updated_s, NO_LIMIT if until_s is None else until_s
        )

    def repeated(self) -> list[int]:
        """Put them in order. The lines of people who stand in an earlier one."""
        found: list[int] = []
        size = RECORD.size
        for place, pile in enumerate(self._piles):
            packed = bytes(pile)
            records = [packed[at : at + size] for at in range(0, len(packed), size)]
            records.sort()  # by pseudonym, then by line
            if len({record[:PSEUDONYM_BYTES] for record in records}) < len(records):
                found += _repeats(records)
            self._piles[place] = bytearray().join(records)
        return sorted(found)

    def __len__(self) -> int:
        """How many there are."""
        return sum(map(len, self._piles)) // RECORD.size

    def batches(self, source: str) -> Iterator[list[Row]]:
        """All of them in ascending order of pseudonyms; they are let go of on the way. source: of each."""
        reasons = list(self._reasons)
        batch: list[Row] = []
        for place, pile in enumerate(self._piles):
            batch += [
                (pseudonym, colour, reasons[number], updated_s, source, None if until_s == NO_LIMIT else until_s)
                for pseudonym, _, number, colour, updated_s, until_s in RECORD.iter_unpack(pile)
            ]
            self._piles[place] = bytearray()
            if len(batch) >= STEP_ROWS // 2:
                yield batch
                batch = []
        if batch:
            yield batch


def _repeats(records: list[bytes]) -> Iterator[int]:
    for before, record in itertools.pairwise(records):
        if before[:PSEUDONYM_BYTES] == record[:PSEUDONYM_BYTES]:
            yield RECORD.unpack(record)[1]
