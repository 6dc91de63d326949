"""Many residents' numbers, checked fast: whoever was checked once has a region and a birth date that others share.

A whole city has some hundred regions, some ten thousand birth dates and a thousand sequences; of a number whose parts
are known only the check character is left to be computed, from sums that are known too.
"""

import datetime

from gatehouse.card_number import Form, check_number
from gatehouse.number_parts import ASCII_ZERO, CHECK_CHARACTERS, WEIGHTS

LAST = [chr(character) for character in CHECK_CHARACTERS]
REGION, BIRTH, SEQUENCE, CHECK = slice(0, 6), slice(6, 14), slice(14, 17), slice(17, None)


class KnownParts:
    """For one day: a birth date may lie in the future of another."""

    def __init__(self, today: datetime.date) -> None:
        self._today = today
        self._regions: dict[str, int] = {}
        self._births: dict[str, int] = {}
        self._sequences = {f"{nth:03d}": _sum(f"{nth:03d}", SEQUENCE) for nth in range(1000)}

    def make_up(self, number: str) -> bool:
        """Whether `number` is a resident's whose parts are known, and its check character fits.

        False says nothing: `check` tells.
        """
        try:
            total = self._regions[number[REGION]] + self._births[number[BIRTH]] + self._sequences[number[SEQUENCE]]
        except KeyError:
            return False
        return LAST[total % 11] == number[CHECK]

    def check(self, number: str) -> None:
        """NumberInvalid if no card can have `number`, in upper case; else its parts are known from now on."""
        digits = number.encode("ascii", "replace")
        if check_number(digits, self._today) is Form.RESIDENT:
            self._regions[number[REGION]] = _sum(number[REGION], REGION)
            self._births[number[BIRTH]] = _sum(number[BIRTH], BIRTH)


def _sum(digits: str, place: slice) -> int:
    """What a part adds to the weighted sum of a number."""
    return sum(
        weight * (ord(digit) - ASCII_ZERO)
        for weight, digit in zip(WEIGHTS[place.start : place.stop], digits, strict=True)
    )
