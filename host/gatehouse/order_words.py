"""What is said to staff about an order of theirs: what happened, why, and what to do next; Chinese and English."""

from collections.abc import Mapping, Sequence

from gatelink import codes

from gatehouse import words
from gatehouse.staff import ORDERS, Result
from gatehouse.words import Words

UNKNOWN = ("未知", "unknown")

DONE: dict[int, Words] = {
    codes.ORDER_OPEN_ONCE: ("已开闸，放行一人。", "opened for one person."),
    codes.ORDER_HOLD_OPEN: (
        "已常开，直到恢复通行或闸机断电。",
        "is held open until somebody orders resume, or its power fails.",
    ),
    codes.ORDER_LOCK: (
        "已锁闭，直到恢复通行，断电也不解除。",
        "is locked until somebody orders: resume. No power cut ends it.",
    ),
    codes.ORDER_RESUME: ("恢复刷卡通行。", "takes cards again."),
}
HELD_FOR: Words = (
    "已常开，{0} 秒后自动结束，或直到恢复通行或闸机断电。",
    "is held open for {0} s, as hold_limit_s says, or until somebody orders resume or its power fails.",
)

# Why a lane in this state refuses an order, and what helps.
REFUSED: dict[int, Words] = {
    1: ("正在查询一名旅客，请稍后再试。", "a traveller is being looked up. Try again in a moment."),
    2: ("正在开闸，请稍后再试。", "it is just opening. Try again in a moment."),
    3: ("闸门已开，等待通过。", "it is open and waits for somebody. Try again when that passage is over."),
    4: ("有人正在通过，请稍后再试。", "somebody is in the passage. Try again when that passage is over."),
    8: ("已处于常开，如需关闭请恢复通行。", "it is held open. To shut it, order: resume"),
    9: ("已锁闭，请先恢复通行。", "it is locked. Order first: resume"),
    10: ("消防信号有效，全部放行。", "the fire input has released it. It takes orders again when that is over."),
    11: ("暂停服务，请检修闸机。", "it is out of service. Look at its alarms, mend it, then order: resume"),
}
REFUSED_NOW = ("现在不能执行，请稍后再试。", "its state did not allow it. Look at the lane, then try again.")

OTHERWISE: dict[Result, Words] = {
    Result.STALE: ("指令到达过晚，未执行，请重试。", "the order came too late and was not obeyed. Order again."),
    Result.NO_WORD: (
        "闸机未答复，可能已执行，请查看通道。",
        "the gate has not answered. It may have obeyed: look at the lane. Nothing of this order can come later.",
    ),
    Result.AWAY: (
        "闸机离线，未发出指令。请检查线路与电源，或使用钥匙开关。",
        "its gate is away, nothing was ordered. Look at its cable and power, or use the key switch.",
    ),
    Result.BUSY: (
        "另一指令正在执行，请稍后再试。",
        "another order for this lane is under way, nothing was ordered. Try again in a moment.",
    ),
    Result.NOT_RECORDED: (
        "无法写入记录，未发出指令。请检查磁盘，或使用钥匙开关。",
        "the ledger cannot record it, so nothing was ordered. Look at that disk, or use the key switch.",
    ),
}


def answered(told: Mapping[str, object], lane: str, order: str, lanes: Sequence[str]) -> Words:
    """As `said`, from the gatehouse's answer to an order."""
    state, limit_s = told.get("state"), told.get("hold_limit_s")
    return said(
        Result(str(told["result"])),
        lane,
        order,
        state if isinstance(state, int) else None,
        lanes,
        limit_s if isinstance(limit_s, int) else 0,
    )


def said(
    result: Result, lane: str, order: str, state: int | None, lanes: Sequence[str], hold_limit_s: int = 0
) -> Words:
    """One sentence about `order` for `lane`. state, hold_limit_s: the lane's own. lanes: which there are."""
    what = ORDERS[order]
    if result is Result.DONE and what == codes.ORDER_HOLD_OPEN and hold_limit_s:
        told = HELD_FOR[0].format(hold_limit_s), HELD_FOR[1].format(hold_limit_s)
    elif result is Result.DONE:
        told = DONE[what]
    elif result is Result.UNKNOWN_LANE:
        there = ", ".join(lanes)
        told = (f"没有此通道，现有：{there or '无'}", f"there is no such lane. There are: {there or 'none'}")
    elif result is Result.REFUSED:
        name = UNKNOWN if state is None else words.LANE_STATES.get(state, UNKNOWN)
        why = REFUSED_NOW if state is None else REFUSED.get(state, REFUSED_NOW)
        told = (f"{name[0]}：{why[0]}", f"refused while {name[1]}: {why[1]}")
    else:
        told = OTHERWISE[result]
    return f"{lane}：{told[0]}", f"{lane}: {told[1]}"
