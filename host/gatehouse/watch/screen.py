"""The view on a terminal: who waits for staff, what is alarming, every lane, and what the keys do.

Everything that is shown is text, never markup, and printable.
"""

import datetime
import time
from collections.abc import Sequence

from gatelink import codes
from rich.cells import cell_len
from rich.console import ConsoleDimensions, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from gatehouse import faults, words
from gatehouse.gates_view import ago
from gatehouse.scene import Lane, Scene
from gatehouse.staff import ORDERS
from gatehouse.watch.feed import AWAY
from gatehouse.watch.lines import grounds, in_language, of_code
from gatehouse.watch.operator import GROUNDS_KEYS, Operator
from gatehouse.words import Words, printable

WAITING_SHOWN = 5
ALARMS_SHOWN = 4
NEWS_SHOWN = 2
OTHER_LINES = 9  # title, rules, headings, news, keys
VERDICT_STYLES = {codes.ALLOW: "green", codes.DENY: "red", codes.REFER: "yellow"}
NO_LINK: Words = ("离线", "no link")
WAITING: Words = ("等候人工", "waiting for staff")
ALARMS: Words = ("报警", "alarms")
ACKNOWLEDGED: Words = ("已确认，尚未恢复", "acknowledged, still so")
NOBODY: Words = ("无", "none")
HEADINGS: tuple[Words, ...] = (("通道", "lane"), ("状态", "state"), ("旅客", "traveller"), ("指令", "last order"))
KEPT = 2  # columns that are there however narrow the terminal is; the lane takes half of it at most
TOLD_COLUMNS = 20  # where less than this is left for one of the others, it is not shown
PADDING = 2
KEYS: Words = (
    "↑↓ 通道  o 开闸  t 无卡旅客  h 常开  l 锁闭  r 恢复  n 选报警  a 确认  q 退出",
    "up/down  o open  t no card  h hold  l lock  r resume  n alarm  a acknowledge  q quit",
)
GROUNDS: Words = (
    "放行无可用证件的旅客，请选依据（Esc 取消）",
    "let a traveller without a usable card through: choose why (Esc leaves it)",
)
NOTE: Words = ("备注可不填（回车发出，Esc 取消）", "a note, or none (Enter gives the order, Esc leaves it)")
REASON: Words = ("原因（回车发出，Esc 取消）", "reason (Enter gives the order, Esc leaves it)")


class Screen:
    """Draws in one language, "zh", "en" or "both"."""

    def __init__(self, lang: str) -> None:
        self._lang = lang

    def draw(
        self, scene: Scene, operator: Operator, news: Sequence[Words], size: ConsoleDimensions, *, connected: bool
    ) -> RenderableType:
        """All of it, on a terminal of that many columns and lines."""
        waiting = scene.waiting_now(time.time())
        alarms = list(scene.alarms.values())
        prompt, broken, told = self._prompt(operator, size), self._broken(scene), list(news[-NEWS_SHOWN:])
        used = OTHER_LINES + min(len(waiting), WAITING_SHOWN) + min(len(alarms), ALARMS_SHOWN) + len(prompt) - 1
        used += len(broken)
        head: list[RenderableType] = [Text(f"Gatehouse  {datetime.datetime.now().astimezone():%H:%M:%S}", style="bold")]
        if not connected:
            head.append(Text(self._say(AWAY), style="bold white on red"))
        head.append(self._rule(WAITING, len(waiting)))
        for one in waiting[:WAITING_SHOWN]:
            reason = self._say(of_code(words.REASONS, one.reason))
            head.append(_line(f"{one.lane}  {one.masked}  {reason}  {ago(one.at_s)}", "yellow"))
        head.append(self._rule(ALARMS, len(alarms)))
        first = max(0, [alarm.number for alarm in alarms].index(operator.alarm) - 1) if operator.alarm else 0
        for alarm in alarms[first : first + ALARMS_SHOWN]:
            said = self._say((alarm.text_zh, alarm.text))
            mark, times = ">" if alarm.number == operator.alarm else " ", f" x{alarm.times}" if alarm.times > 1 else ""
            head.append(_line(f"{mark} {alarm.number} {ago(alarm.at_s)}{times}  {said}", "red"))
        head += broken
        # What is asked is seen whole; of the rest, where there is little room, the end is: lanes, then what is above.
        room = max(0, size.height - len(prompt))
        told = told[max(0, len(told) - room) :]
        rows = min(max(1, size.height - used), len(scene.lanes))
        parts: list[RenderableType] = head[: max(0, room - len(told) - rows - 1)]
        if room - len(told) > rows:
            parts.append(self._lanes(scene, operator, rows, size.width))
        return Group(*parts, *(_line(self._say(one), "cyan") for one in told), *prompt)

    def _say(self, said: Words) -> str:
        return in_language(said, self._lang)

    def _rule(self, title: Words, count: int) -> Rule:
        return Rule(Text(f"{self._say(title)}: {count or self._say(NOBODY)}"), align="left")

    def _broken(self, scene: Scene) -> list[Text]:
        """Faults that stand although nobody is alarmed about them any more."""
        alarming = {alarm.cause for alarm in scene.alarms.values()}
        acknowledged = [
            f"  {name}: {self._say(words.fault(*fault))} - {self._say(ACKNOWLEDGED)}"
            for name, lane in sorted(scene.lanes.items())
            for fault in lane.faults.values()
            if lane.up and faults.cause(name, *fault) not in alarming
        ]
        return [_line(one, "red") for one in acknowledged[:ALARMS_SHOWN]]

    def _prompt(self, operator: Operator, size: ConsoleDimensions) -> list[Text]:
        if not operator.order:
            return [_line(self._say(KEYS), "dim")]
        width = size.width
        if operator.chooses:
            question = f"{operator.lane} {self._say(GROUNDS)}"
            choices = [f"  {key}  {self._say(words.GROUNDS[name])}" for key, name in GROUNDS_KEYS.items()]
            return [_line(one, "bold") for one in (question, *choices)]
        what = self._say(words.ORDERS[ORDERS[operator.order]])
        if operator.grounds is not None:
            what += f", {self._say(words.GROUNDS[operator.grounds])}"
        ask = self._say(REASON if operator.reason_needed() else NOTE)
        question, typed = f"{operator.lane} {what} - {ask}:", f"{operator.typed}_"
        if cell_len(question) + 1 + cell_len(typed) <= width:
            return [_line(f"{question} {typed}", "bold")]
        return [_line(question, "bold"), _line(_end_of(typed, width), "bold")]

    def _lanes(self, scene: Scene, operator: Operator, rows: int, width: int) -> Table:
        names = sorted(scene.lanes)
        at = names.index(operator.lane) if operator.lane in names else 0
        first = max(0, min(at - rows // 2, len(names) - rows))
        shown = names[first : first + rows]
        cells = [self._cells(scene.lanes[name]) for name in shown]
        headings = [self._say(heading) for heading in HEADINGS]
        wanted = [[cell_len(cell.plain) for cell in row] for row in cells] or [[0] * len(HEADINGS)]
        widths = _widths(list(map(cell_len, headings)), [max(column) for column in zip(*wanted, strict=True)], width)
        table = Table(box=None, padding=(0, PADDING, 0, 0), pad_edge=False)
        for heading, wide in zip(headings, widths, strict=False):
            table.add_column(heading, no_wrap=True, overflow="ellipsis", width=wide)
        for name, row in zip(shown, cells, strict=True):
            table.add_row(*row[: len(widths)], style="reverse" if name == operator.lane else "")
        return table

    def _cells(self, lane: Lane) -> list[Text]:
        """As HEADINGS."""
        return [_line(lane.name), self._state(lane), self._traveller(lane), self._ordered(lane)]

    def _state(self, lane: Lane) -> Text:
        if not lane.up or lane.state is None:
            return _line(f"{self._say(NO_LINK)} {ago(lane.link_since_s) if lane.link_since_s else ''}", "red")
        return _line(f"{self._say(of_code(words.LANE_STATES, lane.state))} {ago(lane.state_since_s)}")

    def _traveller(self, lane: Lane) -> Text:
        last = lane.traveller
        if last is None:
            return Text("")
        said = f"{last.masked} {self._say(of_code(words.VERDICTS, last.verdict))}: "
        said += self._say(of_code(words.REASONS, last.reason))
        if last.outcome not in {None, codes.REPORT_NOT_OPENED}:
            said += f", {self._say(of_code(words.REPORTS, last.outcome))}"
        return _line(said, VERDICT_STYLES.get(last.verdict, ""))

    def _ordered(self, lane: Lane) -> Text:
        last = lane.ordered
        if last is None:
            return Text("")
        outcome = "…" if last.outcome is None else self._say(of_code(words.COMPLETIONS, last.outcome))
        why = words.why(self._say(grounds(last.grounds)), last.reason)
        return _line(f"{self._say(of_code(words.ORDERS, last.what))} {outcome}, {last.who}: {why}")


def _widths(headings: Sequence[int], wanted: Sequence[int], width: int) -> list[int]:
    """Columns for lane and state, as many as they want, and what is left for the others, of which it may be none.

    `headings`: what those want, where there is room for the lanes' own words beside it.
    """
    both = [max(pair) for pair in zip(headings, wanted, strict=True)]
    lane, state = (both if sum(both[:KEPT]) + PADDING <= width else wanted)[:KEPT]
    lane = min(lane, max(1, width // 2 - PADDING))
    state = min(state, max(1, width - lane - PADDING))
    left = width - lane - state - PADDING
    others = min(len(wanted) - KEPT, left // (TOLD_COLUMNS + PADDING))
    return [lane, state, *([left // others - PADDING] * others if others > 0 else [])]


def _end_of(text: str, width: int) -> str:
    """What fits into that many columns, of its end: there somebody types."""
    while cell_len(text) > max(1, width):
        text = f"…{text[2:]}"
    return text


def _line(text: str, style: str = "") -> Text:
    return Text(printable(text), style=style, no_wrap=True, overflow="ellipsis")
