"""A slip for the traveller at the counter, as plain text for a receipt printer of 80 mm: 48 columns, or 32."""

from gatelink import codes
from rich.cells import cell_len, chop_cells

from gatehouse import words
from gatehouse.slips import Slip
from gatehouse.words import Words, clock

WIDTHS = (32, 48)

# What a lookup ended with, as the source's word to a traveller.
OUTCOMES: dict[str, Words] = {
    "green": ("绿码", "green"),
    "yellow": ("黄码", "yellow"),
    "red": ("红码", "red"),
    "expired": ("已过期", "expired"),
    "not found": ("查无此人", "knows nobody of this number"),
    "failed": ("查询失败", "could not be asked"),
    "timed out": ("查询超时", "did not answer in time"),
    "unmapped": ("答复无法识别", "answer not understood"),
    "not asked": ("未查询", "was not asked"),
}
RESULTS: dict[str, Words] = {
    "negative": ("阴性", "negative"),
    "positive": ("阳性", "positive"),
    "pending": ("结果未出", "result not known yet"),
    "unmapped": ("结果无法识别", "result not understood"),
}
TIMES: dict[str, Words] = {
    "sampled": ("采样", "sampled"),
    "tested": ("检测", "tested"),
    "reported": ("报告", "reported"),
}
FRESHNESS: dict[str, Words] = {
    "fresh": ("本站留存的近期答复", "kept by the station, not for long"),
    "older": ("本站留存的较早答复", "kept by the station from earlier"),
}
PROOF: Words = ("凭以上号码可查验本条记录。", "By these the entry can be shown to you, and proven.")
LEAF_DIGITS = 32
ROOT_DIGITS = 16
# Whom to ask where it is the station's own matter.
STATION: Words = ("本站人工窗口", "the staff of this station")


def text(slip: Slip, width: int) -> str:
    """The slip in Chinese, then in English, no line wider than `width` columns; a Chinese character takes two."""
    rule = "-" * width
    proof = [line for one in _proof(slip) for line in wrapped(one, width)]
    parts = [rule, *_part(slip, 0, width), rule, *_part(slip, 1, width), rule, *proof, rule]
    return "\n".join(parts) + "\n"


def _part(slip: Slip, language: int, width: int) -> list[str]:
    verdict, reason = words.VERDICTS[slip.verdict][language], words.REASONS[slip.reason][language]
    lines = [
        _pair(language, "通道", "lane", words.printable(slip.lane)),
        _pair(language, "时间", "time", clock(slip.at_s)),
        _pair(language, "证件", "card", slip.masked),
        _pair(language, "结果", "answer", verdict),
        _pair(language, "原因", "reason", reason),
        _pair(language, "规则", "rule", slip.rule[language]),
        "",
        _pair(language, "数据来源", "source", slip.source or ("无" if language == 0 else "none")),
        _pair(language, "来源答复", "it said", _said(slip, language)),
    ]
    if slip.freshness in FRESHNESS:
        lines.append(_pair(language, "答复时效", "how fresh", FRESHNESS[slip.freshness][language]))
    for source, outcome, at_s in slip.others:
        said = f"{source}: {OUTCOMES.get(outcome, ('?', '?'))[language]}, {clock(at_s)}"
        lines.append(_pair(language, "另有不同答复", "others say", said))
    if slip.updated_s:
        lines.append(_pair(language, "设定时间", "set on", clock(slip.updated_s)))
    if slip.test_result:
        lines.append(_pair(language, "核酸", "test", RESULTS.get(slip.test_result, ("?", "?"))[language]))
    for name, at_s in slip.tests:
        label = TIMES.get(name, ("时间", "time"))
        lines.append(_pair(language, *label, clock(at_s)))
    lines += ["", _pair(language, "如需更正，请联系", "to have it corrected, ask", whom(slip)[language])]
    return [line for one in lines for line in wrapped(one, width)]


def _proof(slip: Slip) -> list[str]:
    """What proves the traveller's entry in the ledger, once for both languages: hashes are read digit by digit.

    Half of the leaf hash is enough: to find another entry that begins alike takes 2^64 trials at the best.
    """
    if not slip.entry:
        return ["台账 ledger: 尚未记入 not recorded yet"]
    leaf = slip.leaf[:LEAF_DIGITS]
    lines = [f"台账 ledger: {slip.entry}", " ".join(leaf[at : at + 8] for at in range(0, len(leaf), 8))]
    if slip.head:
        lines.append(f"台账头 head: {slip.head} {slip.root[:ROOT_DIGITS]}")
    return [*lines, *PROOF]


def whom(slip: Slip) -> Words:
    """Whom to ask: the source's own contact, else the source, else the station."""
    if slip.contact:
        return slip.contact, slip.contact
    if slip.source and slip.reason not in {codes.REASON_LISTED, codes.REASON_BY_RULE, codes.REASON_CLOCK_WRONG}:
        return slip.source, slip.source
    return STATION


def _said(slip: Slip, language: int) -> str:
    outcome = OUTCOMES.get(slip.outcome, ("未查询", "was not asked"))[language]
    return f"{outcome} ({slip.said})" if slip.said else outcome


def _pair(language: int, chinese: str, english: str, value: str) -> str:
    return f"{chinese}：{value}" if language == 0 else f"{english}: {value}"


def wrapped(line: str, width: int) -> list[str]:
    """The line in pieces of at most `width` columns, broken between words where there are any."""
    pieces, current = [], ""
    for word in line.split(" "):
        joined = f"{current} {word}" if current else word
        if cell_len(joined) <= width:
            current = joined
            continue
        if current:
            pieces.append(current)
        *full, current = chop_cells(word, width) or [""]
        pieces += full
    return [*pieces, current]
