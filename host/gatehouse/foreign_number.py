"""Numbers of foreign permanent residents, as howardli/CredentialKit and vendors' notices give them.

Cards of 2017:       3 letters of a country, 4 digits of a region, birth date YYMMDD, a sequence digit, a check digit.
From December 2023:  9, 2 digits of a province, 3 digits of a country, birth date YYYYMMDD, 3 of a sequence, a check
                     character.
"""

import datetime
import re

from iso3166 import countries_by_alpha3, countries_by_numeric

from gatehouse.number_parts import MAINLAND, NumberInvalid, check_birth, check_last, two_digits

OLD_SHAPE = re.compile(rb"[A-Z]{3}[0-9]{12}")
NEW_SHAPE = re.compile(rb"9[0-9]{16}[0-9X]")
# Withdrawn from ISO 3166-1 since 2003, before which nobody had such a card: Yugoslavia, Serbia and Montenegro,
# Netherlands Antilles, and the number of the undivided Sudan. A country may end, a number stays.
WITHDRAWN_LETTERS = frozenset((b"YUG", b"SCG", b"ANT"))
WITHDRAWN_DIGITS = frozenset((b"891", b"530", b"736"))
LETTERS = WITHDRAWN_LETTERS | {letters.encode() for letters in countries_by_alpha3}
DIGITS = WITHDRAWN_DIGITS | {digits.encode() for digits in countries_by_numeric}
# ICAO Doc 9303 part 3: weights 7 3 1 again and again, letters count from A = 10.
ICAO_WEIGHTS = (7, 3, 1)


def check_old_foreign_number(number: bytes | bytearray, today: datetime.date) -> None:
    """Raise NumberInvalid unless `number` (15 ASCII characters, letters upper case) can be on a card of 2017."""
    if not OLD_SHAPE.fullmatch(number):
        raise NumberInvalid("it is not 3 letters and 12 digits")
    if bytes(number[:3]) not in LETTERS:
        raise NumberInvalid("its first three letters are no country")
    if two_digits(number, 3) not in MAINLAND:
        raise NumberInvalid("its first two digits are no province")
    year, month, day = (two_digits(number, at) for at in (7, 9, 11))
    try:
        # Which century is not told: this one, or if that cannot be, the last.
        check_birth(2000 + year, month, day, today)
    except NumberInvalid:
        check_birth(1900 + year, month, day, today)
    if number[14:] != b"%d" % icao_check_digit(number[:14]):
        raise NumberInvalid("its check digit does not fit")


def check_new_foreign_number(number: bytes | bytearray, today: datetime.date) -> None:
    """Raise NumberInvalid unless `number` (18 ASCII characters, a final X upper case) can be on a card of 2023."""
    if not NEW_SHAPE.fullmatch(number):
        raise NumberInvalid("it is not a 9, 16 digits and a digit or X")
    if two_digits(number, 1) not in MAINLAND:
        raise NumberInvalid("its second and third digits are no province")
    if bytes(number[3:6]) not in DIGITS:
        raise NumberInvalid("its fourth to sixth digits are no country")
    check_birth(int(number[6:10]), int(number[10:12]), int(number[12:14]), today)
    check_last(number)


def icao_check_digit(text: bytes | bytearray) -> int:
    """The check digit of upper-case letters and digits."""
    total = 0
    for at, character in enumerate(text):
        total += ICAO_WEIGHTS[at % 3] * (character - 48 if character < 58 else character - 55)  # "0", ":", "A" - 10
    return total % 10
