"""Numbers by GB 11643-1999: residents, and holders of a residence permit for Hong Kong, Macau and Taiwan residents.

6 digits of a region, 8 of the birth date, 3 of a sequence, a check character.
"""

import datetime
import re

from gatehouse.number_parts import MAINLAND, NumberInvalid, check_birth, check_last, two_digits

SHAPE = re.compile(rb"[1-9][0-9]{16}[0-9X]")
# Mainland, and 71 for a household in Taiwan.
PROVINCES = MAINLAND | {71}
PERMIT_REGIONS = (b"810000", b"820000", b"830000")


def check_resident_number(number: bytes | bytearray, today: datetime.date) -> None:
    """Raise NumberInvalid unless `number` (18 ASCII characters, a final X upper case) can be a resident's."""
    _check_shape(number)
    if two_digits(number, 0) not in PROVINCES:
        raise NumberInvalid("its first two digits are no province")
    _check_rest(number, today)


def check_permit_number(number: bytes | bytearray, today: datetime.date) -> None:
    """Raise NumberInvalid unless `number` can be that of a residence permit ('J' card)."""
    _check_shape(number)
    if number[:6] not in PERMIT_REGIONS:
        raise NumberInvalid("its first six digits are no region of permits: 810000, 820000 or 830000")
    _check_rest(number, today)


def _check_shape(number: bytes | bytearray) -> None:
    if not SHAPE.fullmatch(number):
        raise NumberInvalid("it is not 17 digits and a digit or X")


def _check_rest(number: bytes | bytearray, today: datetime.date) -> None:
    check_birth(int(number[6:10]), int(number[10:12]), int(number[12:14]), today)
    check_last(number)
