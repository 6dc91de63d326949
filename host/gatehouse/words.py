"""Words for people, in Chinese and English, for every code that they may see."""

import datetime

from gatelink import codes

Words = tuple[str, str]  # Chinese, English

VERDICTS: dict[int, Words] = {
    codes.ALLOW: ("通行", "pass"),
    codes.DENY: ("禁止通行", "stay"),
    codes.REFER: ("请到人工窗口", "see staff"),
}

REASONS: dict[int, Words] = {
    codes.REASON_GREEN: ("绿码", "green"),
    codes.REASON_YELLOW: ("黄码", "yellow"),
    codes.REASON_RED: ("红码", "red"),
    codes.REASON_STATUS_EXPIRED: ("健康码已过期", "status too old"),
    codes.REASON_NOT_FOUND: ("查无健康码", "no status known"),
    codes.REASON_LOOKUP_FAILED: ("查询失败", "lookup failed"),
    codes.REASON_LOOKUP_TIMED_OUT: ("查询超时", "lookup timed out"),
    codes.REASON_NUMBER_INVALID: ("证件号码有误", "number does not check"),
    codes.REASON_CARD_EXPIRED: ("证件已过期", "card expired"),
    codes.REASON_CARD_NOT_YET_VALID: ("证件尚未生效", "card not yet valid"),
    codes.REASON_CARD_KIND_UNSUPPORTED: ("暂不支持此类证件", "kind of card not supported"),
    codes.REASON_STATUS_FROM_FUTURE: ("健康码时间有误", "status from the future"),
    codes.REASON_STATUS_UNMAPPED: ("健康码无法识别", "status not recognised"),
    codes.REASON_LEDGER_UNAVAILABLE: ("通行记录不可用", "ledger unavailable"),
    codes.REASON_HOST_AWAY: ("主机离线", "gatehouse away"),
    codes.REASON_NO_ANSWER: ("主机无应答", "no answer in time"),
    codes.REASON_CARD_UNREADABLE: ("请重新放置证件", "lay the card down again"),
    codes.REASON_JOURNAL_UNAVAILABLE: ("闸机记录不可用", "gate's journal unavailable"),
    codes.REASON_STAFF: ("工作人员操作", "by staff"),
    codes.REASON_CARD_REJECTED: ("证件未通过验证", "card not proven genuine"),
    codes.REASON_FIRE: ("消防疏散", "fire release"),
    codes.REASON_LANE_FAULT: ("通道故障", "lane fault"),
    codes.REASON_LANE_BUSY: ("通道使用中", "lane in use"),
    codes.REASON_CODE_TOO_LONG: ("二维码过长", "code too long"),
    codes.REASON_STAFF_CARD: ("员工卡", "staff card"),
    codes.REASON_CARD_UNPROVEN: ("此类卡可被复制", "card that can be copied"),
    codes.REASON_TEST_POSITIVE: ("核酸检测阳性", "test positive"),
    codes.REASON_TEST_NOT_IN_ORDER: ("核酸检测不符合要求", "test missing or too old"),
    codes.REASON_LISTED: ("在本站名单内", "on a list of the station"),
    codes.REASON_BY_RULE: ("本站规则", "rule of the station"),
    codes.REASON_CLOCK_WRONG: ("本站时钟有误", "station clock wrong"),
    codes.REASON_NOT_ASKED: ("未能查询", "nobody could be asked"),
    codes.REASON_FLAGGED: ("健康码有附加提示", "status has a notice"),
    codes.REASON_BY_CARD: ("凭证件登记进入", "entry by valid card"),
    codes.REASON_ANSWER_TOO_OLD: ("查询结果已过期", "answer too old"),
}

REPORTS: dict[int, Words] = {
    codes.REPORT_BOOTED: ("闸机启动", "gate started"),
    codes.REPORT_OPENING: ("开闸", "opening"),
    codes.REPORT_PASSED: ("已通过", "passed"),
    codes.REPORT_TURNED_BACK: ("中途折返", "turned back"),
    codes.REPORT_NOBODY_CAME: ("无人通过", "nobody came"),
    codes.REPORT_FOLLOWED: ("尾随", "followed"),
    codes.REPORT_WRONG_WAY: ("逆行", "wrong way"),
    codes.REPORT_UNKNOWN: ("结果未知", "outcome unknown"),
    codes.REPORT_NOT_OPENED: ("未开闸", "not opened"),
    codes.REPORT_FIRE: ("消防信号", "fire input"),
    codes.REPORT_FAULT: ("故障", "fault"),
    codes.REPORT_HELD: ("常开", "held open"),
    codes.REPORT_LOCKED: ("锁闭", "locked"),
    codes.REPORT_GAP: ("记录缺失", "reports missing"),
    codes.REPORT_RETIRED: ("闸机停用", "gate retired"),
    codes.REPORT_BEGINS: ("闸机启用", "gate's records begin"),
    codes.REPORT_ORDERED: ("人工指令", "ordered by staff"),
    codes.REPORT_COMPLETED: ("指令结果", "order's outcome"),
    codes.REPORT_COUNTED: ("合并计数", "counted"),
}

# Of what begins by a report with detail 1, the report with detail 0.
ENDED: dict[int, Words] = {
    codes.REPORT_FIRE: ("消防信号解除", "fire input is quiet again"),
    codes.REPORT_HELD: ("常开结束", "no longer held open"),
    codes.REPORT_LOCKED: ("锁闭解除", "no longer locked"),
}

RESETS: dict[int, Words] = {
    codes.RESET_UNKNOWN: ("原因不明", "for a reason that its chip does not tell"),
    codes.RESET_POWER: ("上电或欠压", "power on, or a brown-out"),
    codes.RESET_HARD: ("程序复位或崩溃", "reset by its program, or crashed"),
    codes.RESET_WATCHDOG: ("看门狗复位", "reset by its watchdog"),
    codes.RESET_DEEP_SLEEP: ("休眠唤醒", "woken from deep sleep"),
    codes.RESET_SOFT: ("软复位", "soft reset after an update, or by a tool"),
}

ORDERS: dict[int, Words] = {
    codes.ORDER_OPEN_ONCE: ("开闸一次", "open once"),
    codes.ORDER_HOLD_OPEN: ("保持常开", "hold open"),
    codes.ORDER_LOCK: ("锁闭", "lock"),
    codes.ORDER_RESUME: ("恢复通行", "resume"),
    codes.ORDER_ACKNOWLEDGE: ("确认报警", "alarm acknowledged"),
}

# On what grounds staff let somebody through who has no usable card.
GROUNDS: dict[str, Words] = {
    "paper-code": ("已看纸质健康码", "paper code seen"),
    "child": ("儿童，有监护人陪同", "child with guardian"),
    "unreadable": ("证件无法读取", "card that cannot be read"),
    "document": ("其他证件", "other document"),
    "other": ("其他", "other"),
}

COMPLETIONS: dict[int, Words] = {
    codes.COMPLETION_DONE: ("已执行", "done"),
    codes.COMPLETION_STALE: ("指令过时，未执行", "came too late, not done"),
    codes.COMPLETION_REFUSED: ("闸机拒绝", "refused by the lane"),
    codes.COMPLETION_NO_WORD: ("闸机未答复，结果未知", "no word from the gate, outcome unknown"),
    codes.COMPLETION_NOT_GIVEN: ("未发出", "not given"),
}

RETIRED: dict[int, Words] = {
    codes.RETIRED_REPLACED: ("已被替换", "replaced"),
    codes.RETIRED_REKEYED: ("已换密钥", "new keys"),
    codes.RETIRED_REVOKED: ("已吊销", "revoked"),
    codes.RETIRED_MOVED: ("已移至其他通道", "moved to another lane"),
    codes.RETIRED_FORGOTTEN: ("密钥已遗失", "its keys are lost here"),
}

# What a heartbeat tells the lane is doing: the firmware's own states.
LANE_STATES: dict[int, Words] = {
    0: ("空闲", "idle"),
    1: ("查询中", "asking"),
    2: ("记录中", "recording"),
    3: ("已开闸", "open"),
    4: ("通过中", "passing"),
    5: ("已拒绝", "refused"),
    6: ("转人工", "referred"),
    7: ("请重放证件", "place again"),
    8: ("常开", "held"),
    9: ("锁闭", "locked"),
    10: ("消防", "fire"),
    11: ("暂停服务", "out of service"),
}

FAULTS: dict[int, Words] = {
    codes.FAULT_READER_SILENT: ("读卡器无响应，正在复位", "reader does not answer, being reset"),
    codes.FAULT_READER_BACK: ("读卡器恢复", "reader works again"),
    codes.FAULT_READER_SELF_TEST: ("读卡器自检失败，请更换", "reader failed its self-test, replace it"),
    codes.FAULT_READER_UNLICENSED: ("读卡器未授权，请联系供应商", "reader is not licensed, ask its supplier"),
    codes.FAULT_JOURNAL_FULL: ("闸机记录已满，请恢复与主机的连接", "gate's journal is full, restore the link"),
    codes.FAULT_JOURNAL_WRITE: ("闸机记录写入失败，请检修", "gate's journal cannot be written, service it"),
    codes.FAULT_TASK_CRASHED: ("闸机程序部分出错", "a part of the gate's program failed"),
    codes.FAULT_SETTINGS_REFUSED: (
        "闸机拒绝了设置，沿用上次有效的设置",
        "gate refused its settings and goes on with the last good ones",
    ),
    codes.FAULT_BEAM_BLOCKED: (
        "光电开关被遮挡或通行触点卡住，请检查通道",
        "a beam stays broken or the passage contact turned, look at the passage and its sensors",
    ),
    codes.FAULT_BEAM_FREE: ("光电开关和通行触点恢复", "beams and passage contact are free again"),
}

READER_FAULTS = frozenset(
    (
        codes.FAULT_READER_SILENT,
        codes.FAULT_READER_BACK,
        codes.FAULT_READER_SELF_TEST,
        codes.FAULT_READER_UNLICENSED,
    )
)

# Which of a lane's readers a fault is about.
READERS: dict[int, Words] = {
    codes.READER_SAM_V: ("证件读卡模块", "card module"),
    codes.READER_QR: ("二维码模块", "QR module"),
    codes.READER_PN532: ("员工卡读卡器 PN532", "PN532"),
    codes.READER_WIEGAND: ("韦根读卡器", "Wiegand reader"),
}

REFUSALS: dict[int, Words] = {
    codes.REFUSED_UNKNOWN_GATE: ("未登记的闸机", "this gate is not enrolled here; enrol it"),
    codes.REFUSED_WRONG_KEY: ("密钥不符", "its proof does not fit: wrong key, or not the gate it claims to be"),
    codes.REFUSED_ROLLED_BACK: (
        "密钥计数回退",
        "its keys are older than ours: an old copy or a clone; look at the gate",
    ),
    codes.REFUSED_VERSION: ("协议版本不兼容", "no protocol version in common; update the older side"),
    codes.REFUSED_LIVE_ELSEWHERE: (
        "同一身份已在另一端口在线",
        "this identity is live on another port: two gates claim it",
    ),
    codes.REFUSED_TOO_FAR_AHEAD: ("密钥计数超前过多", "its keys are too far ahead of ours; enrol it again"),
    codes.REFUSED_KEYS_UNREADABLE: (
        "主机无法读取该闸机的密钥",
        "our own keys of this gate cannot be read; restore them from a backup, or give it new ones: gate rotate",
    ),
    codes.REFUSED_REVOKED: (
        "已吊销；除非知道它去过哪里，否则不要重新登记",
        "revoked; do not enrol it again unless you know where it was",
    ),
}

DOWNS: dict[int, Words] = {
    codes.DOWN_SILENCE: ("无应答", "silent"),
    codes.DOWN_REPLACED: ("会话更新", "new session"),
    codes.DOWN_PORT: ("端口断开", "port lost"),
    codes.DOWN_REFUSED: ("不再受理", "served no more"),
}


def detail(what: int, number: int, counter: int = 0) -> str:
    """A report's detail in words, as far as it has a meaning for people. `counter`: of the report too."""
    if what == codes.REPORT_COUNTED:
        of, its = counter % 256, counter // 256
        said = REPORTS.get(of, ("", f"report {of}"))[1]
        more = detail(of, its)
        return f"{number} x {said}{': ' if more else ''}{more}"
    if what == codes.REPORT_BOOTED:
        return RESETS.get(number, ("", f"reset {number}"))[1]
    if what in {codes.REPORT_OPENING, codes.REPORT_NOT_OPENED}:
        return REASONS.get(number, ("", f"reason {number}"))[1]
    if what == codes.REPORT_RETIRED:
        return RETIRED.get(number, ("", f"reason {number}"))[1]
    if what == codes.REPORT_ORDERED:
        return ORDERS.get(number, ("", f"order {number}"))[1]
    if what == codes.REPORT_COMPLETED:
        return COMPLETIONS.get(number, ("", f"outcome {number}"))[1]
    if what == codes.REPORT_FAULT:
        return FAULTS.get(number, ("", f"fault {number}"))[1]
    if what in {codes.REPORT_FIRE, codes.REPORT_HELD, codes.REPORT_LOCKED}:
        return "on" if number else "off"
    if what == codes.REPORT_UNKNOWN and number == codes.UNKNOWN_RETIRED:
        return "gate retired"
    return str(number) if what == codes.REPORT_GAP else ""


def fault(what: int, number: int, more: str = "") -> Words:
    """A gate's fault, and behind it what narrows it down: of a reader's fault which one it is.

    more: what the gate itself says of it, printable.
    """
    said = FAULTS.get(what, (f"故障 {what}", f"fault {what}"))
    if more:
        return f"{said[0]}：{more}", f"{said[1]}: {more}"
    if what == codes.FAULT_TASK_CRASHED:
        return filled(("{part}出错", "{part} failed"), part=part(number))
    reader = READERS.get(number // 256) if what in READER_FAULTS else None
    if reader is None:
        return f"{said[0]}（{number}）", f"{said[1]} ({number})"
    status = number % 256
    return (
        f"{said[0]}（{reader[0]}{f'，{status}' if status else ''}）",
        f"{said[1]} ({reader[1]}{f', {status}' if status else ''})",
    )


def part(number: int) -> Words:
    """What of a gate's program failed: a part, or the driver of a reader."""
    if number < codes.PART_READER:
        return f"闸机程序第 {number} 部分", f"part {number} of the gate's program"
    code = number - codes.PART_READER
    return filled(
        ("{reader}的驱动程序", "driver of the {reader}"), reader=READERS.get(code, (f"读卡器 {code}", f"reader {code}"))
    )


def filled(said: Words, /, **facts: Words | str | int) -> Words:
    """The words with facts in the places that bear their names; a fact that is words itself comes by its language."""
    chinese, english = ({name: _of(fact, lang) for name, fact in facts.items()} for lang in (0, 1))
    return said[0].format(**chinese), said[1].format(**english)


def _of(fact: Words | str | int, language: int) -> str:
    return fact[language] if isinstance(fact, tuple) else str(fact)


def why(grounds: str, reason: str) -> str:
    """Grounds in words, "" if there are none, and the reason in words of staff, "" if grounds are all."""
    return ": ".join(said for said in (grounds, reason) if said)


def plain(text: bytes) -> str:
    """What somebody says of himself on a line, safe to show: printable ASCII, all else as dots."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in text)


def clock(at_s: int) -> str:
    """A time at the station; "?" for one that no calendar has."""
    try:
        return f"{datetime.datetime.fromtimestamp(at_s).astimezone():%Y-%m-%d %H:%M}"
    except (OverflowError, OSError, ValueError):
        return "?"


def printable(text: str) -> str:
    """Text that may come from anywhere, safe to show: what cannot be printed becomes a dot."""
    return "".join(character if character.isprintable() else "." for character in text)
