"""Cards of staff and visitors: what their numbers look like, and how people write them.

Neither kind proves anything. A UID is sent to every reader that asks, a Wiegand frame to whoever reaches two wires.
"""

import re
from enum import StrEnum

from gatelink import codes

from gatehouse.number_parts import NumberInvalid

# ISO/IEC 14443-3: 4, 7 or 10 bytes. One of 4 that begins with 08 is drawn anew each time and is nobody's.
UID = re.compile(rb"(?!08[0-9A-F]{6}$)(?:[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})")
WIEGAND = re.compile(rb"(0|[1-9][0-9]{0,4}):(0|[1-9][0-9]{0,4})")
WIEGAND_MAX = 65535  # facility and card number of 34 bits; of 26 the facility ends at 255
KINDS = frozenset((codes.CARD_UID, codes.CARD_WIEGAND))


class Trust(StrEnum):
    """What cards of one kind may do."""

    REFER = "refer"  # nothing: their holder is sent to staff
    REGISTER = "register"  # what the register says of them, as of a traveller
    STAFF = "staff"  # open, once the register holds them as green, of whatever age


def is_card(kind: int, number: bytes | bytearray) -> bool:
    """Whether a card of that kind can have this number, as a gate tells it."""
    if kind == codes.CARD_UID:
        return UID.fullmatch(number) is not None
    found = WIEGAND.fullmatch(number)
    return found is not None and max(map(int, found.groups())) <= WIEGAND_MAX


def card_of(text: str) -> tuple[int, bytes] | None:
    """(CARD_ code, number as a gate tells it) of a card written as uid:04A1B2C3 or wiegand:123-45678, None for others.

    NumberInvalid, saying what is wanted, if it begins like one and is none.
    """
    word, colon, number = text.partition(":")
    kind = {"UID": codes.CARD_UID, "WIEGAND": codes.CARD_WIEGAND}.get(word.upper()) if colon else None
    if kind is None:
        return None
    digits = number.upper().encode("ascii", "replace")
    if kind == codes.CARD_WIEGAND:
        digits = digits.replace(b":", b"?").replace(b"-", b":")
    if not is_card(kind, digits):
        raise NumberInvalid(
            "a UID is 8, 14 or 20 hexadecimal digits, and none that changes each time (08 and six more)"
            if kind == codes.CARD_UID
            else f"a Wiegand card is facility and number up to {WIEGAND_MAX}, as in wiegand:123-45678"
        )
    return kind, digits
