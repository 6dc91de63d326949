"""What the house itself has done, and who made it: entries of the ledger beside those of the gates.

A deed names no traveller: how many, never who. Its entry is deterministic CBOR: [4, what, at_s, who, detail].
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

import cbor2

from gatehouse import somebodys_number
from gatehouse.words import Words, printable

FORMAT = 4
HOUSE = bytes(7) + b"\1"  # identity of the house's deeds; gates' are random
DETAILS_MAX = 16
TEXT_CHARACTERS_MAX = 200
NUMBER_MAX = 1 << 53  # what every JSON reader holds


class What(enum.IntEnum):
    """What was done. The ledger keeps the numbers: none is used twice."""

    RULES_CHANGED = 1
    LIST_CHANGED = 2
    REGISTER_IMPORTED = 3
    REGISTER_UPDATED = 4
    REGISTER_DELETED = 5
    RETENTION_RUN = 6
    KEYS_CHANGED = 7
    DESTROYED = 8
    LEDGER_FELL_BACK = 9  # it holds less than a head said that was kept elsewhere: an old copy was restored


WORDS: Mapping[What, Words] = {
    What.RULES_CHANGED: ("规则已更换", "rules changed"),
    What.LIST_CHANGED: ("名单已变更", "a list changed"),
    What.REGISTER_IMPORTED: ("健康码库已整体导入", "register imported"),
    What.REGISTER_UPDATED: ("健康码库已更新", "register updated"),
    What.REGISTER_DELETED: ("健康码库有删除", "deleted from the register"),
    What.RETENTION_RUN: ("到期数据已删除", "what is too old was deleted"),
    What.KEYS_CHANGED: ("密钥已更换", "keys changed"),
    What.DESTROYED: ("部署已终结", "the deployment was ended"),
    What.LEDGER_FELL_BACK: ("台账曾回退到旧副本", "the ledger had fallen back to an older copy"),
}

Detail = int | str | bytes
WITHHELD = "(withheld: it may hold somebody's number)"


class UnfitDetail(ValueError):
    """A deed that must not be recorded as it is: a detail too long, or what may be somebody's number."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done at Unix time at_s by whom of the staff. detail: counts, names of files, hashes; see `staff` for
    what `who` may say. UnfitDetail if a text in it may hold somebody's number.
    """

    what: What
    at_s: int
    who: str
    detail: Mapping[str, Detail] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.detail) > DETAILS_MAX:
            raise UnfitDetail(f"a deed has at most {DETAILS_MAX} details")
        for name, value in [("who", self.who), *self.detail.items()]:
            fits = 0 <= value <= NUMBER_MAX if isinstance(value, int) else len(value) <= TEXT_CHARACTERS_MAX
            if not fits or not name.isascii():
                raise UnfitDetail(f"{name}: at most {TEXT_CHARACTERS_MAX} characters or bytes, or a number from 0 on")
            if isinstance(value, str) and (not value.isprintable() or somebodys_number.holds_one(value)):
                raise UnfitDetail(f"{name}: cannot be printed, or may hold somebody's number")

    def encoded(self) -> bytes:
        """Deterministic CBOR (RFC 8949 section 4.2.1)."""
        return cbor2.dumps([FORMAT, int(self.what), self.at_s, self.who, dict(self.detail)], canonical=True)


def fit(text: str) -> str:
    """Text from outside, a file's name for example, as a deed may hold it."""
    short = printable(text)[:TEXT_CHARACTERS_MAX].strip()
    return WITHHELD if somebodys_number.holds_one(short) else short


def decoded(entry: bytes) -> Deed:
    """The deed that `encoded` made; ValueError for anything else."""
    try:
        told = cbor2.loads(entry)
    except (cbor2.CBORDecodeError, EOFError, OverflowError, RecursionError) as failure:
        raise ValueError("not CBOR") from failure
    match told:
        case [number, int(what), int(at_s), str(who), dict(detail)] if number == FORMAT and all(
            map(_is_detail, detail.items())
        ):
            return Deed(What(what), at_s, who, detail)
    raise ValueError("entry of another format")


def _is_detail(one: tuple[object, object]) -> bool:
    return isinstance(one[0], str) and isinstance(one[1], int | str | bytes)
