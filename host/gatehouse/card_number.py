"""The number of a card, whichever it is: which form it has, and whether that form can exist."""

import datetime
import enum

from gatelink import codes

from gatehouse.foreign_number import check_new_foreign_number, check_old_foreign_number
from gatehouse.number_parts import NumberInvalid
from gatehouse.resident_number import check_permit_number, check_resident_number

OLD_FOREIGN_CHARACTERS = 15


class Form(enum.Enum):
    """What a number is made of; each belongs to one kind of card."""

    RESIDENT = enum.auto()
    PERMIT = enum.auto()
    OLD_FOREIGN = enum.auto()
    NEW_FOREIGN = enum.auto()


FORM_OF_CARD = {
    codes.CARD_RESIDENT: Form.RESIDENT,
    codes.CARD_HMT_PERMIT: Form.PERMIT,
    codes.CARD_FOREIGN_2017: Form.OLD_FOREIGN,
    codes.CARD_FOREIGN_2023: Form.NEW_FOREIGN,
}
CHECKS = {
    Form.RESIDENT: check_resident_number,
    Form.PERMIT: check_permit_number,
    Form.OLD_FOREIGN: check_old_foreign_number,
    Form.NEW_FOREIGN: check_new_foreign_number,
}


def form_of(number: bytes | bytearray) -> Form:
    """The form that a number has if it is one."""
    if len(number) == OLD_FOREIGN_CHARACTERS and number[:1].isalpha():
        return Form.OLD_FOREIGN
    if number[:2] in (b"81", b"82", b"83"):
        return Form.PERMIT
    return Form.NEW_FOREIGN if number[:1] == b"9" else Form.RESIDENT


def check_number(number: bytes | bytearray, today: datetime.date) -> Form:
    """The form of `number`, ASCII in upper case; NumberInvalid if no card can have it."""
    form = form_of(number)
    CHECKS[form](number, today)
    return form


def check_card_number(card: int, number: bytes | bytearray, today: datetime.date) -> None:
    """Raise NumberInvalid unless a card of this kind (a CARD_ code) can have this number."""
    if check_number(number, today) is not FORM_OF_CARD.get(card):
        raise NumberInvalid("it is not of the form that this kind of card has")
