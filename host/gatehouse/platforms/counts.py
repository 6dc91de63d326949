"""What a platform has been asked and how it answered, since the start of the process. Nobody is in it."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

from gatehouse.platforms.platform_error import (
    AccountRefused,
    AnswerUnusable,
    Busy,
    PlatformError,
    TokenExpired,
    Unreachable,
)

# Upper bounds in seconds of the classes into which answers are counted.
ANSWER_BOUNDS_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
OWN = "own"  # a fault of this program
CLASSES = {
    Unreachable: "unreachable",
    AnswerUnusable: "unusable",
    AccountRefused: "refused",
    TokenExpired: "token",
    Busy: "busy",
}
FAILURES = (*CLASSES.values(), OWN)


@dataclass(slots=True)
class Counts:
    """asked: questions of lanes; requests were made for `sent` of them.

    answered: of those sent, with whatever the platform says of the traveller; late: of the answered, when nobody
    waited any more. failures: of those sent, by class. failed, timed_out, not_asked: questions that got no colour.
    took: how many answers came within each of ANSWER_BOUNDS_S, the last class for all slower ones; took_s: all of
    their times together.
    """

    asked: int = 0
    sent: int = 0
    remembered: int = 0
    shared: int = 0
    answered: int = 0
    late: int = 0
    failed: int = 0
    timed_out: int = 0
    not_asked: int = 0
    failures: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(FAILURES, 0)))
    took: list[int] = field(default_factory=lambda: [0] * (len(ANSWER_BOUNDS_S) + 1))
    took_s: float = 0.0

    def answer(self, took_s: float, *, late: bool) -> None:
        """An answer has come, so long after its request was begun."""
        self.answered += 1
        self.late += late
        self.took[bisect_left(ANSWER_BOUNDS_S, took_s)] += 1
        self.took_s += took_s

    def failure(self, failure: PlatformError | None) -> None:
        """None has; None: by a fault of this program."""
        self.failures[OWN if failure is None else CLASSES[type(failure)]] += 1
