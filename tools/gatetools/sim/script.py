"""Commands for a simulated lane, as somebody types them or as a scenario file holds them.

A scenario is a text file in UTF-8, one command a line; an empty line and what follows a `#` say nothing. Its first
comment is its title. `settings` comes first and may come once. Everything is read before anything is done: a file with
a mistake in it moves nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gatetools.sim import conditions
from gatetools.sim.passages import ENTRY, EXIT
from gatetools.sim.people import Behaviour, TrueColour
from gatetools.sim.sam_v import FAULTS
from gatetools.sim.wiring import LaneSetup, SettingWrong

FILE_BYTES_MAX = 100_000
LINES_MAX = 1000
LINE_CHARACTERS_MAX = 200
PROBLEMS_MAX = 10
SECONDS_MAX = 600.0
NAME_CHARACTERS_MAX = 20
SHIPPED = Path(__file__).with_name("scenarios")
STANDS = {"": (ENTRY,), "exit": (EXIT,), "both": (ENTRY, EXIT)}
SIDE = ("", "exit")


@dataclass(frozen=True, slots=True)
class Verb:
    """A command. `words`: what may follow it, None where `parse` looks closer. `says`: what it does."""

    usage: str
    says: str
    words: tuple[str, ...] | None = ("",)


VERBS = {
    "tap": Verb("tap [KIND [NAME]]", "lay a card down", None),
    "take": Verb("take", "take the card away"),
    "walk": Verb("walk [exit]", "walk through, from the entry side or from the exit", SIDE),
    "back": Verb("back [exit]", "step in and turn back", SIDE),
    "tailgate": Verb("tailgate [exit]", "two walk through, one close behind the other", SIDE),
    "stand": Verb("stand [exit | both]", "stand in a beam, or put something there", tuple(STANDS)),
    "leave": Verb("leave", "whatever stands in a beam goes away"),
    "fire": Verb("fire on | off", "the building's fire alarm", ("on", "off")),
    "key": Verb("key on | off", "turn the staff's key switch, or turn it back", ("on", "off")),
    "order": Verb("order open | hold | lock | resume", "staff order it", ("open", "hold", "lock", "resume")),
    "unplug": Verb("unplug", "the link's cable is cut"),
    "plug": Verb("plug", "it is whole again"),
    "cut": Verb("cut", "the gate's power goes, between two instructions"),
    "power": Verb("power", "it comes back"),
    "hang": Verb("hang", "the gate's processor stands still, until its watchdog resets it"),
    "fault": Verb("fault KIND | none", f"the card module is {', '.join(FAULTS)}, or sound", (*FAULTS, "none")),
    "expect": Verb("expect CONDITION", "wait until it holds; a scenario fails after 10 s", None),
    "wait": Verb("wait CONDITION | SECONDS", "the same for what takes up to a minute, or just wait", None),
}
# What a card may be: colour in the register, how it is odd, age of the status in hours.
KINDS = {
    "green": (TrueColour.GREEN, Behaviour.NORMAL, 1.0),
    "yellow": (TrueColour.YELLOW, Behaviour.NORMAL, 1.0),
    "red": (TrueColour.RED, Behaviour.NORMAL, 1.0),
    "unknown": (TrueColour.UNKNOWN, Behaviour.NORMAL, 1.0),
    "stale": (TrueColour.GREEN, Behaviour.NORMAL, 50.0),
    "expired": (TrueColour.GREEN, Behaviour.EXPIRED_CARD, 1.0),
    "unsupported": (TrueColour.GREEN, Behaviour.UNSUPPORTED_CARD, 1.0),
}
USUAL_KIND = "green"
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
    """One command. `rest`: the words behind the verb. `condition`: of wait and expect, None for seconds."""

    verb: str
    rest: tuple[str, ...]
    line: int = 0
    condition: conditions.Condition | None = None

    def __str__(self) -> str:
        return " ".join((self.verb, *self.rest))


@dataclass(frozen=True, slots=True)
class Script:
    """A scenario. `title`: what it shows."""

    name: str
    title: str
    setup: LaneSetup
    steps: tuple[Step, ...]

    def people(self) -> Iterator[tuple[str, str]]:
        """(kind, name) of everybody who lays a card down."""
        for step in self.steps:
            if step.verb == "tap":
                yield who(step)


def who(step: Step) -> tuple[str, str]:
    """(kind, name) of a tap."""
    kind, name = (*step.rest, *(USUAL_KIND, "")[len(step.rest) :])
    return kind, name


def command(text: str, line: int = 0, kinds: Mapping[str, object] = KINDS) -> Step:
    """The command in a line. CommandWrong for anything else. kinds: of cards that may be laid down."""
    words = text.split()
    verb, rest = words[0], words[1:]
    known = VERBS.get(verb)
    if known is None:
        raise CommandWrong(f"{_shown(verb)} is no command; there are: {', '.join(VERBS)}")
    if known.words is not None:
        if " ".join(rest) not in known.words:
            raise CommandWrong(f"write: {known.usage}")
        return Step(verb, tuple(rest), line)
    if verb == "tap":
        if (rest and rest[0] not in kinds) or len(rest) > 2 or len(" ".join(rest[1:])) > NAME_CHARACTERS_MAX:
            raise CommandWrong(f"write: {known.usage}; KIND is one of {', '.join(kinds)}")
        return Step(verb, tuple(rest), line)
    if verb == "wait" and len(rest) == 1 and rest[0][:1].isdigit():
        _seconds(rest[0])
        return Step(verb, tuple(rest), line)
    try:
        return Step(verb, tuple(rest), line, conditions.parse(rest))
    except conditions.ConditionWrong as wrong:
        raise CommandWrong(str(wrong)) from None


def _seconds(word: str) -> float:
    try:
        seconds = float(word)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= SECONDS_MAX:
        raise CommandWrong(f"wait: seconds are a number from 0 to {SECONDS_MAX:.0f}")
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
            text, _, comment = _text(raw).partition("#")
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


def manual() -> str:
    """All commands and conditions, for people."""
    width = max(len(verb.usage) for verb in VERBS.values()) + 2
    rows = [f"{verb.usage:<{width}}{verb.says}" for verb in VERBS.values()]
    width = max(map(len, conditions.MEANINGS)) + 2
    rows += ["", f"KIND of a card: {', '.join(KINDS)}", "", "CONDITION:"]
    return "\n".join([*rows, *(f"  {form:<{width}}{means}" for form, means in conditions.MEANINGS.items())])
