"""What happens as lines of text, for a screen that is no terminal, or a person who reads one better."""

import datetime
from collections.abc import Callable

from gatehouse import words
from gatehouse.control.client import Told
from gatehouse.slip_text import OUTCOMES
from gatehouse.words import Words, printable

UNKNOWN: Words = ("未知", "unknown")
NONE: Words = ("", "")
OTHERS: Words = ("另有", "but")
SILENT: Words = ("未答复", "not heard")
BARE = words.REPORTS | words.ENDED  # reports without a detail
TOLD = frozenset(("up", "down", "tap", "report", "ordered", "order", "alarm", "notice", "acknowledged"))


def in_language(said: Words, lang: str) -> str:
    """Words in "zh", "en" or "both"."""
    if lang == "both":
        return " ".join(filter(None, said))
    return said[0] if lang == "zh" else said[1]


def of_code(table: dict[int, Words], code: object) -> Words:
    """The words for a code; it may be one of a later version."""
    return table.get(code, UNKNOWN) if isinstance(code, int) else UNKNOWN


def grounds(name: object) -> Words:
    """The words for grounds, empty ones if there are none."""
    return NONE if name is None else words.GROUNDS.get(str(name), UNKNOWN)


def line(event: Told, lang: str, now: datetime.datetime) -> str | None:
    """One event as one line; None for what nobody reads line by line."""
    kind = event.get("event")
    if kind not in TOLD:
        return None

    def word(table: dict[int, Words], fact: str) -> str:
        return in_language(of_code(table, event.get(fact)), lang)

    said = SAID[str(kind)](event, word, lambda pair: in_language(pair, lang))
    lane = printable(str(event.get("lane", "")))
    return f"{now:%H:%M:%S} " + printable(f"{lane}: {said}" if lane else said)


Word = Callable[[dict[int, Words], str], str]
Say = Callable[[Words], str]


def _sources(event: Told, fact: str, label: Words, say: Say) -> str:
    """What sources beside the one that decided say, "" if none does. fact: where the event names them."""
    named = event.get(fact)
    pairs = [one for one in named if isinstance(one, list) and len(one) == 2] if isinstance(named, list) else []
    told = ", ".join(f"{source}: {say(OUTCOMES.get(str(outcome), UNKNOWN))}" for source, outcome in pairs)
    return f" ({say(label)} {told})" if told else ""


SAID: dict[str, Callable[[Told, Word, Say], str]] = {
    "up": lambda _event, _word, say: say(("已连接", "gate is up")),
    "down": lambda _event, word, say: f"{say(('已断开', 'gate is gone'))}: {word(words.DOWNS, 'reason')}",
    "tap": lambda event, word, say: (
        f"{event.get('masked')} {word(words.VERDICTS, 'verdict')}: {word(words.REASONS, 'reason')}"
        f"{_sources(event, 'others', OTHERS, say)}{_sources(event, 'silent', SILENT, say)}"
    ),
    "report": lambda event, word, _say: word(words.REPORTS if event.get("detail") else BARE, "what"),
    "ordered": lambda event, word, say: (
        f"{event.get('who')}: {word(words.ORDERS, 'what')} "
        f"({words.why(say(grounds(event.get('grounds'))), str(event.get('reason')))})"
    ),
    "order": lambda _event, word, say: f"{say(('指令结果', 'order'))}: {word(words.COMPLETIONS, 'outcome')}",
    "alarm": lambda event, _word, say: (
        f"{say(('报警', 'ALARM'))} {event.get('alarm')}: {say((str(event.get('text_zh')), str(event.get('text'))))}"
    ),
    "notice": lambda event, _word, say: (
        f"{say(('通知', 'notice'))}: {say((str(event.get('text_zh')), str(event.get('text'))))}"
    ),
    "acknowledged": lambda event, _word, say: (
        f"{say(('报警已确认', 'alarm acknowledged'))} {event.get('alarm')}: {event.get('who')}"
    ),
}
