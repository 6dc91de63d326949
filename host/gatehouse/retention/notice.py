"""The notice to travellers: what is kept, since when, until when, and why. In Chinese and English, from the facts."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from gatehouse.retention.holdings import Holding, Holdings, Kind
from gatehouse.words import Words, filled

TITLE: Words = ("本站保存哪些数据", "What this station keeps about you")
NEVER: Words = (
    "不保存您的证件号码、姓名、照片、住址和电话。号码读入后立即转换为带密钥的假名，随后清除。",
    (
        "Never kept: the number of your card, your name, photo, address or telephone. The number becomes a keyed "
        "pseudonym at once and is wiped."
    ),
)
BASIS: Words = (
    (
        "依据：《个人信息保护法》第十九条（保存期限为必要的最短时间）、第四十七条（期满主动删除）；"
        "《网络安全法》（网络日志不少于六个月）。"
    ),
    (
        "By: Personal Information Protection Law, Art. 19 (no longer than necessary) and Art. 47 (deleted unasked); "
        "Cybersecurity Law (network logs: six months at least)."
    ),
)
RUN: Words = ("最近一次自动删除：{day}。", "Last automatic deletion: {day}.")
NO_RUN: Words = ("尚未运行过自动删除。", "No automatic deletion has been run yet.")
STATE: Words = ("本页为 {day} 的状态。", "As of {day}.")


@dataclass(frozen=True, slots=True)
class Said:
    """What the notice says of a kind. limit: for how long, with {limit} in its place."""

    what: Words
    why: Words
    limit: Words


SAID: Mapping[Kind, Said] = {
    Kind.ENTRIES: Said(
        (
            "通行与操作记录：通道、时间、结果、旅客的当日假名",
            "Records of lanes, staff and house: lane, time, result, a traveller's pseudonym of the day",
        ),
        (
            "查明闸机为何放行或不放行；法定的日志保存",
            "To show why a gate opened or did not; the law's duty to keep logs",
        ),
        ("当日之后 {limit} 天", "{limit} days after the day"),
    ),
    Kind.DAY_KEYS: Said(
        (
            "每日密钥：只有持有它才能查到某人当日的记录",
            "Keys of days: only with one can a day's records of somebody be found",
        ),
        (
            "答复您本人的询问和投诉；销毁后任何人都无法再查",
            "To answer your own question or complaint; without it nobody can",
        ),
        ("当日之后 {limit} 天", "{limit} days after the day"),
    ),
    Kind.STATUSES: Said(
        ("健康码状态：颜色、更新时间、来源，以假名保存", "Statuses: colour, time and source, under a pseudonym"),
        ("平台无应答时仍可核验", "To answer at the gate when no platform does"),
        ("至发布方给定的期限，最长 {limit} 天", "until the end that its issuer gave, {limit} days at most"),
    ),
    Kind.ANSWERS: Said(
        ("平台查询结果，以假名保存", "Answers of health platforms, under a pseudonym"),
        ("平台短时无应答时使用", "To stand in while a platform does not answer"),
        ("{limit} 小时，最迟次日删除", "{limit} hours, deleted on the next day at the latest"),
    ),
    Kind.LISTINGS: Said(
        (
            "本站名单（如工作人员、禁入人员），以假名保存",
            "The station's lists (crews, people barred), under a pseudonym",
        ),
        ("按名单放行或拦下，每条均注明原因", "To let in or turn away who is on a list; each entry has its reason"),
        ("至每条自身的截止日", "until the last day of each entry"),
    ),
    Kind.LEAVES: Said(
        ("校验值：由它无法得知任何人或任何内容", "Check values, from which nobody and nothing can be found out"),
        ("证明记录未被改动或删减", "To prove that no record was altered or taken out"),
        ("至本站停用", "until the station is closed down"),
    ),
}
COUNT: Words = ("现有 {count} 条", "{count} now")
SINCE: Words = ("最早 {day}", "oldest of {day}")
UNTIL: Words = ("其最迟保存至 {day}", "which is kept until {day} at most")
LAST_END: Words = ("最后截止日 {day}", "the last one ends on {day}")
OVERDUE: Words = ("已过期，尚未删除", "overdue, not deleted yet")
GONE: Words = ("已删除 {count} 条内容，仅存校验值", "{count} of them without their content, which is deleted")


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of data on the notice: what it is, why and how long it is kept, and how much of it there is."""

    what: Words
    why: Words
    limit: Words
    now: Words


def items(found: Holdings, today: datetime.date) -> list[Item]:
    """An item for each kind, in the order of the holdings."""
    made = []
    for one in found.of:
        said = SAID[one.kind]
        facts = [filled(COUNT, count=one.count), *times(one, today)]
        if one.kind is Kind.LEAVES and found.deleted:
            facts.append(filled(GONE, count=found.deleted))
        now = "，".join(fact[0] for fact in facts), ", ".join(fact[1] for fact in facts)
        made.append(Item(said.what, said.why, filled(said.limit, limit=one.limit), now))
    return made


def times(one: Holding, today: datetime.date) -> list[Words]:
    """Since when, and until when."""
    told: list[Words] = []
    if one.since is not None:
        told.append(filled(SINCE, day=str(one.since)))
    if one.until is not None:
        told.append(filled(LAST_END if one.since is None else UNTIL, day=str(one.until)))
        if one.since is not None and one.until < today:
            told.append(OVERDUE)
    return told


def closing(found: Holdings, today: datetime.date) -> list[Words]:
    """The lines below the items."""
    run = NO_RUN if found.last_run is None else filled(RUN, day=str(found.last_run))
    return [NEVER, BASIS, run, filled(STATE, day=str(today))]


def as_text(found: Holdings, today: datetime.date, station: str) -> str:
    """For a terminal or a printer of text: all of it in Chinese, then in English."""
    parts = []
    for language in (0, 1):
        title = TITLE[language] + (f" · {station}" if station else "")
        lines = [title, ""]
        for item in items(found, today):
            lines += [f"* {item.what[language]}"]
            lines += [f"    {HEADS[key][language]}{getattr(item, key)[language]}" for key in HEADS]
        lines += ["", *(line[language] for line in closing(found, today))]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


HEADS: Mapping[str, Words] = {
    "why": ("原因：", "why: "),
    "limit": ("期限：", "how long: "),
    "now": ("目前：", "at present: "),
}
