"""The findings as people and programs get them."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gatetools.doctor.catalogue import LANGUAGES, Severity
from gatetools.doctor.finding import Finding

FORMAT = 1
MARKS = {Severity.OK: "ok", Severity.NOTE: "note", Severity.WARNING: "WARNING", Severity.BROKEN: "BROKEN"}
MARKS_ZH = {Severity.OK: "正常", Severity.NOTE: "提示", Severity.WARNING: "警告", Severity.BROKEN: "故障"}
STYLES = {Severity.OK: "green", Severity.NOTE: "cyan", Severity.WARNING: "yellow", Severity.BROKEN: "bold red"}
SECTIONS_ZH = {
    "examination": "检查本身",
    "settings": "设置",
    "gatehouse": "gatehouse 进程",
    "ports": "端口",
    "listening": "监听",
    "drivers": "驱动",
    "gates": "闸机固件",
    "enrolment": "登记与密钥",
    "policy": "放行规则与健康码平台",
    "data": "数据",
    "clock": "时钟",
    "security": "安全",
    "bench": "工作台",
}
EXIT_STATUS = {Severity.OK: 0, Severity.NOTE: 0, Severity.WARNING: 1, Severity.BROKEN: 2}


def worst(findings: Sequence[Finding]) -> Severity:
    """The most severe of all."""
    return max((finding.severity for finding in findings), default=Severity.OK)


def as_json(findings: Sequence[Finding]) -> str:
    """One object for programs: `format` changes when fields change their meaning or go."""
    told = [finding.told() for finding in findings]
    return json.dumps({"format": FORMAT, "worst": worst(findings).name.lower(), "findings": told}, ensure_ascii=False)


def show(console: Console, findings: Sequence[Finding], languages: Sequence[str]) -> None:
    """Section by section: each finding, below it what to do, at the end one line."""
    order = list(SECTIONS_ZH)
    for section, members in groupby(sorted(findings, key=lambda one: order.index(one.kind.section)), _section):
        names = {"zh": SECTIONS_ZH[section], "en": section}
        console.print(Text(" ".join(names[language] for language in languages), style="bold"))
        console.print(_rows(list(members), languages))
    console.print()
    console.print(Text(" / ".join(summary(findings, language) for language in languages), style="bold"))


def _section(finding: Finding) -> str:
    return finding.kind.section


def _rows(members: Sequence[Finding], languages: Sequence[str]) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 1))
    grid.add_column(no_wrap=True)
    # Remedies are commands to copy: a long one is folded, never cut.
    grid.add_column(overflow="fold")
    for finding in members:
        marks = {"zh": MARKS_ZH[finding.severity], "en": MARKS[finding.severity]}
        for language in languages:
            # Text, so that brackets in what was found are no markup.
            grid.add_row(Text(marks[language], STYLES[finding.severity]), Text(finding.says(language)))
            if finding.remedy(language):
                grid.add_row("", Text(f"-> {finding.remedy(language)}"))
    return grid


def summary(findings: Sequence[Finding], language: str) -> str:
    """One line: how many of what, and the worst of it."""
    counts = Counter(finding.severity for finding in findings)
    broken, warnings, notes = counts[Severity.BROKEN], counts[Severity.WARNING], counts[Severity.NOTE]
    if language == "zh":
        return f"故障 {broken}，警告 {warnings}，提示 {notes}" if broken + warnings else f"一切正常，提示 {notes}"
    return (
        f"{broken} broken, {warnings} warnings, {notes} notes" if broken + warnings else f"all is well, {notes} notes"
    )


def languages_of(choice: str) -> tuple[str, ...]:
    """What --lang means."""
    return LANGUAGES if choice == "both" else (choice,)
