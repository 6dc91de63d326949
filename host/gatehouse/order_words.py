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

# (order, what the lane was doing when it had been carried out): it is more than DONE says.
DONE_WHILE: dict[tuple[int, int | None], Words] = {
    (codes.ORDER_LOCK, 3): (
        "已下令锁闭：闸门正开着，通行结束后锁闭，直到恢复通行。",
        "is open for a passage just now. The lock is ordered: it holds after that, until somebody orders: resume",
    ),
    (codes.ORDER_LOCK, 4): (
        "已下令锁闭：当前通行结束后锁闭，直到恢复通行。",
        "a passage is under way. The lock is ordered: it holds when that has ended, until somebody orders: resume",
    ),
    (codes.ORDER_RESUME, 11): (
        "已恢复，但仍暂停服务，请查看报警。",
        "may take cards again, and is still out of service: what does not work is among its alarms",
    ),
}

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
REFUSED_UNKNOWN = (f"闸机拒绝：{REFUSED_NOW[0]}", f"refused: {REFUSED_NOW[1]}")

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
    """One sentence about `order` for `lane`, from the gatehouse's answer to it. lanes: which there are."""
    result, what = Result(str(told["result"])), ORDERS[order]
    if result is Result.DONE:
        said = _done(what, _number(told, "state"), _number(told, "hold_limit_s") or 0)
    elif result is Result.REFUSED:
        said = _refused(_number(told, "state"), _number(told, "last_state"))
    elif result is Result.UNKNOWN_LANE:
        there = ", ".join(lanes)
        said = (f"没有此通道，现有：{there or '无'}", f"there is no such lane. There are: {there or 'none'}")
    else:
        said = OTHERWISE[result]
    return f"{lane}：{said[0]}", f"{lane}: {said[1]}"


def _done(what: int, state: int | None, hold_limit_s: int) -> Words:
    if what == codes.ORDER_HOLD_OPEN and hold_limit_s:
        return HELD_FOR[0].format(hold_limit_s), HELD_FOR[1].format(hold_limit_s)
    return DONE_WHILE.get((what, state), DONE[what])


def _refused(state: int | None, last_state: int | None) -> Words:
    """state: by the gate's answer. last_state: by its last heartbeat, up to a second before the order."""
    if state is None and last_state is None:
        return REFUSED_UNKNOWN
    known = last_state if state is None else state
    name, why = words.LANE_STATES.get(known or 0, UNKNOWN), REFUSED.get(known or 0, REFUSED_NOW)
    if state is None:
        return f"闸机拒绝。最后一次得知的状态为{name[0]}：{why[0]}", f"refused; when last heard, {name[1]}: {why[1]}"
    return f"{name[0]}：{why[0]}", f"refused while {name[1]}: {why[1]}"


def _number(told: Mapping[str, object], name: str) -> int | None:
    value = told.get(name)
    return value if isinstance(value, int) else None
