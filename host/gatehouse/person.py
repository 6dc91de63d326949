"""The traveller's number: its check digits, its masked form, its keyed pseudonyms. The number itself is never kept."""

import datetime
import hmac
import operator
import re

PSEUDONYM_BYTES = 16
SHOWN_OF_CHARACTERS = 5  # three characters are shown only where at least this many stay hidden
MASK_MAX_CHARACTERS = 30

# GB 11643-1999 with ISO 7064 MOD 11-2.
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = b"10X98765432"
ASCII_ZERO = 48
SHAPE = re.compile(rb"[1-9][0-9]{16}[0-9X]")
# First two digits, GB/T 2260; 71 and 81 to 83 are Taiwan, Hong Kong and Macau. Abolished codes below these
# prefixes stay valid: people keep the code of their first registration.
PROVINCES = frozenset(
    (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83)
)
# Residence permits of Hong Kong, Macau and Taiwan residents have exactly 810000, 820000 or 830000.
RESIDENCE_PERMITS = frozenset((81, 82, 83))
# The standard's own example was born in 1880.
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


def check_resident_number(number: bytes | bytearray, today: datetime.date) -> None:
    """Raise NumberInvalid unless `number` (18 ASCII characters, a final X upper case) can be a resident's."""
    if not SHAPE.fullmatch(number):
        raise NumberInvalid("it is not 17 digits and a digit or X")
    province = (number[0] - ASCII_ZERO) * 10 + number[1] - ASCII_ZERO
    if province not in PROVINCES:
        raise NumberInvalid("its first two digits are no province")
    if province in RESIDENCE_PERMITS and number[2:6] != b"0000":
        raise NumberInvalid("its first six digits are no region")
    try:
        born = datetime.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise NumberInvalid("its birth date does not exist") from None
    if not EARLIEST_BIRTH <= born <= today:
        raise NumberInvalid("its birth date is in the future or before 1850")
    if number[17] != check_digit(number):
        raise NumberInvalid("its check digit does not fit")


def masked(number: bytes | bytearray | str) -> str:
    """First character and last two, for people who need to recognise an entry and not a person.

    Whatever was in the place of a number can be printed afterwards: what is no letter or digit becomes `?`.
    """
    text = number if isinstance(number, str) else number.decode("ascii", "replace")
    hidden = len(text) - 3
    if hidden < SHOWN_OF_CHARACTERS:
        return "*" * len(text)
    first, last = (re.sub("[^0-9A-Za-z]", "?", part) for part in (text[0], text[-2:]))
    return f"{first}{'*' * min(hidden, MASK_MAX_CHARACTERS)}{last}"


def pseudonym(key: bytes, number: bytes | bytearray) -> bytes:
    """HMAC-SHA256(key, number), first 16 bytes. One key per purpose: pseudonyms of different purposes never meet."""
    return hmac.digest(key, number, "sha256")[:PSEUDONYM_BYTES]


def wipe(number: bytearray) -> None:
    """Overwrite the number where it lies."""
    number[:] = bytes(len(number))
