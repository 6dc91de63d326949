"""The text block of a card: 256 bytes of UTF-16LE, fields padded with spaces (GA/T 490, and vendors' notices).

The flag at byte 248 tells the four layouts apart and is looked at first, because they overlap. What a gate needs lies
at the same places in all of them: the number's length and letters are what differs. Names, addresses and everything
else stay unread, so that no character in them can matter.
"""

from gate.card import Card
from gatelink import codes

FLAG_AT = 248
FLAGS = {
    0x20: codes.CARD_RESIDENT,
    0x4A: codes.CARD_HMT_PERMIT,
    0x49: codes.CARD_FOREIGN_2017,
    0x59: codes.CARD_FOREIGN_2023,  # its layout is known from one public driver
}

NUMBER_AT = 122
NUMBER_CHARS = 18  # GB 11643-1999 and alike: 17 digits and a check character
OLD_FOREIGN_CHARS = 15  # 3 letters of a country and 12 digits
OLD_FOREIGN_LETTERS = 3
VALID_FROM_AT = 188
VALID_TO_AT = 204
DATE_CHARS = 8  # YYYYMMDD
UNLIMITED = b"\x7f\x95\x1f\x67" + b"\x20\x00" * (DATE_CHARS - 2)  # the two characters of "long-term", and spaces
DIGITS = b"0123456789"


def kind(text: "bytes | memoryview") -> int:
    """The CARD_ code of a text block, 0 if no known layout has its flag."""
    return FLAGS.get(text[FLAG_AT] | text[FLAG_AT + 1] << 8, 0)


def card(text: "bytes | memoryview", kind: int) -> "Card | None":
    """The card of a text block of this kind; None if number or dates have the wrong shape.

    Check digits are left to the gatehouse: what is checked here is that these are a number's characters.
    """
    valid_from = _date(text, VALID_FROM_AT)
    valid_until = 0 if text[VALID_TO_AT : VALID_TO_AT + 2 * DATE_CHARS] == UNLIMITED else _date(text, VALID_TO_AT)
    if valid_from is None or valid_until is None:
        return None
    letters = OLD_FOREIGN_LETTERS if kind == codes.CARD_FOREIGN_2017 else 0
    number = _ascii(text, NUMBER_AT, OLD_FOREIGN_CHARS if letters else NUMBER_CHARS)
    if number is None:
        return None
    for i in range(len(number)):
        one = number[i]
        if i == NUMBER_CHARS - 1 and one in b"Xx":
            number[i] = 0x58
        elif not (0x41 <= one <= 0x5A if i < letters else one in DIGITS):
            return None
    return Card(kind, number, valid_until, valid_from)


def _ascii(text: "bytes | memoryview", at: int, count: int) -> "bytearray | None":
    """`count` characters from byte `at`, one byte each; None if one of them has no place in a byte."""
    found = bytearray(count)
    for i in range(count):
        if text[at + 2 * i + 1]:
            return None
        found[i] = text[at + 2 * i]
    return found


def _date(text: "bytes | memoryview", at: int) -> "int | None":
    """YYYYMMDD, None for anything that is no date."""
    date = 0
    for digit in _ascii(text, at, DATE_CHARS) or b"?":
        if digit not in DIGITS:
            return None
        date = 10 * date + digit - 0x30
    month, day = date // 100 % 100, date % 100
    return date if date >= 19000000 and 1 <= month <= 12 and 1 <= day <= 31 else None
