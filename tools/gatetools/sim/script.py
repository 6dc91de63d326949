"""Commands for a simulated lane, as somebody types them or as a scenario file holds them.

A scenario is a text file in UTF-8, one command a line; an empty line says nothing, nor does what follows a `#` that
stands in no quotation marks. The first comment is its title. `settings` comes first and may come once. Everything is
read before anything is done: a file with a mistake in it moves nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gatetools.sim import conditions, shown_code, staff_cards, tap
from gatetools.sim.fittings import FAULTS, SIGN, SOUND
from gatetools.sim.passages import ENTRY, EXIT
from gatetools.sim.shown_code import CodeWrong, ShownCode
from gatetools.sim.staff_cards import StaffCardWrong
from gatetools.sim.tap import Tap, TapWrong
from gatetools.sim.wiring import LaneSetup, SettingWrong

FILE_BYTES_MAX = 100_000
LINES_MAX = 1000
LINE_CHARACTERS_MAX = 200
PROBLEMS_MAX = 10
SECONDS_MAX = 600.0
LAG_MAX_S = 10.0
SHIPPED = Path(__file__).with_name("scenarios")
STANDS = {"": (ENTRY,), "exit": (EXIT,), "both": (ENTRY, EXIT)}
SIDE = ("", "exit")
ENDS = (*FAULTS, SIGN)  # beside the link
BREAKS = [f"{reader} {kind}" for reader, kinds in FAULTS.items() if kinds for kind in (*kinds, SOUND)]


@dataclass(frozen=True, slots=True)
class Verb:
    """A command. `words`: what may follow it, None where `parse` looks closer. `says`: what it does."""

    usage: str
    says: str
    words: tuple[str, ...] | None = ("",)


VERBS = {
    "tap": Verb("tap [WORD ...]", "lay a card down on the card module", None),
    "staff": Verb("staff [UID]", "lay a card on the PN532: of staff, or of this UID", None),
    "wiegand": Verb("wiegand [FACILITY-NUMBER | damaged]", "the same at the Wiegand reader", None),
    "code": Verb('code WORD | "TEXT"', "hold a code before the QR module", None),
    "take": Verb("take", "take away what lies or is held at a reader"),
    "walk": Verb("walk [exit]", "walk through, from the entry side or from the exit", SIDE),
    "back": Verb("back [exit]", "step in and turn back", SIDE),
    "tailgate": Verb("tailgate [exit]", "two walk through, one close behind the other", SIDE),
    "stand": Verb("stand [exit | both]", "stand in a beam, or put something there", tuple(STANDS)),
    "leave": Verb("leave", "whatever stands in a beam goes away"),
    "fire": Verb("fire on | off", "the building's fire alarm", ("on", "off")),
    "key": Verb("key on | off", "turn the staff's key switch, or turn it back", ("on", "off")),
    "order": Verb("order open | hold | lock | resume", "staff order it", ("open", "hold", "lock", "resume")),
    "unplug": Verb("unplug [READER | sign]", "the link's cable is cut, or a plug is pulled", ("", *ENDS)),
    "plug": Verb("plug [READER | sign]", "it is whole again, or back in", ("", *ENDS)),
    "lag": Verb("lag SECONDS", "what is sent over the link arrives so much later, both ways", None),
    "cut": Verb("cut", "the gate's power goes, between two instructions"),
    "fill": Verb("fill", "meanwhile its journal is full, as after long without a gatehouse"),
    "power": Verb("power", "it comes back"),
    "hang": Verb("hang", "the gate's processor stands still, until its watchdog resets it"),
    "fault": Verb("fault READER KIND | none", "a reader is broken, or sound", tuple(BREAKS)),
    "expect": Verb("expect CONDITION", "wait until it holds; a scenario fails after 10 s", None),
    "wait": Verb("wait CONDITION | SECONDS", "the same for what takes up to a minute, or just wait", None),
}
SETTINGS = "settings"


class CommandWrong(ValueError):
    """A line that is no command; the text says what is allowed."""


class ScriptWrong(Exception):
    """A file that is no scenario; `problems` holds a sentence for each mistake, with its line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Step:
    """One command. `rest`: the words behind the verb. `condition`: of wait and expect, None for seconds.

    `tap`, `code`: what is laid down or shown.
    """

    verb: str
    rest: tuple[str, ...]
    line: int = 0
    condition: conditions.Condition | None = None
    tap: Tap | None = None
    code: ShownCode | None = None

    def __str__(self) -> str:
        return " ".join((self.verb, *self.rest))


@dataclass(frozen=True, slots=True)
class Script:
    """A scenario. `title`: what it shows."""

    name: str
    title: str
    setup: LaneSetup
    steps: tuple[Step, ...]

    def taps(self) -> Iterator[Tap]:
        """Every card that is laid down."""
        return (step.tap for step in self.steps if step.tap is not None)

    def codes(self) -> Iterator[ShownCode]:
        """Every code that is shown."""
        return (step.code for step in self.steps if step.code is not None)


def command(text: str, line: int = 0, *, alone: bool = False) -> Step:
    """The command in a line. CommandWrong for anything else. alone: the register is somebody else's."""
    words = text.split()
    verb, rest = words[0], words[1:]
    known = VERBS.get(verb)
    if known is None:
        raise CommandWrong(f"{_shown(verb)} is no command; there are: {', '.join(VERBS)}")
    step = Step(verb, tuple(rest), line)
    if known.words is not None:
        if " ".join(rest) not in known.words:
            allowed = f"; allowed is {' | '.join(filter(None, known.words))}" if "READER" in known.usage else ""
            raise CommandWrong(f"write: {known.usage}{allowed}")
        return step
    try:
        return _looked_into(step, alone=alone)
    except (TapWrong, CodeWrong, StaffCardWrong) as wrong:
        raise CommandWrong(f"write: {known.usage}; {wrong}") from None
    except conditions.ConditionWrong as wrong:
        raise CommandWrong(str(wrong)) from None


def _looked_into(step: Step, *, alone: bool) -> Step:
    """With what its words mean; raises what those who know the words raise."""
    verb, rest = step.verb, step.rest
    if verb == "tap":
        return replace(step, tap=Tap.of(rest, alone=alone))
    if verb == "code":
        return replace(step, code=shown_code.of(rest, alone=alone))
    if verb == "staff":
        staff_cards.tag(rest)
    elif verb == "wiegand":
        staff_cards.frame(rest)
    elif verb == "lag" or (verb == "wait" and len(rest) == 1 and rest[0][:1].isdigit()):
        _seconds(verb, " ".join(rest), SECONDS_MAX if verb == "wait" else LAG_MAX_S)
    else:
        return replace(step, condition=conditions.parse(list(rest)))
    return step


def _seconds(verb: str, word: str, most: float) -> float:
    try:
        seconds = float(word)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= most:
        raise CommandWrong(f"{verb}: seconds are a number from 0 to {most:.0f}")
    return seconds


def read(path: Path) -> Script:
    """The scenario in a file. ScriptWrong with every mistake in it, or why it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as failure:
        raise ScriptWrong([f"{path}: cannot be read ({failure.strerror})"]) from None
    return parse(str(path), path.stem, data)


def parse(place: str, name: str, data: bytes) -> Script:
    """The scenario that a file's bytes are. place: the file, for messages."""
    if len(data) > FILE_BYTES_MAX:
        raise ScriptWrong([f"{place}: longer than {FILE_BYTES_MAX} bytes; a scenario is a short text"])
    lines = data.split(b"\n")
    if len(lines) > LINES_MAX:
        raise ScriptWrong([f"{place}: more than {LINES_MAX} lines; a scenario is a short text"])
    setup, title, steps = None, "", list[Step]()
    problems: list[str] = []
    for number, raw in enumerate(lines, 1):
        try:
            text, comment = uncommented(_text(raw))
            title = title or comment.strip()
            if not text.strip():
                continue
            if text.split()[0] == SETTINGS:
                setup = _setup(text, first=not steps and setup is None)
            else:
                steps.append(command(text, number))
        except (CommandWrong, SettingWrong) as wrong:
            problems.append(f"{place}, line {number}: {wrong}")
    if len(problems) > PROBLEMS_MAX:
        problems[PROBLEMS_MAX:] = [f"{place}: and {len(problems) - PROBLEMS_MAX} lines more"]
    if problems or not steps:
        raise ScriptWrong(problems or [f"{place}: holds no command; see gate sim --help"])
    return Script(name, title, setup or LaneSetup(), tuple(steps))


def uncommented(text: str) -> tuple[str, str]:
    """A line without its comment, and that: it begins at the first # that is in no quotation marks."""
    at = text.find("#")
    while at >= 0 and text[:at].count(shown_code.QUOTE) % 2 and shown_code.QUOTE in text[at:]:
        at = text.find("#", at + 1)
    return (text, "") if at < 0 else (text[:at], text[at + 1 :])


def _setup(text: str, *, first: bool) -> LaneSetup:
    if not first:
        raise CommandWrong("settings come once, before every command")
    return LaneSetup.of(text.split()[1:])


def _text(raw: bytes) -> str:
    try:
        text = raw.removesuffix(b"\r").decode("utf-8").replace("\t", " ").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise CommandWrong("is not UTF-8 text") from None
    if len(text) > LINE_CHARACTERS_MAX:
        raise CommandWrong(f"longer than {LINE_CHARACTERS_MAX} characters")
    if not text.isprintable():
        raise CommandWrong("holds characters that cannot be printed")
    return text


def _shown(word: str) -> str:
    return word[:20] if word.isprintable() else "what stands there"


def shipped() -> list[Path]:
    """The scenarios that come with the tool."""
    return sorted(SHIPPED.glob("*.txt"))


def find(named: str) -> Path:
    """The file of this path, or the shipped scenario of this name. ScriptWrong if there is neither."""
    path = Path(named)
    if path.exists():
        return path
    for one in shipped():
        if one.stem == named:
            return one
    raise ScriptWrong([f"{named[:200]}: there is no such file, and no scenario of this name; see gate sim --list"])


def read_all(named: Sequence[str]) -> list[Script]:
    """The scenarios of these files and names. ScriptWrong as `find` and `read`, or if two have one name."""
    scripts = [read(find(one)) for one in named]
    if len({one.name for one in scripts}) < len(scripts):
        raise ScriptWrong(["two of these scenarios have one name: each needs a lane of its own"])
    return scripts


def manual(*, alone: bool = False) -> str:
    """All commands and conditions, for people. alone: at a lane whose register is somebody else's."""
    width = max(len(verb.usage) for verb in VERBS.values()) + 2
    rows = [f"{verb.usage:<{width}}{verb.says}" for verb in VERBS.values()]
    rows += ["", "WORD of a tap, at most one of a line, the first if there is none:"]
    rows += [f"  {line}" for line in tap.words_allowed(alone=alone).split("; ")]
    rows += [
        f"WORD of a code: {', '.join(shown_code.ODD if alone else shown_code.WORDS)}",
        "READER and KIND of its fault:",
    ]
    rows += [
        f"  {reader:<9}{', '.join((*kinds, SOUND)) if kinds else 'can be unplugged'}"
        for reader, kinds in FAULTS.items()
    ]
    width = max(map(len, conditions.MEANINGS)) + 2
    rows += ["CONDITION:"]
    return "\n".join([*rows, *(f"  {form:<{width}}{means}" for form, means in conditions.MEANINGS.items())])
