"""A rule file: read as a whole and checked as a whole, each problem with its line."""

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal

from gatelink import codes
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from gatehouse.rules.conditions import (
    CARDS,
    NUMBERS,
    ONE,
    SOME,
    WEEKDAYS,
    AnyOf,
    Bound,
    Condition,
    NoneOf,
    OneOf,
    TestWithin,
    TimeOfDay,
)
from gatehouse.rules.rule_set import BECAUSE, Rule, RuleSet
from gatehouse.rules.soundness import Unsound, sound
from gatehouse.rules.state import Limits, State
from gatehouse.settings_errors import SettingsError
from gatehouse.status import COLOUR_OF_OUTCOME, Freshness, LabResult
from gatehouse.toml_lines import line_of
from gatehouse.typed_file import text_in, typed

FILE_MAX_BYTES = 200_000
RULES_MAX = 200
FORMAT = 1
MINUTES_A_DAY = 24 * 60
TIMES = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")
VERDICTS = {"allow": codes.ALLOW, "allow_by_card": codes.ALLOW, "deny": codes.DENY, "refer": codes.REFER}


class Section(BaseModel):
    """Base of every table: nothing unknown, nothing converted on the quiet."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


def is_printable(text: str) -> str:
    """ValueError for what a receipt or a screen cannot show."""
    if not text.isprintable() or not text.strip():
        raise ValueError("it must be plain text on one line")
    return text


def one_of(names: list[str], allowed: frozenset[str]) -> list[str]:
    """ValueError for a name that is not there."""
    for name in names:
        if name not in allowed:
            raise ValueError(f'"{name}" is none of them')
    return names


Title = Annotated[
    str, AfterValidator(is_printable), Field(max_length=80, description="a short text in quotes, one line")
]
Name = Annotated[
    str, Field(pattern=r"^[a-z0-9_]{1,40}$", description="a name of a-z, 0-9 and _, in quotes, at most 40 characters")
]
Names = Annotated[
    list[Annotated[str, AfterValidator(is_printable), Field(min_length=1, max_length=100)]],
    Field(min_length=1, description='a list of names, like ["a", "b"]'),
]


def _listed(allowed: frozenset[str]) -> AfterValidator:
    return AfterValidator(lambda names: one_of(names, allowed))


STATES = frozenset(state.value for state in State)
FRESHNESS = frozenset(word.value for word in Freshness)
COLOURS = frozenset(outcome.value for outcome in COLOUR_OF_OUTCOME)
RESULTS = frozenset(("none", *(result.value for result in LabResult)))


class Policy(Section):
    """What the file is."""

    format: Annotated[Literal[1], Field(description="1, the format of this file")]
    name: Name
    zh: Title
    en: Title
    admits: Annotated[
        Literal["green", "registration"],
        Field(description='"green" or "registration" (which lets rules say then = "allow_by_card")'),
    ]


class LimitSection(Section):
    """What every status is held to."""

    status_max_hours: Annotated[int, Field(ge=1, le=8760, description="whole hours from 1 to 8760")]
    answer_max_hours: Annotated[int, Field(ge=1, le=8760, description="whole hours from 1 to 8760")]
    clock_tolerance_s: Annotated[int, Field(ge=0, le=3600, description="whole seconds from 0 to 3600")] = 120
    harmless_flags: Annotated[list[Name], Field(description='a list of flags, like ["vaccinated"]')] = []


class TestSection(Section):
    """A negative test that is needed."""

    __test__ = False  # no test case, whatever its name

    max_hours: Annotated[int | None, Field(ge=1, le=8760, description="whole hours from 1 to 8760")] = None
    max_days: Annotated[int | None, Field(ge=0, le=365, description="whole calendar days from 0 to 365")] = None
    since: Annotated[
        list[Literal["sampled", "tested", "reported"]],
        Field(min_length=1, description='a list of "sampled", "tested", "reported", the first that is told counts'),
    ]

    @model_validator(mode="after")
    def _one_limit(self) -> "TestSection":
        if (self.max_hours is None) == (self.max_days is None):
            raise ValueError("give either max_hours or max_days")
        return self


def minutes_of(times: str) -> frozenset[int]:
    """The minutes of the day in "HH:MM-HH:MM", the last one not among them; over midnight too. ValueError if none."""
    match = TIMES.fullmatch(times)
    if match is None:
        raise ValueError("it is no span of time")
    first, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if first == end:
        raise ValueError("it begins when it ends; leave it out for the whole day")
    return frozenset(minute % MINUTES_A_DAY for minute in range(first, end if first < end else end + MINUTES_A_DAY))


def _is_span(times: str) -> str:
    minutes_of(times)
    return times


class RuleSection(Section):
    """One table [[rule]]. The key `then` says what happens; every other one after it must hold for that."""

    name: Name
    zh: Title
    en: Title
    then: Annotated[
        Literal["allow", "allow_by_card", "deny", "refer"],
        Field(description='"allow", "deny" or "refer"; with admits = "registration" also "allow_by_card"'),
    ]
    because: Annotated[
        Literal["test", "list", "rule"] | None,
        Field(description='"test", "list" or "rule"; left out, the state is the reason'),
    ] = None
    state: Annotated[
        Annotated[Names, _listed(STATES)] | None, Field(description=f"a list of {', '.join(sorted(STATES))}")
    ] = None
    card: Annotated[
        Annotated[Names, _listed(frozenset(CARDS))] | None, Field(description=f"a list of {', '.join(CARDS)}")
    ] = None
    lane: Annotated[Names | None, Field(description='a list of lanes, like ["A1"]')] = None
    source: Annotated[Names | None, Field(description="a list of sources, as the register names them")] = None
    freshness: Annotated[
        Annotated[Names, _listed(FRESHNESS)] | None, Field(description=f"a list of {', '.join(sorted(FRESHNESS))}")
    ] = None
    weekday: Annotated[
        Annotated[Names, _listed(frozenset(WEEKDAYS))] | None, Field(description=f"a list of {', '.join(WEEKDAYS)}")
    ] = None
    time: Annotated[
        Annotated[str, AfterValidator(_is_span)] | None,
        Field(description='a span of the day in quotes, like "22:00-06:00"'),
    ] = None
    list_any: Annotated[list[Name] | None, Field(min_length=1, description='a list of lists, like ["crew"]')] = None
    list_none: Annotated[list[Name] | None, Field(min_length=1, description='a list of lists, like ["crew"]')] = None
    flags_any: Annotated[list[Name] | None, Field(min_length=1, description='a list, like ["test_owed"]')] = None
    flags_none: Annotated[list[Name] | None, Field(min_length=1, description='a list, like ["test_owed"]')] = None
    others_any: Annotated[
        Annotated[Names, _listed(COLOURS)] | None, Field(description=f"a list of {', '.join(sorted(COLOURS))}")
    ] = None
    others_none: Annotated[
        Annotated[Names, _listed(COLOURS)] | None, Field(description=f"a list of {', '.join(sorted(COLOURS))}")
    ] = None
    test: Annotated[TestSection | None, Field(description='like { max_hours = 48, since = ["sampled"] }')] = None
    test_result: Annotated[
        Annotated[Names, _listed(RESULTS)] | None, Field(description=f"a list of {', '.join(sorted(RESULTS))}")
    ] = None
    doses_min: Annotated[int | None, Field(ge=1, le=20, description="a whole number from 1 to 20")] = None
    status_max_hours: Annotated[int | None, Field(ge=1, le=8760, description="whole hours from 1 to 8760")] = None
    answer_max_hours: Annotated[int | None, Field(ge=1, le=8760, description="whole hours from 1 to 8760")] = None
    card_ends_within_days: Annotated[int | None, Field(ge=0, le=3650, description="whole days from 0 to 3650")] = None

    def conditions(self) -> tuple[Condition, ...]:
        """What must hold, in the order in which it is looked at."""
        one = [(key, getattr(self, key)) for key in ONE]
        found: list[Condition] = [OneOf(key, frozenset(names)) for key, names in one if names is not None]
        if self.time is not None:
            found.append(TimeOfDay(self.time, minutes_of(self.time)))
        for key in SOME:
            if (names := getattr(self, f"{key}_any")) is not None:
                found.append(AnyOf(f"{key}_any", frozenset(names)))
            if (names := getattr(self, f"{key}_none")) is not None:
                found.append(NoneOf(f"{key}_none", frozenset(names)))
        bounds = [(key, getattr(self, key)) for key in NUMBERS]
        found += [Bound(key, limit) for key, limit in bounds if limit is not None]
        if self.test is not None:
            by_day = self.test.max_days is not None
            limit = self.test.max_days if self.test.max_days is not None else self.test.max_hours
            found.append(TestWithin(limit or 0, by_day, tuple(self.test.since)))
        return tuple(found)

    def rule(self, line: int) -> Rule:
        """The rule as the decision takes it."""
        because = BECAUSE[self.because] if self.because is not None else 0
        by_card = self.then == "allow_by_card"
        return Rule(self.name, (self.zh, self.en), self.conditions(), VERDICTS[self.then], by_card, because, line)


class RuleFile(Section):
    """The whole file."""

    policy: Annotated[Policy, Field(description="a table [policy]")]
    limits: Annotated[LimitSection, Field(description="a table [limits]")]
    rule: Annotated[list[RuleSection], Field(min_length=1, max_length=RULES_MAX, description="tables [[rule]]")]


def shipped() -> list[str]:
    """Names of the sets that come with this program."""
    return sorted(one.name.removesuffix(".toml") for one in _shipped_folder().iterdir() if one.name.endswith(".toml"))


def _shipped_folder() -> Traversable:
    return files("gatehouse").joinpath("rules", "shipped")


def text_of(where: Path | str) -> str:
    """What stands in a file, or in the shipped set of this name. SettingsError if it cannot be read."""
    if isinstance(where, str):
        if where not in shipped():
            raise SettingsError([f"{where}: there is no such set of rules. There are: {', '.join(shipped())}."])
        return _shipped_folder().joinpath(f"{where}.toml").read_text(encoding="utf-8")
    return text_in(where, FILE_MAX_BYTES)


def load(where: Path | str) -> RuleSet:
    """The rules in a file, or the shipped set of this name. SettingsError names every problem with its line."""
    text = text_of(where)
    read = typed(text, where, RuleFile)
    lines = [line_of(text, ("rule", place, "name")) for place in range(len(read.rule))]
    limits = Limits(
        read.limits.status_max_hours * 3600,
        read.limits.clock_tolerance_s,
        read.limits.answer_max_hours * 3600,
        frozenset(read.limits.harmless_flags),
    )
    policy = read.policy
    made = RuleSet(
        policy.name,
        (policy.zh, policy.en),
        limits,
        tuple(rule.rule(line) for rule, line in zip(read.rule, lines, strict=True)),
        policy.admits == "registration",
    )
    try:
        return sound(made)
    except Unsound as wrong:
        told = [(line_of(text, ("rule", place, key)), said) for place, key, said in wrong.problems]
        raise SettingsError([f"{where}, line {line}: {said}." for line, said in sorted(told)]) from None
