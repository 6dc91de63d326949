"""What a member of staff says with an order: who it is, why, and on what grounds somebody without a usable card passes.

What may be said stands here and nowhere else.
"""

import enum
from dataclasses import dataclass

from gatelink import codes

from gatehouse import somebodys_number
from gatehouse.words import Words, filled

NAME_CHARACTERS_MAX = 40
REASON_CHARACTERS_MAX = 120

ORDERS = {
    "open": codes.ORDER_OPEN_ONCE,
    "hold": codes.ORDER_HOLD_OPEN,
    "lock": codes.ORDER_LOCK,
    "resume": codes.ORDER_RESUME,
}


# What staff have seen instead of a card that a lane can read. The ledger keeps the numbers: none is used twice.
OTHER = "other"
GROUNDS = {"paper-code": 1, "child": 2, "unreadable": 3, "document": 4, OTHER: 5}


class Result(enum.StrEnum):
    """What became of an order, for whoever gave it."""

    DONE = "done"
    STALE = "stale"
    REFUSED = "refused"
    NO_WORD = "no word"  # it was sent, and may have been done
    AWAY = "away"
    BUSY = "busy"
    NOT_RECORDED = "not recorded"
    UNKNOWN_LANE = "unknown lane"


@dataclass(frozen=True, slots=True)
class Ended:
    """How an order ended. state: what the lane was doing then by its gate's own word, None if it has not said."""

    result: Result
    state: int | None = None


class Unsuitable(ValueError):
    """A name or a reason that cannot be recorded; `said` is what is allowed and never repeats what was given."""

    def __init__(self, said: Words) -> None:
        super().__init__(said[1])
        self.said = said


ONLY_OPEN: Words = (
    "放行旅客只能用开闸一次：请下达 open，或不填依据。",
    "A traveller is answered for by opening once: order open, or leave the grounds out.",
)
NO_REASON: Words = (
    "未填写原因：请用几个字说明，台账会保存。",
    "The reason is empty: say in a few words why, the ledger keeps it.",
)
NO_NAME: Words = ("姓名为空：请不填，或写明下令人。", "The name is empty: leave it out, or say who gives the order.")
TOO_LONG: Words = (
    "{what}有 {characters} 个字符，最多保存 {limit} 个，请写短些。",
    "The {what} has {characters} characters; at most {limit} are kept. Say it shorter.",
)
UNPRINTABLE: Words = (
    "{what}含有无法显示的字符，请在一行内以普通文字填写。",
    "The {what} holds characters that cannot be printed. Type it as plain text on one line.",
)
SOMEBODYS_NUMBER: Words = (
    (
        "{what}中可能有某人的号码。台账不保存旅客号码，请去掉。"
        "相连的七位数字、共十位数字、与字母相连的六位数字都会被拒绝；日期和时刻请写成 2026-01-31、08:30。"
    ),
    (
        "The {what} holds what may be somebody's number. The ledger keeps no traveller's: leave it out. Seven digits "
        "together, ten in all, or six in a word with letters are refused; write a day 2026-01-31, an hour 08:30."
    ),
)
REASON: Words = ("原因", "reason")
NAME: Words = ("姓名", "name")


@dataclass(frozen=True, slots=True)
class Note:
    """What the ledger keeps with an order. who: of staff, never a traveller. reason: in the words of that person.

    grounds: a name of GROUNDS, None where nobody is answered for. Beside them the reason may be "". tap: boot and
    counter of the tap by which the one who is answered for was sent to staff, None where that is not known.
    """

    who: str
    reason: str
    grounds: str | None = None
    tap: tuple[int, int] | None = None


def noted(who: str, order: str, reason: str, grounds: str | None) -> Note:
    """The note of an order, a name of ORDERS. Unsuitable unless it can be recorded.

    OTHER says nothing by itself and needs a reason beside it; so does an order without grounds.
    """
    if grounds is not None and ORDERS[order] != codes.ORDER_OPEN_ONCE:
        raise Unsuitable(ONLY_OPEN)
    enough = grounds is not None and grounds != OTHER
    return Note(who, "" if enough and not reason.strip() else said_reason(reason), grounds)


def said_reason(text: str) -> str:
    """The reason without the space around it. Unsuitable unless it can be recorded."""
    reason = text.strip()
    if not reason:
        raise Unsuitable(NO_REASON)
    return _recordable(REASON, reason, REASON_CHARACTERS_MAX)


def said_name(text: str) -> str:
    """The name without the space around it. Unsuitable unless it can be recorded."""
    name = text.strip()
    if not name:
        raise Unsuitable(NO_NAME)
    return _recordable(NAME, name, NAME_CHARACTERS_MAX)


def signed(user: str, name: str | None) -> str:
    """Who gave an order: the operating system's user, and the name that was given beside a shared account."""
    return f"{user} ({name})" if name else user


def _recordable(what: Words, text: str, limit: int) -> str:
    if len(text) > limit:
        raise Unsuitable(filled(TOO_LONG, what=what, characters=len(text), limit=limit))
    if not text.isprintable():
        raise Unsuitable(filled(UNPRINTABLE, what=what))
    if somebodys_number.holds_one(text):
        raise Unsuitable(filled(SOMEBODYS_NUMBER, what=what))
    return text
