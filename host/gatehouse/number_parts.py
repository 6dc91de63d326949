"""What numbers of cards have in common: a province, a birth date, the check character of ISO 7064 MOD 11-2."""

import datetime
import operator

# GB 11643-1999 with ISO 7064 MOD 11-2.
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = b"10X98765432"
ASCII_ZERO = 48
# First two digits, GB/T 2260. Abolished codes below these prefixes stay valid: people keep the code of their first
# registration.
MAINLAND = frozenset((*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66)))
# The example of GB 11643 was born in 1880.
EARLIEST_BIRTH = datetime.date(1850, 1, 1)


class NumberInvalid(ValueError):
    """The number cannot exist; `why` says which part, never the number."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def check_digit(number: bytes | bytearray) -> int:
    """The 18th character (as a byte value) that belongs to the first seventeen digits of `number`."""
    # `map` ends with the shorter of the two; the digits are ASCII.
    total: int = sum(map(operator.mul, WEIGHTS, number)) - ASCII_ZERO * sum(WEIGHTS)
    return CHECK_CHARACTERS[total % 11]


def check_last(number: bytes | bytearray) -> None:
    """Raise NumberInvalid unless the 18th character fits the seventeen digits before it."""
    if number[17] != check_digit(number):
        raise NumberInvalid("its check digit does not fit")


def two_digits(number: bytes | bytearray, at: int) -> int:
    """The value of two ASCII digits."""
    return (number[at] - ASCII_ZERO) * 10 + number[at + 1] - ASCII_ZERO


def check_birth(year: int, month: int, day: int, today: datetime.date) -> None:
    """Raise NumberInvalid unless somebody can have been born on that day."""
    try:
        born = datetime.date(year, month, day)
    except ValueError:
        raise NumberInvalid("its birth date does not exist") from None
    if not EARLIEST_BIRTH <= born <= today:
        raise NumberInvalid("its birth date is in the future or before 1850")
