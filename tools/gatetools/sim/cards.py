"""Synthetic identity cards as a SAM_V module delivers them: a 256-byte text block and a photo of counting bytes.

Layouts: GA/T 490 for the resident card and the card makers' notices for the others. Text is UTF-16LE, fields are
padded with spaces, the character at byte 248 says which layout it is. Names and addresses are "specimen document".
"""

from dataclasses import dataclass

TEXT_BYTES = 256
PHOTO_BYTES = 1024
# "WL", 102 x 126 pixels, then a pattern that is no picture.
PHOTO = bytes.fromhex("574C66007E00320000FF85") + bytes((0x0B + 0x25 * i) & 0xFF for i in range(PHOTO_BYTES - 11))
FLAG_AT_CHARACTER = 124
UNLIMITED = 0

RESIDENT = " "
HMT_PERMIT = "J"
FOREIGN_2017 = "I"
FOREIGN_2023 = "Y"
NO_KNOWN_KIND = "Q"
SPECIMEN = "证件样本"
# A character of the private use area, one beyond 16 bits, one of extension A, a dot between: as cards may have them.
RARE_NAME = "\ue000\U00020bb7\u3400\u00b7样"


@dataclass(frozen=True, slots=True, repr=False)
class Card:
    """One plastic card. `text` and `photo` are the blocks of a base read."""

    text: bytes
    photo: bytes = PHOTO


def block(fields: dict[int, str], flag: str) -> bytes:
    """A text block from fields by their character offset (half the byte offset)."""
    text = bytearray(" ".encode("utf-16-le") * (TEXT_BYTES // 2))
    for at, content in (fields | {FLAG_AT_CHARACTER: flag}).items():
        coded = content.encode("utf-16-le")
        text[2 * at : 2 * at + len(coded)] = coded
    return bytes(text)


def day(yyyymmdd: int) -> str:
    """A date as on the card; 0 = valid without limit."""
    return "长期" if yyyymmdd == UNLIMITED else str(yyyymmdd)


def resident(number: str, valid_from: int = 20200101, valid_to: int = UNLIMITED, name: str = SPECIMEN) -> Card:
    """A resident identity card for an 18-character number; birth date and sex are those in the number."""
    fields = {
        0: name,
        15: "1" if number[16:17] in "13579" else "2",
        16: "01",
        18: number[6:14],
        26: "北京市东城区样例路一号",
        61: number,
        79: "样例市公安局样例分局",
        94: str(valid_from),
        102: day(valid_to),
    }
    return Card(block(fields, RESIDENT))


def hmt_permit(number: str, valid_from: int = 20180901, valid_to: int = UNLIMITED, name: str = SPECIMEN) -> Card:
    """A residence permit for Hong Kong, Macau and Taiwan residents (2018)."""
    fields = {0: name, 15: "2", 18: number[6:14], 26: "样例路一号", 61: number, 94: str(valid_from)}
    return Card(block(fields | {102: day(valid_to), 110: "H00000000", 119: "01"}, HMT_PERMIT))


def foreign_2017(
    number: str = "KAZ110090123105", valid_from: int = 20170601, valid_to: int = UNLIMITED, name: str = SPECIMEN
) -> Card:
    """A foreign permanent resident card of 2017, by default with a published specimen number."""
    fields = {0: "SPECIMEN, DOCUMENT", 60: "2", 61: number, 76: number[:3], 79: name, 94: str(valid_from)}
    return Card(block(fields | {102: day(valid_to), 110: "19" + number[7:13], 118: "01"}, FOREIGN_2017))


def foreign_2023(
    number: str = "911398199012310021", valid_from: int = 20231201, valid_to: int = UNLIMITED, name: str = SPECIMEN
) -> Card:
    """A foreign permanent resident card from 2023-12-01, by default with a published specimen number."""
    fields = {0: name, 15: "2", 16: "01", 18: number[6:14], 26: "SPECIMEN, DOCUMENT", 61: number}
    return Card(block(fields | {94: str(valid_from), 102: day(valid_to), 121: "KAZ"}, FOREIGN_2023))


@dataclass(frozen=True, slots=True)
class Print:
    """What a card says beside its number. `valid_from`: None = when cards of its kind began to be issued."""

    valid_from: int | None = None
    valid_to: int = UNLIMITED
    name: str = SPECIMEN


def card(number: str, printed: Print | None = None) -> Card:
    """The card of the kind that has numbers of this form."""
    of = printed or Print()
    begins = {} if of.valid_from is None else {"valid_from": of.valid_from}
    if number[:1].isalpha():
        return foreign_2017(number, valid_to=of.valid_to, name=of.name, **begins)
    if number[:1] == "9":
        return foreign_2023(number, valid_to=of.valid_to, name=of.name, **begins)
    made = hmt_permit if number[:2] in ("81", "82", "83") else resident
    return made(number, valid_to=of.valid_to, name=of.name, **begins)


def of_no_known_kind(number: str) -> Card:
    """A card with a flag that no layout is published for."""
    return Card(block({61: number}, NO_KNOWN_KIND))
