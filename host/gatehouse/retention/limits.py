"""For how long what is kept, and the days at which it is over. Pure: the day comes from the caller."""

import datetime
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, model_validator

from gatehouse.section import Section

Days = Annotated[int, Field(ge=1, le=3660, description="whole days from 1 to 3660")]


class RetentionSettings(Section):
    """Whole days after the day on which something was recorded; the example of settings gives the reasons."""

    ledger_days: Days = 184
    day_keys_days: Days = 31
    register_days: Days = 366
    standstill_days: Annotated[int, Field(ge=1, le=90, description="whole days from 1 to 90")] = 8

    @model_validator(mode="after")
    def _keys_go_first(self) -> "RetentionSettings":
        if self.day_keys_days > self.ledger_days:
            raise ValueError(
                f"day_keys_days = {self.day_keys_days} is longer than ledger_days = {self.ledger_days}: a day's key is "
                "of no use without the entries of that day"
            )
        return self


@dataclass(frozen=True, slots=True)
class Limits:
    """What is over on the day `today` of the station. *_before: the first day of which something is still kept;
    *_before_s: Unix time at which that day begins. now_s: that at which `today` begins.
    """

    today: datetime.date
    ledger_before: datetime.date
    day_keys_before: datetime.date
    register_before: datetime.date
    answers_before_s: int
    now_s: int

    @property
    def tomorrow_s(self) -> int:
        """No clock that is right has told a later time than this."""
        return begin_of(self.today + datetime.timedelta(days=1))

    @property
    def ledger_before_s(self) -> int:
        """Entries that were heard before are over."""
        return begin_of(self.ledger_before)

    @property
    def register_before_s(self) -> int:
        """Statuses that were set before are over."""
        return begin_of(self.register_before)


def limits_on(today: datetime.date, settings: RetentionSettings, keep_hours: int) -> Limits:
    """The limits on a day. keep_hours: of what platforms told. Counted from the day's begin: up to a day later."""
    now_s = begin_of(today)
    return Limits(
        today,
        ledger_before=today - datetime.timedelta(days=settings.ledger_days),
        day_keys_before=today - datetime.timedelta(days=settings.day_keys_days),
        register_before=today - datetime.timedelta(days=settings.register_days),
        answers_before_s=now_s - keep_hours * 3600,
        now_s=now_s,
    )


def begin_of(day: datetime.date) -> int:
    """Unix time at which a day begins at the station."""
    return int(datetime.datetime.combine(day, datetime.time()).astimezone().timestamp())
