"""Cards of staff and visitors: what their numbers look like, and how people write them.

Neither kind proves anything. A UID is sent to every reader that asks, a Wiegand frame to whoever reaches two wires.
"""

import re
from enum import StrEnum

from gatelink import codes

from gatehouse.number_parts import NumberInvalid

# ISO/IEC 14443-3: 4, 7 or 10 bytes. One of 4 that begins with 08 is drawn anew each time and is nobody's.
UID = re.compile(rb"(?!08[0-9A-F]{6}$)(?:[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})")
# Facility and card number of 26 bits; of 34 bits, which are other cards, with that in front.
WIEGAND = re.compile(rb"(34:)?(0|[1-9][0-9]{0,4}):(0|[1-9][0-9]{0,4})")
NUMBER_MAX, FACILITY_26_MAX = 65535, 255
# As people write them; cards have zeros printed in front.
WRITTEN = re.compile(rb"0*([0-9]{1,5})-0*([0-9]{1,5})")
MARKS = {"WIEGAND": b"", "WIEGAND34": b"34:"}
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
    if kind != codes.CARD_WIEGAND or found is None:
        return False
    return int(found[2]) <= (NUMBER_MAX if found[1] else FACILITY_26_MAX) and int(found[3]) <= NUMBER_MAX


def card_of(text: str) -> tuple[int, bytes] | None:
    """(CARD_ code, number as a gate tells it) of a card as people write it, None for what is none.

    uid:04A1B2C3, wiegand:123-45678 of 26 bits, wiegand34:12345-45678 of 34. NumberInvalid, saying what is wanted, if it
    begins like one and is none.
    """
    word, colon, number = text.partition(":")
    mark, digits = word.upper() if colon else "", number.upper().encode("ascii", "replace")
    if mark == "UID":
        if not is_card(codes.CARD_UID, digits):
            raise NumberInvalid(
                "a UID is 8, 14 or 20 hexadecimal digits, and none that changes each time (08 and six more)"
            )
        return codes.CARD_UID, digits
    if mark not in MARKS:
        return None
    found = WRITTEN.fullmatch(digits)
    told = MARKS[mark] + b"%d:%d" % (int(found[1]), int(found[2])) if found else b""
    if not is_card(codes.CARD_WIEGAND, told):
        raise NumberInvalid(
            f"a Wiegand card is facility and number with a hyphen between, as in wiegand:123-45678 (26 bits: up to "
            f"{FACILITY_26_MAX}-{NUMBER_MAX}) or wiegand34:12345-45678 (34 bits: up to {NUMBER_MAX}-{NUMBER_MAX})"
        )
    return codes.CARD_WIEGAND, told
