"""The words of cards without a number on them: at a PN532 by their UID, at a Wiegand reader by facility and number."""

import re
from collections.abc import Sequence

from gatetools.sim import wiegand
from gatetools.sim.pn532 import Tag

# Those that a scenario's register knows as staff.
UID = "04A1B2C3D4E5F6"
FRAME = "123-45678"
KNOWN = (f"uid:{UID}", f"wiegand:{FRAME}", f"wiegand34:{FRAME}")
ATS = bytes(range(16))  # of no particular meaning: the UID is what counts
DAMAGED = "damaged"
UIDS = re.compile("([0-9A-F]{2}){4}|([0-9A-F]{2}){7}|([0-9A-F]{2}){10}")


class StaffCardWrong(ValueError):
    """No such card; the text says what is allowed."""


def tag(words: Sequence[str]) -> Tag:
    """The card of a UID, without words the one that is known. StaffCardWrong."""
    uid = " ".join(words).upper() or UID
    if not UIDS.fullmatch(uid):
        raise StaffCardWrong("a UID has 4, 7 or 10 bytes, as hexadecimal digits")
    return Tag(bytes.fromhex(uid), ATS)


def frame(words: Sequence[str], usual: int = 26) -> str:
    """The bits of a card, as many as usual, but 34 where the facility does not fit into 26; StaffCardWrong."""
    said = " ".join(words)
    if said == DAMAGED:
        return frame((), usual)[:-1]
    facility, _, number = (said or FRAME).partition("-")
    if all(part.isascii() and part.isdigit() and len(part) <= 5 for part in (facility, number)):
        for bits in (usual, 34):
            try:
                return wiegand.frame(int(facility), int(number), bits)
            except ValueError:
                continue
    raise StaffCardWrong(f"allowed is {DAMAGED}, or FACILITY-NUMBER, each up to 65535")
