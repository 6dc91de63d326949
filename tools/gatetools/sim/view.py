"""What a run looks like: a live table on a terminal, one line per swipe where nobody looks.

Fits 80 columns and 24 lines. Shows masked travellers only.
"""

from collections import deque
from collections.abc import Mapping
from typing import Self

from gatehouse import words
from gatelink import codes
from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group
from rich.live import Live
from rich.rule import Rule
from rich.text import Text

from gatetools.histogram import percentile
from gatetools.sim.lane import Lane
from gatetools.sim.people import Behaviour, Traveller
from gatetools.sim.swipe import Swipe

VERDICT_STYLES = {codes.ALLOW: "green", codes.DENY: "red", codes.REFER: "yellow"}
# States as heartbeats tell them, from `firmware/gate/lane_table.py`.
STATES = (
    ("待机", "ready"),
    ("查询中", "checking"),
    ("放行中", "opening"),
    ("已放行", "open"),
    ("通行中", "passing"),
    ("禁止通行", "stay"),
    ("请到人工窗口", "see staff"),
    ("请重新放置", "place again"),
    ("常开", "held open"),
    ("已锁闭", "locked"),
    ("消防疏散", "fire"),
    ("暂停服务", "out of service"),
)
AWAY = ("离线", "no link")
NOT_ANSWERED = ("未读出", "not read")
# Column: title, width in cells. With a space between them and the passage behind: 80.
INSTEAD = {"code": "二维码", "wiegand": "员工卡"}
COLUMNS = (("时间 time", 8), ("道", 2), ("旅客", 6), ("状态 colour and reason", 24), ("结果", 9), ("   ms", 5))
HEADER_LINES = 4
FALLBACK_HEIGHT = 24
WIDTH = 80


def short(masked: str) -> str:
    """The masked form in six cells: 1***2X."""
    return masked if len(masked) <= 6 else f"{masked[0]}***{masked[-2:]}"


def both(said: words.Words) -> str:
    """Chinese and English."""
    return " ".join(said).strip()


def name_of(traveller: Traveller) -> str:
    """Who it is in six cells, as far as anybody may know."""
    return short(traveller.masked) if traveller.instead is None else INSTEAD[traveller.instead]


def verdict_of(swipe: Swipe) -> words.Words:
    """What the traveller was told."""
    if swipe.relay_us is not None:
        return words.VERDICTS[codes.ALLOW]
    if swipe.reason is None and not swipe.over:
        return ("…", "")
    if swipe.verdict == codes.DENY:
        return words.VERDICTS[codes.DENY]
    if swipe.reason == codes.REASON_CARD_UNREADABLE:
        return STATES[7]
    return NOT_ANSWERED if swipe.reason is None else ("人工", "see staff")


def outcome_of(swipe: Swipe) -> words.Words:
    """What happened then."""
    said = ("", "") if swipe.outcome in (None, codes.REPORT_NOT_OPENED) else words.REPORTS[swipe.outcome or 0]
    if swipe.traveller.behaviour is Behaviour.LAID_TWICE and swipe.over:
        said = ("重刷", f"{said[1]}, twice".strip(", "))  # the card was laid down twice; 20 cells are left
    if swipe.wrong_way:
        extra = words.REPORTS[codes.REPORT_WRONG_WAY]
        said = (f"{extra[0]} {said[0]}".strip(), f"{extra[1]}, {said[1]}".strip(", "))
    return said


def cells(swipe: Swipe) -> list[str]:
    """One swipe, column by column; the last one takes what is left of the line."""
    reason = "" if swipe.reason is None else both(words.REASONS.get(swipe.reason, ("?", str(swipe.reason))))
    ms = "" if swipe.latency_ms is None else f"{swipe.latency_ms:.1f}"[:5].rstrip(".")
    return [
        f"{swipe.at:%H:%M:%S}",
        swipe.lane,
        name_of(swipe.traveller),
        reason,
        both(verdict_of(swipe)),
        f"{ms:>5}",
        both(outcome_of(swipe)),
    ]


def line(columns: list[str]) -> str:
    """Columns padded to their widths; Chinese characters take two cells."""
    padded = [
        text if cell_len(text) > width else set_cell_size(text, width)
        for text, (_, width) in zip(columns, COLUMNS, strict=False)
    ]
    return " ".join([*padded, *columns[len(COLUMNS) :]]).rstrip()


def beside(lane: str, text: str) -> str:
    """A line that is nobody's: what a lane says, or what becomes of it."""
    return set_cell_size(line(["", lane, text]), WIDTH).rstrip()


def quoted(words_: str) -> str:
    """What a lane says, up to where a line ends: its first sentences, which are the Chinese ones, if not all fit."""
    room = WIDTH - cell_len(beside("A", "“…”"))
    fits = cell_len(words_) <= room
    return f"“{words_}”" if fits else f"“{words_[: words_.rfind('。') + 1]}…”"


HEAD = line([*(title for title, _ in COLUMNS), "经过 passage"])


def style_of(swipe: Swipe) -> str:
    """Green for open, red for deny, yellow for everything that needs staff or another try."""
    if swipe.relay_us is not None:
        return VERDICT_STYLES[codes.ALLOW]
    return VERDICT_STYLES.get(swipe.verdict or codes.REFER, "yellow") if swipe.verdict != codes.ALLOW else "yellow"


def _row(swipe: Swipe) -> Text:
    return Text(line(cells(swipe)), style=style_of(swipe), no_wrap=True, overflow="crop")


class View:
    """Use as a context manager. `plain`: lines only, even on a terminal."""

    def __init__(self, lanes: Mapping[str, Lane], *, plain: bool, console: Console | None = None) -> None:
        self._lanes = lanes
        self._console = console or Console(highlight=False)
        self._plain = plain or not self._console.is_terminal
        self._rows: deque[Swipe | Text] = deque(maxlen=200)
        self._latencies: list[float] = []
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if self._plain:
            self.say(HEAD)
        else:
            self._live = Live(console=self._console, auto_refresh=False, transient=False)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self.draw()
            self._live.stop()
            self._live = None

    def say(self, text: str) -> None:
        """A line of its own."""
        self._console.print(Text(text), soft_wrap=True)

    def begun(self, swipe: Swipe) -> None:
        """A traveller comes."""
        self._rows.append(swipe)

    def note(self, lane: str, said: words.Words) -> None:
        """Something became of a lane."""
        text = Text(beside(lane, both(said)), style="magenta")
        self._rows.append(text)
        if self._plain:
            self._console.print(text, soft_wrap=True)

    def ended(self, swipe: Swipe) -> None:
        """A visit is over."""
        if swipe.latency_ms is not None:
            self._latencies.append(swipe.latency_ms)
        if self._plain:
            self._console.print(Text(line(cells(swipe))), soft_wrap=True)
            if swipe.told_by_sign and swipe.relay_us is None:
                self.say(beside(swipe.lane, quoted(swipe.told_by_sign)))

    def draw(self) -> None:
        """Show everything as it is now."""
        if self._live is not None:
            self._live.update(self.picture(), refresh=True)

    def picture(self) -> Group:
        """What a terminal shows at this moment."""
        height = self._console.size.height or FALLBACK_HEIGHT
        newest = list(self._rows)[-max(1, height - HEADER_LINES - 1) :]
        rows = [row if isinstance(row, Text) else _row(row) for row in newest]
        return Group(self._lane_line(), Rule(style="dim"), Text(HEAD, style="bold", no_wrap=True), *rows)

    def _lane_line(self) -> Text:
        said = Text(no_wrap=True, overflow="crop")
        for lane in self._lanes.values():
            up = lane.up.is_set()
            state = both(STATES[lane.state] if up and 0 <= lane.state < len(STATES) else AWAY)
            said.append(f"{lane.spec.name} {lane.spec.board}: ", style="bold")
            said.append(f"{state} ", style="green" if up else "red")
            words = lane.sign.now() if lane.sign is not None else ""
            if words:
                said.append(f"“{words.split('。')[0].split(' ')[0]}” ", style="italic")
            said.append("  ")
        if self._latencies:
            said.append(f"p50 {percentile(self._latencies, 0.5):.1f} ms", style="dim")
        return said
