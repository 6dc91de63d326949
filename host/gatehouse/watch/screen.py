"""The view on a terminal: who waits for staff, what is alarming, every lane, and what the keys do.

Everything that is shown is text, never markup, and printable.
"""

import datetime
import time
from collections.abc import Sequence

from gatelink import codes
from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from gatehouse import words
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
NOBODY: Words = ("无", "none")
HEADINGS: tuple[Words, ...] = (("通道", "lane"), ("状态", "state"), ("旅客", "traveller"), ("指令", "last order"))
SHARES = (1, 2, 5, 5)  # of the width
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
        self, scene: Scene, operator: Operator, news: Sequence[Words], height: int, *, connected: bool
    ) -> RenderableType:
        """All of it, in at most `height` lines as far as lines are not folded."""
        waiting = scene.waiting_now(time.time())
        alarms = list(scene.alarms.values())
        prompt = self._prompt(operator)
        used = OTHER_LINES + min(len(waiting), WAITING_SHOWN) + min(len(alarms), ALARMS_SHOWN) + len(prompt) - 1
        parts: list[RenderableType] = [
            Text(f"Gatehouse  {datetime.datetime.now().astimezone():%H:%M:%S}", style="bold")
        ]
        if not connected:
            parts.append(Text(self._say(AWAY), style="bold white on red"))
        parts.append(self._rule(WAITING, len(waiting)))
        for one in waiting[:WAITING_SHOWN]:
            reason = self._say(of_code(words.REASONS, one.reason))
            parts.append(_line(f"{one.lane}  {one.masked}  {reason}  {ago(one.at_s)}", "yellow"))
        parts.append(self._rule(ALARMS, len(alarms)))
        first = max(0, [alarm.number for alarm in alarms].index(operator.alarm) - 1) if operator.alarm else 0
        for alarm in alarms[first : first + ALARMS_SHOWN]:
            mark, times = ">" if alarm.number == operator.alarm else " ", f" x{alarm.times}" if alarm.times > 1 else ""
            parts.append(_line(f"{mark} {alarm.number} {ago(alarm.at_s)}{times}  {alarm.text}", "red"))
        parts.append(self._lanes(scene, operator, max(1, height - used)))
        parts += [_line(self._say(one), "cyan") for one in news[-NEWS_SHOWN:]]
        parts += prompt
        return Group(*parts)

    def _say(self, said: Words) -> str:
        return in_language(said, self._lang)

    def _rule(self, title: Words, count: int) -> Rule:
        return Rule(Text(f"{self._say(title)}: {count or self._say(NOBODY)}"), align="left")

    def _prompt(self, operator: Operator) -> list[Text]:
        if not operator.order:
            return [_line(self._say(KEYS), "dim")]
        if operator.chooses:
            choices = [f"  {key}  {self._say(words.GROUNDS[name])}" for key, name in GROUNDS_KEYS.items()]
            return [_line(one, "bold") for one in (f"{operator.lane} {self._say(GROUNDS)}", *choices)]
        what = self._say(words.ORDERS[ORDERS[operator.order]])
        if operator.grounds is not None:
            what += f", {self._say(words.GROUNDS[operator.grounds])}"
        ask = self._say(REASON if operator.reason_needed() else NOTE)
        return [_line(f"{operator.lane} {what} - {ask}: {operator.typed}_", "bold")]

    def _lanes(self, scene: Scene, operator: Operator, rows: int) -> Table:
        table = Table(box=None, expand=True, padding=(0, 1))
        for heading, share in zip(HEADINGS, SHARES, strict=True):
            table.add_column(self._say(heading), no_wrap=True, overflow="ellipsis", ratio=share)
        names = sorted(scene.lanes)
        at = names.index(operator.lane) if operator.lane in names else 0
        first = max(0, min(at - rows // 2, len(names) - rows))
        for name in names[first : first + rows]:
            lane = scene.lanes[name]
            style = "reverse" if name == operator.lane else ""
            table.add_row(_line(name), self._state(lane), self._traveller(lane), self._ordered(lane), style=style)
        return table

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


def _line(text: str, style: str = "") -> Text:
    return Text(printable(text), style=style, no_wrap=True, overflow="ellipsis")
