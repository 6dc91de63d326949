"""A case to be explained: a card, a status, a lane and a time in a TOML or JSON file. It holds nobody's number."""

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from gatehouse.clock import Moment
from gatehouse.rules.conditions import CARDS
from gatehouse.rules.presented import Presented
from gatehouse.rules.rule_file import FILE_MAX_BYTES
from gatehouse.settings_errors import SettingsError
from gatehouse.staff_card import KINDS as STAFF_KINDS
from gatehouse.staff_card import Trust
from gatehouse.status import COLOUR_OF_OUTCOME, Freshness, LabResult, LabTest, Other, Outcome, Status
from gatehouse.toml_lines import line_of
from gatehouse.typed_file import text_in, typed

UNSUPPORTED = 0  # a kind of card that no rule knows
DAY_MAX = 99_991_231


class Section(BaseModel):
    """Base of every table. Times come as TOML's own or, in JSON, as ISO 8601 text; both with a zone."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _one_of(*names: str) -> AfterValidator:
    def check(name: str) -> str:
        if name not in names:
            raise ValueError(f'"{name}" is none of them')
        return name

    return AfterValidator(check)


OUTCOMES = tuple(outcome.value for outcome in Outcome)
COLOURS = tuple(outcome.value for outcome in COLOUR_OF_OUTCOME)
RESULTS = tuple(result.value for result in LabResult)
KINDS = (*CARDS, "other")
Time = Annotated[AwareDatetime, Field(description="a time with its zone, like 2026-01-31T08:00:00+08:00")]
Day = Annotated[int, Field(strict=True, ge=0, le=DAY_MAX, description="a day like 20260131, 0 for none")]
Text = Annotated[str, Field(max_length=200, description="a text in quotes")]


class CardSection(Section):
    """The card."""

    kind: Annotated[str, _one_of(*KINDS), Field(description=f"one of {', '.join(KINDS)}")] = "resident"
    number_ok: Annotated[bool, Field(strict=True, description="true or false")] = True
    valid_from: Day = 0
    valid_until: Day = 0
    trust: Annotated[
        str, _one_of("", *Trust), Field(description='for uid and wiegand: "refer", "register" or "staff"')
    ] = ""
    lists: Annotated[list[str], Field(description='the lists that name its holder, like ["crew"]')] = []


class CaseTest(Section):
    """A laboratory test."""

    result: Annotated[str, _one_of(*RESULTS), Field(description=f"one of {', '.join(RESULTS)}")]
    sampled: Time | None = None
    tested: Time | None = None
    reported: Time | None = None


class OtherSection(Section):
    """What another source says."""

    source: Text
    outcome: Annotated[str, _one_of(*COLOURS), Field(description=f"one of {', '.join(COLOURS)}")]
    updated: Time


class StatusSection(Section):
    """The status."""

    outcome: Annotated[str, _one_of(*OUTCOMES), Field(description=f"one of {', '.join(OUTCOMES)}")]
    updated: Time | None = None
    source: Text = ""
    reason: Text = ""
    contact: Text = ""
    doses: Annotated[int | None, Field(strict=True, ge=0, le=99, description="a whole number from 0 to 99")] = None
    flags: Annotated[list[str], Field(description='a list, like ["test_owed"]')] = []
    fetched: Time | None = None
    freshness: Annotated[str, _one_of(*Freshness), Field(description=f"one of {', '.join(Freshness)}")] = "live"
    others: Annotated[list[OtherSection], Field(description="tables [[status.others]]")] = []
    usable_until: Time | None = None
    test: Annotated[CaseTest | None, Field(description="a table [status.test]")] = None


class CaseFile(Section):
    """The whole file."""

    at: Time
    clock_behind_s: Annotated[
        int, Field(ge=0, le=10_000_000, description="whole seconds by which the clock was set back")
    ] = 0
    lane: Text = ""
    card: Annotated[CardSection, Field(description="a table [card]")] = CardSection()
    status: Annotated[StatusSection, Field(description="a table [status]")]


@dataclass(frozen=True, slots=True)
class Case:
    """What `decide` takes, the rules apart."""

    card: Presented
    status: Status
    now: Moment
    lane: str


def load(path: Path) -> Case:
    """The case in a file. SettingsError names every problem, with its line in a TOML file."""
    text = text_in(path, FILE_MAX_BYTES)
    read = typed(text, path, CaseFile, is_json=path.suffix == ".json")
    try:
        return _case(read)
    except (OverflowError, OSError, ValueError):
        raise SettingsError([f"{path}, line {line_of(text, ('at',))}: at: no clock shows that time"]) from None


def _case(read: CaseFile) -> Case:
    card, now_s = read.card, read.at.timestamp()
    here = datetime.datetime.fromtimestamp(now_s).astimezone()
    today = here.year * 10000 + here.month * 100 + here.day
    presented = Presented(
        CARDS.get(card.kind, UNSUPPORTED),
        card.number_ok,
        card.valid_until,
        card.valid_from,
        frozenset(card.lists),
        _trust(card),
    )
    return Case(presented, _status(read.status), Moment(now_s - read.clock_behind_s, now_s, today, today), read.lane)


def _trust(card: CardSection) -> Trust | None:
    """Of a card that anybody can copy: as the settings have it unless they are told otherwise."""
    if CARDS.get(card.kind) not in STAFF_KINDS:
        return None
    return Trust(card.trust or Trust.REFER)


def _status(told: StatusSection) -> Status:
    test = told.test
    return Status(
        Outcome(told.outcome),
        _unix_s(told.updated) or 0,
        told.source,
        told.reason,
        None
        if test is None
        else LabTest(LabResult(test.result), _unix_s(test.sampled), _unix_s(test.tested), _unix_s(test.reported)),
        told.doses,
        frozenset(told.flags),
        told.contact,
        _unix_s(told.fetched) or 0,
        _unix_s(told.usable_until),
        Freshness(told.freshness),
        tuple(Other(one.source, Outcome(one.outcome), int(one.updated.timestamp())) for one in told.others),
    )


def _unix_s(at: datetime.datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())
