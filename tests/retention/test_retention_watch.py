"""Retention in the running gatehouse: by itself, once a day; what hinders it is an alarm in two languages."""

import asyncio
import contextlib
import sys
import time

import pytest
from gatehouse import schema
from gatehouse.clock import StationClock
from gatehouse.happenings import Happenings
from gatehouse.retention import watch
from gatehouse.retention.watch import RetentionWatch
from gatehouse.sole import SoleRun
from host.house_process import Process
from retention.aged_station import AgedStation, noon_s, passed

DAY_S = 86400


class Told:
    """What the event stream is given."""

    def __init__(self):
        self.alarms = []

    def give(self, event):
        if event["event"] in {"alarm", "notice"}:
            self.alarms.append(event)


class Wall:
    """A wall clock that a test sets; the monotonic one stands still."""

    def __init__(self, unix_s):
        self.unix_s = unix_s

    def clock(self):
        """As a process that is started now has it."""
        return StationClock(lambda: self.unix_s, lambda: 0.0)


@pytest.fixture
def station(tmp_path):
    made = AgedStation(tmp_path)
    made.commit(passed(1, 300), passed(2, 0))
    return made


def watched(station, clock, told, looks=1):
    """Let it look so many times."""

    async def looking():
        retention = RetentionWatch(station.settings, clock, Happenings(told))
        for _ in range(looks):
            await retention.look()
        retention.stop()

    asyncio.run(looking())


def gone(station):
    return [body is None for _, _, body in station.leaves()]


def test_it_runs_once_a_day(station):
    """A second look on the same day does nothing; the next day's does."""
    wall, told = Wall(noon_s(0)), Told()
    watched(station, wall.clock(), told, looks=3)
    assert gone(station) == [True, False, False]
    wall.unix_s += DAY_S
    watched(station, wall.clock(), told)
    assert len(gone(station)) == 4
    assert told.alarms == []


def test_a_clock_that_is_set_forward_while_it_runs_is_not_believed(station):
    """Of both readings the earlier one counts: nothing is deleted and no alarm is needed for it."""
    wall, told = Wall(noon_s(0)), Told()
    clock = wall.clock()
    wall.unix_s += 365 * DAY_S
    watched(station, clock, told)
    assert gone(station) == [True, False, False]


def test_a_clock_that_was_set_forward_before_the_start_is_an_alarm_until_it_is_set_back(station):
    """In Chinese and English, once in hours; then a notice ends it."""
    wall, told = Wall(noon_s(0) + 365 * DAY_S), Told()

    async def looking():
        retention = RetentionWatch(station.settings, wall.clock(), Happenings(told))
        await retention.look()
        await retention.look()
        assert gone(station) == [False, False]
        wall.unix_s = noon_s(0)
        await retention.look()

    asyncio.run(looking())
    assert [event["event"] for event in told.alarms][:1] == ["alarm"]
    assert len([event for event in told.alarms if event["event"] == "alarm"]) == 1
    assert "--clock-is-right" in told.alarms[0]["text"]
    assert "时钟" in told.alarms[0]["text_zh"]
    assert gone(station) == [True, False, False]


def test_a_database_that_does_not_take_it_is_an_alarm_and_tried_again(station):
    """Somebody holds the write lock for too long; then it is free."""
    wall, told = Wall(noon_s(0)), Told()
    (station.data / "lists.db").write_bytes(b"not a database, whatever its name says" * 100)
    watched(station, wall.clock(), told)
    assert "lists.db" in told.alarms[0]["text"]
    (station.data / "lists.db").unlink()
    watched(station, wall.clock(), told)
    assert len(gone(station)) == 3


def test_another_run_is_waited_for_in_silence(station):
    """A run by hand does the same."""
    told = Told()
    with contextlib.closing(SoleRun(station.data, "retention.running")):
        watched(station, Wall(noon_s(0)).clock(), told)
    assert told.alarms == []
    assert gone(station) == [False, False]


def test_the_gatehouse_does_it_by_itself(tmp_path):
    """As a process of its own, beside its lanes."""
    station = AgedStation(tmp_path, "[retention]\nledger_days = 1\nday_keys_days = 1\n")
    now_s = int(time.time())
    station.commit(passed(1, 0, heard_s=now_s - 3 * DAY_S), passed(2, 0, heard_s=now_s))
    house = Process([sys.executable, "-m", "gatehouse.cli"], "run", "--config", station.config)
    try:
        house.until_said("retention: deleted what is too old: 1 entries")
    finally:
        assert house.end() == 0
    assert gone(station)[:2] == [True, False]
    assert watch.FIRST_LOOK_S < 10
    with contextlib.closing(schema.sqlite3.connect(station.data / "ledger.db")) as connection:
        assert connection.execute("select count(*) from ledger where entry is null").fetchone() == (1,)
