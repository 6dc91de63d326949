"""Whether the calendar may be believed. What a clock that is set wrong deletes, nobody brings back."""

import datetime
from dataclasses import dataclass

from gatehouse.words import Words, filled

# A PC that shows an earlier day has lost its clock: this program is younger.
FIRST_DAY = datetime.date(2026, 1, 1)

LOST: Words = (
    "本机时钟显示 {today}，显然有误：未删除任何到期数据。请校正时钟。",
    "This PC's clock shows {today} and has lost its time: nothing that is too old was deleted. Set the clock.",
)
LEAPT: Words = (
    (
        "本机时钟显示 {today}，上次已知日期为 {known}，相差 {days} 天：未删除任何到期数据，以免误删仍需保存的记录。"
        "若时钟有误请校正；若确已停用这么久，或刚恢复了旧备份，请运行：gatehouse retention run --clock-is-right"
    ),
    (
        "This PC's clock shows {today}; the last day known before is {known}, {days} days earlier. Nothing that is too "
        "old was deleted: a wrong clock would delete what must be kept. Set the clock if it is wrong; if the station "
        "did stand still for so long, or an old backup was put back: gatehouse retention run --clock-is-right"
    ),
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is deleted."""

    said: Words


def doubt(today: datetime.date, known: datetime.date | None, standstill_days: int) -> Refusal | None:
    """None if `today` may be believed. known: the last day on which retention or the ledger has been at work.

    A clock that goes back is believed: it deletes less.
    """
    if today < FIRST_DAY:
        return Refusal(filled(LOST, today=str(today)))
    if known is None or (today - known).days <= standstill_days:
        return None
    return Refusal(filled(LEAPT, today=str(today), known=str(known), days=(today - known).days))
