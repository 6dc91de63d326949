"""What a rule may ask beyond the state. Each condition knows whether it holds, and how to say so in both languages."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gatelink import codes

from gatehouse.clock import Moment
from gatehouse.rules.presented import UNLIMITED, Presented
from gatehouse.rules.state import State
from gatehouse.status import LabResult, Status
from gatehouse.words import Words

CARDS = {
    "resident": codes.CARD_RESIDENT,
    "hmt_permit": codes.CARD_HMT_PERMIT,
    "foreign_2017": codes.CARD_FOREIGN_2017,
    "foreign_2023": codes.CARD_FOREIGN_2023,
    "code": codes.CARD_CODE,
    "uid": codes.CARD_UID,
    "wiegand": codes.CARD_WIEGAND,
}
CARD_NAMES = {code: name for name, code in CARDS.items()}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a condition may look at."""

    card: Presented
    status: Status
    state: State
    now: Moment
    lane: str

    def here(self) -> datetime.datetime:
        """The time at the station, by the later of its two clocks."""
        return datetime.datetime.fromtimestamp(self.now.latest_s).astimezone()


def _test_result(facts: Facts) -> str:
    return facts.status.test.result.value if facts.status.test is not None else "none"


# What there is exactly one of, by the key that asks for it.
ONE: dict[str, Callable[[Facts], str]] = {
    "state": lambda facts: facts.state.value,
    "card": lambda facts: CARD_NAMES.get(facts.card.kind, ""),
    "lane": lambda facts: facts.lane,
    "source": lambda facts: facts.status.source,
    "freshness": lambda facts: facts.status.freshness.value,
    "weekday": lambda facts: WEEKDAYS[facts.here().weekday()],
    "test_result": _test_result,
    "heard": lambda facts: facts.status.heard.value,
}
# What there may be several of.
SOME: dict[str, Callable[[Facts], frozenset[str]]] = {
    "list": lambda facts: facts.card.lists or frozenset(),
    "flags": lambda facts: facts.status.flags,
    "others": lambda facts: frozenset(one.outcome.value for one in facts.status.others),
    "silent": lambda facts: frozenset(one.source for one in facts.status.silent),
}


class Condition(Protocol):
    """key: as in the rule file."""

    @property
    def key(self) -> str: ...
    def holds(self, facts: Facts) -> bool:
        """Whether the facts fulfil it."""

    def found(self, facts: Facts) -> Words:
        """What the facts say about it, and what it wants."""

    def implies(self, other: "Condition") -> bool:
        """Whether all facts that fulfil this one fulfil `other`; False if that is not known."""

    def excludes(self, other: "Condition") -> bool:
        """Whether no facts fulfil both; False if that is not known."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """What there is one of is among these."""

    key: str
    wanted: frozenset[str]

    def holds(self, facts: Facts) -> bool:
        return ONE[self.key](facts) in self.wanted

    def found(self, facts: Facts) -> Words:
        is_, wanted = ONE[self.key](facts) or "-", ", ".join(sorted(self.wanted))
        return f"{self.key} 为 {is_}，要求 {wanted}", f"{self.key} is {is_}, wanted {wanted}"

    def implies(self, other: Condition) -> bool:
        return isinstance(other, OneOf) and other.key == self.key and self.wanted <= other.wanted

    def excludes(self, other: Condition) -> bool:
        return isinstance(other, OneOf) and other.key == self.key and not self.wanted & other.wanted


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these is there. key: `list_any`, `flags_any`, `others_any`, `silent_any`."""

    key: str
    wanted: frozenset[str]

    def holds(self, facts: Facts) -> bool:
        return bool(SOME[self.key.removesuffix("_any")](facts) & self.wanted)

    def found(self, facts: Facts) -> Words:
        return _found_some(self.key, facts, self.wanted)

    def implies(self, other: Condition) -> bool:
        return isinstance(other, AnyOf) and other.key == self.key and self.wanted <= other.wanted

    def excludes(self, other: Condition) -> bool:
        same = isinstance(other, NoneOf) and other.key.removesuffix("_none") == self.key.removesuffix("_any")
        return same and isinstance(other, NoneOf) and self.wanted <= other.unwanted


@dataclass(frozen=True, slots=True)
class NoneOf:
    """None of these is there. key: `list_none`, `flags_none`, `others_none`, `silent_none`."""

    key: str
    unwanted: frozenset[str]

    def holds(self, facts: Facts) -> bool:
        return not SOME[self.key.removesuffix("_none")](facts) & self.unwanted

    def found(self, facts: Facts) -> Words:
        return _found_some(self.key, facts, self.unwanted)

    def implies(self, other: Condition) -> bool:
        return isinstance(other, NoneOf) and other.key == self.key and self.unwanted >= other.unwanted

    def excludes(self, other: Condition) -> bool:
        return isinstance(other, AnyOf) and other.excludes(self)


def _found_some(key: str, facts: Facts, named: frozenset[str]) -> Words:
    there = ", ".join(sorted(SOME[key.partition("_")[0]](facts))) or "-"
    names = ", ".join(sorted(named))
    return f"{key}：有 {there}，所列 {names}", f"{key}: there is {there}, it names {names}"


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """The station's time lies in these minutes of the day. said: as the file says it."""

    said: str
    minutes: frozenset[int]
    key: str = "time"

    def holds(self, facts: Facts) -> bool:
        here = facts.here()
        return here.hour * 60 + here.minute in self.minutes

    def found(self, facts: Facts) -> Words:
        return f"现在 {facts.here():%H:%M}，要求 {self.said}", f"it is {facts.here():%H:%M}, wanted {self.said}"

    def implies(self, other: Condition) -> bool:
        return isinstance(other, TimeOfDay) and self.minutes <= other.minutes

    def excludes(self, other: Condition) -> bool:
        return isinstance(other, TimeOfDay) and not self.minutes & other.minutes


@dataclass(frozen=True, slots=True)
class TestWithin:
    """There is a negative test, no older than this. start: which of its times counts; the first one that is told.

    limit: hours, exact to the second, or, with `by_day`, calendar days at the station: 3 is today and three days
    before (Beijing's 72 h).
    """

    limit: int
    by_day: bool
    start: tuple[str, ...]
    key: str = "test"

    def holds(self, facts: Facts) -> bool:
        at_s = self._at_s(facts)
        if at_s is None or _test_result(facts) != LabResult.NEGATIVE.value:
            return False
        return (
            0 <= self._age_days(facts, at_s) <= self.limit if self.by_day else self._age_s(facts, at_s) <= self._max_s
        )

    @property
    def _max_s(self) -> int:
        return self.limit * HOUR_S

    def _at_s(self, facts: Facts) -> int | None:
        test = facts.status.test
        times = () if test is None else (getattr(test, f"{start}_s") for start in self.start)
        return next((at_s for at_s in times if at_s is not None), None)

    @staticmethod
    def _age_s(facts: Facts, at_s: int) -> float:
        return facts.now.latest_s - at_s

    @staticmethod
    def _age_days(facts: Facts, at_s: int) -> int:
        try:
            day = datetime.datetime.fromtimestamp(at_s).astimezone().date()
        except (OverflowError, OSError, ValueError):  # no calendar has it
            return -1
        return (facts.now.date() - day).days

    def found(self, facts: Facts) -> Words:
        start, at_s = "/".join(self.start), self._at_s(facts)
        unit = ("天", "days") if self.by_day else ("小时", "h")
        result = _test_result(facts)
        if at_s is None:
            is_ = ("无", "none")
        elif self.by_day:
            is_ = (f"{result} 第 {self._age_days(facts, at_s)} 天", f"{result}, day {self._age_days(facts, at_s)}")
        else:
            hours = f"{self._age_s(facts, at_s) / HOUR_S:.1f} h"
            is_ = (f"{result} {hours}", f"{result}, {hours} old")
        return (
            f"检测（自 {start} 起）：{is_[0]}，要求阴性且不超过 {self.limit} {unit[0]}",
            f"test (since {start}): {is_[1]}; wanted negative and at most {self.limit} {unit[1]}",
        )

    def implies(self, other: Condition) -> bool:
        same = isinstance(other, TestWithin) and (other.by_day, other.start) == (self.by_day, self.start)
        return same and isinstance(other, TestWithin) and self.limit <= other.limit

    def excludes(self, other: Condition) -> bool:
        return isinstance(other, OneOf) and other.key == "test_result" and "negative" not in other.wanted


def _age_of(key: str, facts: Facts) -> float | None:
    at_s = facts.status.updated_s if key == "status_max_hours" else facts.status.fetched_s
    return (facts.now.latest_s - at_s) / HOUR_S if at_s else None


def _card_days_left(facts: Facts) -> float | None:
    until = facts.card.valid_until
    if until == UNLIMITED:
        return None
    try:
        last = datetime.date(until // 10000, until // 100 % 100, until % 100)
    except ValueError:  # no calendar has it
        return -1
    return (last - facts.now.date()).days


# Numbers that a rule may bound: the key -> what is found; None if nothing is told, which fulfils no bound.
NUMBERS: dict[str, Callable[[Facts], float | None]] = {
    "doses_min": lambda facts: facts.status.doses,
    "status_max_hours": lambda facts: _age_of("status_max_hours", facts),
    "answer_max_hours": lambda facts: _age_of("answer_max_hours", facts),
    "card_ends_within_days": _card_days_left,
}


@dataclass(frozen=True, slots=True)
class Bound:
    """A number is at most this; of `doses_min` at least."""

    key: str
    limit: int

    def holds(self, facts: Facts) -> bool:
        is_ = NUMBERS[self.key](facts)
        if is_ is None:
            return False
        return is_ >= self.limit if self.key == "doses_min" else is_ <= self.limit

    def found(self, facts: Facts) -> Words:
        is_ = NUMBERS[self.key](facts)
        told = "-" if is_ is None else f"{is_:g}"
        return f"{self.key} 为 {told}，要求 {self.limit}", f"{self.key} is {told}, wanted {self.limit}"

    def implies(self, other: Condition) -> bool:
        if not isinstance(other, Bound) or other.key != self.key:
            return False
        return self.limit >= other.limit if self.key == "doses_min" else self.limit <= other.limit

    def excludes(self, other: Condition) -> bool:
        del other
        return False
