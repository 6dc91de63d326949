"""The station's clock: the PC's wall clock, held against the monotonic clock, which nobody can set."""

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass

JUMP_S = 2.0
# A PC that starts before this has lost its clock, and that reading says nothing: this program is younger (2026-01-01).
LOST_S = 1_767_225_600


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as far as the station knows it.

    wall_s: Unix time by the PC's clock. latest_s: the latest Unix time that it may really be, never before wall_s.
    today: YYYYMMDD at the station, at the latest time. earliest_day: the same at the earliest that it may be.
    ahead_s: how far wall_s may lie ahead of the time that it really is.
    """

    wall_s: float
    latest_s: float
    today: int
    earliest_day: int
    ahead_s: float = 0.0

    def earliest_s(self) -> float:
        """The earliest Unix time that it may really be."""
        return self.wall_s - self.ahead_s

    def date(self) -> datetime.date:
        """The calendar day of `today`."""
        return datetime.date(self.today // 10000, self.today // 100 % 100, self.today % 100)


class StationClock:
    """Tells moments. A wall clock that is set makes no old status young again, and no card valid.

    The reference is the wall clock at the start of the process, or `sure_s` if that is later, carried on by the
    monotonic clock: after a jump, or while the wall clock is behind, a moment spans both readings, until the process
    is started again.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sure_s: float = 0.0,
    ) -> None:
        """`sure_s`: a Unix time that is over for sure."""
        self._wall = wall
        self._monotonic = monotonic
        self._looked_s = wall() - monotonic()
        self._start_s = max(self._looked_s, sure_s - monotonic())

    def now(self) -> Moment:
        """The present moment."""
        wall_s = self._wall()
        carried_s = self._start_s + self._monotonic()
        latest_s = carried_s if carried_s - wall_s >= JUMP_S else wall_s
        earliest_s = carried_s if wall_s - carried_s >= JUMP_S and carried_s >= LOST_S else wall_s
        today = _day(latest_s)
        earliest_day = today if earliest_s == latest_s else _day(earliest_s)
        return Moment(wall_s, latest_s, today, earliest_day, wall_s - earliest_s)

    def unix_s(self) -> int:
        """The PC's clock in whole seconds, for records."""
        return int(self._wall())

    def minute(self) -> int:
        """Minutes since midnight at the station, by the PC's clock."""
        here = datetime.datetime.fromtimestamp(self._wall()).astimezone()
        return here.hour * 60 + here.minute

    def jumped_s(self) -> float | None:
        """Seconds that the wall clock has jumped since the last question, None if it has not."""
        offset_s = self._wall() - self._monotonic()
        jump_s, self._looked_s = offset_s - self._looked_s, offset_s
        return jump_s if abs(jump_s) >= JUMP_S else None

    def sure_s(self) -> float:
        """The latest Unix time that is over for sure: what the wall clock alone jumped ahead by is not in it."""
        return min(self._wall(), self._start_s + self._monotonic())

    def behind_s(self) -> float:
        """How far the wall clock lies behind the one that was carried on; 0 if it does not."""
        moment = self.now()
        return moment.latest_s - moment.wall_s


def _day(unix_s: float) -> int:
    """YYYYMMDD at the station."""
    here = datetime.datetime.fromtimestamp(unix_s).astimezone()
    return here.year * 10000 + here.month * 100 + here.day
