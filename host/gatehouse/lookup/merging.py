"""Several answers about one person become one status. Pure: this is the written rule.

1. An answer that came and was not understood outweighs every green and yellow: staff decide. A red outweighs it.
2. What a source told before counts only while it does not tell something now; a red it told stays until it tells
   another colour.
3. Of all colours the one that was set last counts; of two that were set at the same time the worse. Where a source
   tells only when it looked, nobody knows which was set last: of its colour and that one the worse counts.
4. A positive test that another source tells goes with it, and so does one that was not understood, unless the colour
   comes with a negative test that is younger: by the first time that the bad one tells of itself (sampled, tested,
   reported), and by each other that both tell.
5. What any of them adds to its colour (flags) goes with it too. Sources that say another colour are named beside it.
6. Without any colour: an expired code, else whoever did not answer, and only where all know nobody, not found.
7. Who was asked and is silent has no vote, and is named beside it: what that means for a green the rules say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gatehouse.status import (
    COLOUR_OF_OUTCOME,
    NOT_ASKED,
    SILENCES,
    Freshness,
    Heard,
    LabResult,
    LabTest,
    Other,
    Outcome,
    Silent,
    Status,
)

ANSWERED = frozenset((Outcome.NOT_FOUND, Outcome.EXPIRED, Outcome.UNMAPPED, *COLOUR_OF_OUTCOME))
# Of what says no colour, the first that there is.
WITHOUT_COLOUR = (Outcome.EXPIRED, Outcome.TIMED_OUT, Outcome.FAILED, Outcome.NOT_ASKED, Outcome.NOT_FOUND)


@dataclass(frozen=True, slots=True)
class Said:
    """What a source says now. source: as its statuses name it."""

    source: str
    status: Status


@dataclass(frozen=True, slots=True)
class Keeping:
    """For how long what was told before may stand in: seconds since it was told."""

    fresh_s: float
    older_s: float

    def of(self, status: Status, now_s: float) -> Status | None:
        """The same with its freshness, None if its time is over. A red has no such end."""
        age_s = now_s - (status.fetched_s or status.updated_s)
        if age_s > self.older_s and status.outcome is not Outcome.RED:
            return None
        return replace(status, freshness=Freshness.FRESH if age_s <= self.fresh_s else Freshness.OLDER)


def merged(said: Sequence[Said], kept: Sequence[Status]) -> Status:
    """The status in what is said now and what was told before, whose time is not over.

    `kept` may hold NOT_FOUND, FAILED or UNMAPPED of the register itself.
    """
    found = _voted(said, kept)
    silent = tuple(Silent(one.source, one.status.outcome) for one in said if one.status.outcome in SILENCES)
    if not silent:
        return found
    return replace(found, silent=silent, heard=Heard.SOME if len(silent) < len(said) else Heard.NONE)


def _voted(said: Sequence[Said], kept: Sequence[Status]) -> Status:
    """The status, whoever is silent."""
    live = [one.status for one in said]
    every = [*live, *_standing(said, kept)]
    colours = [one for one in every if one.outcome in COLOUR_OF_OUTCOME]
    if any(one.outcome is Outcome.UNMAPPED for one in every):
        colours = [one for one in colours if one.outcome is Outcome.RED]
        if not colours:
            return next(one for one in every if one.outcome is Outcome.UNMAPPED)
    if colours:
        return _last(colours)
    order = {outcome: place for place, outcome in enumerate(WITHOUT_COLOUR)}
    return min(live or every, key=lambda one: order[one.outcome], default=NOT_ASKED)


def _standing(said: Sequence[Said], kept: Sequence[Status]) -> list[Status]:
    """What was told before and still counts."""
    heard = {one.source for one in said if one.status.outcome in ANSWERED}
    coloured = {one.source for one in said if one.status.outcome in COLOUR_OF_OUTCOME}
    return [one for one in kept if one.source not in (coloured if one.outcome is Outcome.RED else heard)]


def _last(colours: Sequence[Status]) -> Status:
    """The colour that counts, with what belongs to it."""
    dated = [one for one in colours if not one.looked_up]
    last = max(dated, key=lambda one: (one.updated_s, COLOUR_OF_OUTCOME[one.outcome]), default=None)
    could_be_last = [one for one in colours if one.looked_up or one is last]
    winner = max(could_be_last, key=lambda one: (COLOUR_OF_OUTCOME[one.outcome], one.updated_s))
    others = tuple(
        dict.fromkeys(
            Other(one.source, one.outcome, one.updated_s) for one in colours if one.outcome is not winner.outcome
        )
    )
    flags = frozenset[str]().union(*(one.flags for one in colours))
    return replace(winner, test=_test(winner, colours), flags=flags, others=others)


def _test(winner: Status, colours: Sequence[Status]) -> LabTest | None:
    """The test that counts against its holder, if there is one; else the one that comes with the colour."""
    for result in (LabResult.POSITIVE, LabResult.UNMAPPED):
        for test in (winner.test, *(one.test for one in colours)):
            if test is not None and test.result is result and not _outweighs(winner.test, test):
                return test
    return winner.test


def _outweighs(test: LabTest | None, bad: LabTest) -> bool:
    """Whether a test takes away what a worse one said: a report of today may be of an older sample."""
    if test is None or test.result is not LabResult.NEGATIVE:
        return False
    told = [(mine, other) for mine, other in zip(_times(test), _times(bad), strict=True) if other is not None]
    younger = [mine > other for mine, other in told if mine is not None]
    return bool(told) and told[0][0] is not None and all(younger)


def _times(test: LabTest) -> tuple[int | None, ...]:
    return test.sampled_s, test.tested_s, test.reported_s
