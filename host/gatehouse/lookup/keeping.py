"""What platforms told goes to disk beside the event loop, many answers at a time."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from gatehouse.lookup.answers import Answers, Told
from gatehouse.lookup.merging import ANSWERED
from gatehouse.schema import DatabaseError
from gatehouse.status import Status

WAITING_MAX = 20_000  # a disk that stands still costs what was told meanwhile, and no memory
PAUSE_S = 0.5


class Keeper:
    """`keep_s`, `keep_red_s`: for how long an answer is kept, and a red one. `alarm`: is told why nothing can be kept.

    `wall()`: Unix time. `earliest()`: the earliest that it may be: a clock that was set forward makes nobody forget a
    red.
    """

    def __init__(
        self,
        answers: Answers,
        keep_s: int,
        alarm: Callable[[str], None],
        wall: Callable[[], float] = time.time,
        earliest: Callable[[], float] | None = None,
        *,
        keep_red_s: int,
    ) -> None:
        self._answers = answers
        self._keep_s = keep_s
        self._keep_red_s = keep_red_s
        self._alarm = alarm
        self._wall = wall
        self._earliest = earliest or wall
        self._waiting: deque[Told] = deque(maxlen=WAITING_MAX)

    def take(self, source: str, kind: int, number: bytes | bytearray, status: Status) -> None:
        """An answer of a platform, in time or not. The number is wiped by whoever gives it."""
        if status.outcome in ANSWERED:
            self._waiting.append(Told(self._answers.pseudonym(kind, number), source, status))

    async def tend(self) -> None:
        """Write what has gathered, again and again; what could not be written is lost."""
        while True:
            await asyncio.sleep(PAUSE_S)
            await asyncio.to_thread(self.write)

    def write(self) -> None:
        """Write what has gathered. It waits for the disk."""
        gathered = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            now_s = int(self._earliest())
            reds_s = now_s - self._keep_red_s
            self._answers.write(gathered, now_s - self._keep_s, int(self._wall()), reds_s)
        except DatabaseError as failure:
            self._alarm(str(failure))
