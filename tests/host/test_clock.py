"""The station's clock: what it says when somebody sets the PC's."""

import datetime

import pytest
from gatehouse.clock import StationClock

START_S = 1_790_000_000.0


class Clocks:
    """Both clocks of a PC, moved by the test."""

    def __init__(self):
        self.wall_s, self.monotonic_s = START_S, 50.0

    def pass_s(self, seconds):
        self.wall_s += seconds
        self.monotonic_s += seconds

    def station(self):
        return StationClock(lambda: self.wall_s, lambda: self.monotonic_s)


def test_an_undisturbed_clock_says_one_time():
    """Without a jump a moment is a point."""
    clocks = Clocks()
    station = clocks.station()
    clocks.pass_s(86400)

    moment = station.now()

    assert moment.wall_s == moment.latest_s == START_S + 86400
    assert station.jumped_s() is None
    assert station.behind_s() == 0


@pytest.mark.parametrize("jump_s", [-3600, -2, 2, 7200, 10 * 365 * 86400])
def test_a_jump_is_told_once_with_its_size(jump_s):
    """Forward and backward, from two seconds on."""
    clocks = Clocks()
    station = clocks.station()
    clocks.pass_s(5)
    clocks.wall_s += jump_s

    assert station.jumped_s() == pytest.approx(jump_s)
    assert station.jumped_s() is None


def test_slow_drift_is_no_jump():
    """Clocks that walk apart by little are left alone for ever."""
    clocks = Clocks()
    station = clocks.station()
    for _ in range(1000):
        clocks.pass_s(1)
        clocks.wall_s += 0.01
        assert station.jumped_s() is None


def test_a_clock_set_back_leaves_the_later_reading():
    """The moment spans both clocks until the wall clock has caught up."""
    clocks = Clocks()
    station = clocks.station()
    clocks.pass_s(100)
    clocks.wall_s -= 3600

    moment = station.now()
    assert moment.wall_s == START_S + 100 - 3600
    assert moment.latest_s == START_S + 100
    assert station.behind_s() == 3600

    clocks.wall_s += 3600
    assert station.now().wall_s == station.now().latest_s


def test_a_clock_set_forward_is_believed():
    """Statuses only get older by it."""
    clocks = Clocks()
    station = clocks.station()
    clocks.wall_s += 3600

    assert station.now().latest_s == station.now().wall_s == START_S + 3600


def test_a_moment_knows_the_day_at_the_station():
    """Cards expire by the local calendar."""
    clocks = Clocks()

    moment = clocks.station().now()

    here = datetime.datetime.fromtimestamp(START_S).astimezone().date()
    assert moment.date() == here
    assert moment.today == int(here.strftime("%Y%m%d"))


def test_a_jump_spans_days():
    """Forward as well as backward, until the process is started again; a lost clock's first reading says nothing."""
    clocks = Clocks()
    station = clocks.station()
    before = station.now()
    clocks.wall_s += 3 * 86400
    after = station.now()
    assert before.earliest_day == before.today == after.earliest_day < after.today
    clocks.wall_s -= 6 * 86400
    back = station.now()
    assert back.earliest_day < back.today == before.today

    lost = Clocks()
    lost.wall_s = 12.0
    station = lost.station()
    lost.wall_s = START_S
    assert station.now().earliest_day == station.now().today
