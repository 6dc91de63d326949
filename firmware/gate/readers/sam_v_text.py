"""The text block of a resident ID card (GA/T 490): 256 bytes of UTF-16LE, fields padded with spaces.

The flag at byte 248 tells the layouts apart and is looked at first, because they overlap. Name, address and
everything else that a gate does not need stay unread.
"""

from gate.card import Card
from gatelink import codes

FLAG_AT = 248
FLAGS = {
    0x20: codes.CARD_RESIDENT,
    0x4A: codes.CARD_HMT_PERMIT,
    0x49: codes.CARD_FOREIGN_2017,
    0x59: codes.CARD_FOREIGN_2023,
}

NUMBER_AT = 122
NUMBER_CHARS = 18  # GB 11643-1999: 17 digits and a check character
VALID_TO_AT = 204
DATE_CHARS = 8  # YYYYMMDD
UNLIMITED = b"\x7f\x95\x1f\x67" + b"\x20\x00" * (DATE_CHARS - 2)  # the two characters of "long-term", and spaces
DIGITS = b"0123456789"


def kind(text: "bytes | memoryview") -> int:
    """The CARD_ code of a text block, 0 if no known layout has its flag."""
    return FLAGS.get(text[FLAG_AT] | text[FLAG_AT + 1] << 8, 0)


def resident(text: "bytes | memoryview") -> "Card | None":
    """The card of a text block of kind CARD_RESIDENT; None if number or date have the wrong shape.

    The check digit is left to the gatehouse: what is checked here is that these are a number's characters.
    """
    number = _ascii(text, NUMBER_AT, NUMBER_CHARS)
    valid_until = _valid_until(text)
    if number is None or valid_until is None:
        return None
    last = number[NUMBER_CHARS - 1]
    if last == 0x78:  # x
        number[NUMBER_CHARS - 1] = 0x58
    elif last != 0x58 and last not in DIGITS:
        return None
    for i in range(NUMBER_CHARS - 1):
        if number[i] not in DIGITS:
            return None
    return Card(codes.CARD_RESIDENT, number, valid_until)


def _ascii(text: "bytes | memoryview", at: int, count: int) -> "bytearray | None":
    """`count` characters from byte `at`, one byte each; None if one of them has no place in a byte."""
    found = bytearray(count)
    for i in range(count):
        if text[at + 2 * i + 1]:
            return None
        found[i] = text[at + 2 * i]
    return found


def _valid_until(text: "bytes | memoryview") -> "int | None":
    """YYYYMMDD, 0 for an unlimited card, None for anything else."""
    if text[VALID_TO_AT : VALID_TO_AT + 2 * DATE_CHARS] == UNLIMITED:
        return 0
    digits = _ascii(text, VALID_TO_AT, DATE_CHARS)
    if digits is None:
        return None
    date = 0
    for digit in digits:
        if digit not in DIGITS:
            return None
        date = 10 * date + digit - 0x30
    month, day = date // 100 % 100, date % 100
    return date if date >= 19000000 and 1 <= month <= 12 and 1 <= day <= 31 else None
