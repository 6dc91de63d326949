"""Clocks that are set, forward and back, while a station serves and while it is off: no answer gets better by it."""

import asyncio
import contextlib
import datetime
import time
from dataclasses import replace

import pytest
from gatehouse.clock import StationClock
from gatehouse.importing import CsvImport, ImportRefused
from gatehouse.ledger import Ledger
from gatehouse.lists import Lists
from gatehouse.lookup.answers import Answers
from gatehouse.lookup.keeping import Keeper
from gatehouse.register import Register
from gatehouse.status import Colour, Outcome, Status
from gatelink import codes
from gatelink.house_to_gate import Cursor
from host.conftest import resident_number
from host.saved_station import entry

DAY_S, YEAR_S = 86400, 366 * 86400
KEY = b"k" * 32


class SetClock:
    """The PC's clock, set by the test; nobody can set the monotonic one."""

    def __init__(self, at_s=None):
        self.wall_s = time.time() if at_s is None else at_s
        self.monotonic_s = 100.0

    def station(self):
        return StationClock(lambda: self.wall_s, lambda: self.monotonic_s)

    def pass_s(self, seconds):
        self.wall_s += seconds
        self.monotonic_s += seconds


@pytest.mark.parametrize("step_s", [-DAY_S, YEAR_S])
def test_records_keep_their_order_and_travellers_their_day_whatever_the_clock_says(
    running, station, new_pty, bench_gate, number_of, step_s
):
    """A step between two taps and their reports: every record is there, in the order in which it came."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()
    pc = SetClock()

    async def story():
        async with running(station, pc.station()) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            verdicts = []
            for index in (1, 2, 3):
                verdicts.append(await asyncio.to_thread(gate.tap, number_of(1)))
                await asyncio.to_thread(gate.report, index, codes.REPORT_NOT_OPENED, index, 0)
                await asyncio.to_thread(gate.until, lambda at=index: gate.got(Cursor)[-1].index == at)
                pc.wall_s += step_s if index == 1 else -step_s
            return verdicts, run.records()

    (before, during, after), records = asyncio.run(story())
    assert [before.verdict, after.verdict] == [codes.ALLOW, codes.ALLOW]
    assert during.verdict == codes.REFER
    assert [one.index for one in records] == [1, 2, 3]
    first, between, last = persons = [one.person for one in records]
    assert None not in persons
    assert first == last
    # Set back it is the same day all the same: no second key for it. Set forward it may be another day.
    assert (between == first) == (step_s < 0)


@pytest.mark.parametrize("ahead_s", [3600, DAY_S, YEAR_S])
def test_an_entry_of_a_list_does_not_end_because_the_clock_was_set_forward(station, ahead_s):
    """A quarantine until tonight, and a clock that says next year: whether it is over cannot be told."""
    pc = SetClock()
    clock = pc.station()
    keys = station.keys()
    with contextlib.closing(keys), contextlib.closing(Lists(station.data / "lists.db", keys)) as lists:
        lists.add("quarantine", [resident_number(1).encode()], int(pc.wall_s) + 1800, "")
        assert lists.of(resident_number(1).encode(), clock.now()) == {"quarantine"}
        pc.wall_s += ahead_s
        assert lists.of(resident_number(1).encode(), clock.now()) is None
        assert lists.of(resident_number(2).encode(), clock.now()) == frozenset()
        pc.wall_s -= ahead_s
        assert lists.of(resident_number(1).encode(), clock.now()) == {"quarantine"}
        pc.pass_s(1801)
        assert lists.of(resident_number(1).encode(), clock.now()) == frozenset()
        pc.wall_s -= ahead_s
        assert lists.of(resident_number(1).encode(), clock.now()) is None


@pytest.fixture
def answers(tmp_path):
    with contextlib.closing(Answers(tmp_path / "answers.db", KEY)) as opened:
        yield opened


def test_what_a_platform_told_while_the_clock_was_ahead_does_not_outlast_what_it_tells_now(answers):
    """A green of "next year" would else be the youngest answer for a year, and the red after it never be kept."""
    number, now_s = resident_number(1).encode(), int(time.time())
    pc = SetClock(now_s + YEAR_S)
    keeper = Keeper(answers, 3 * DAY_S, pytest.fail, lambda: pc.wall_s, keep_red_s=30 * DAY_S)
    keeper.take("city", codes.CARD_RESIDENT, number, Status(Outcome.GREEN, now_s, "city", fetched_s=int(pc.wall_s)))
    keeper.write()
    pc.wall_s = now_s
    keeper.take("city", codes.CARD_RESIDENT, number, Status(Outcome.RED, now_s, "city", fetched_s=now_s))
    keeper.write()

    (kept,) = answers.of(answers.pseudonym(codes.CARD_RESIDENT, number))
    assert kept.outcome is Outcome.RED


def test_a_red_that_a_platform_told_is_not_forgotten_because_the_clock_was_set_forward(answers):
    """When the clock is right again it counts as before."""
    number, pc = resident_number(1).encode(), SetClock()
    clock = pc.station()
    keeper = Keeper(
        answers, 3 * DAY_S, pytest.fail, clock.unix_s, lambda: clock.now().earliest_s(), keep_red_s=30 * DAY_S
    )
    red = Status(Outcome.RED, clock.unix_s(), "city", fetched_s=clock.unix_s())
    keeper.take("city", codes.CARD_RESIDENT, number, red)
    pc.wall_s += YEAR_S
    keeper.write()
    keeper.write()

    assert answers.of(answers.pseudonym(codes.CARD_RESIDENT, number)) == [red]


def test_an_import_under_a_clock_that_was_set_back_is_refused_and_says_which_time_has_not_come(tmp_path):
    """And one under a clock that is ahead keeps the file's own times: what comes later still replaces it."""
    now = datetime.datetime(2026, 3, 2, 8, 0, tzinfo=datetime.UTC)
    file, path = tmp_path / "people.csv", tmp_path / "register.db"
    day = datetime.timedelta(days=1)

    def imported(colour, set_at, clock):
        file.write_text(f"number,colour,updated\n{resident_number(1)},{colour},{set_at.isoformat()}\n")
        with contextlib.closing(Register(path, KEY)) as register:
            CsvImport(file, KEY, "city", clock).run(register, lambda _bytes: None)
            return register.look_up(resident_number(1).encode()).outcome

    assert imported("green", now, now + 365 * day) is Outcome.GREEN
    assert imported("red", now + day / 2, now + day) is Outcome.RED
    with pytest.raises(ImportRefused) as refused:
        imported("green", now + day, now)
    assert refused.value.bad[0].what == "updated: this time has not come yet"


def test_a_station_that_starts_with_its_clock_a_day_back_makes_nothing_young_and_says_so(
    station, start, new_pty, bench_gate, number_of
):
    """As after a battery died: the ledger knows that it was later already. Told that the clock is right, it serves."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()
    with contextlib.closing(Ledger(station.data / "ledger.db")) as ledger:
        ledger.commit(replace(entry(1, "lane 9"), heard_s=int(time.time()) + DAY_S))
    config = station.write_config(tty.name)

    house = start("run", "--config", config)
    house.until_said("behind the time at which this station ran last")
    gate = bench_gate(keys, tty.fd).bring_up()
    behind = gate.tap(number_of(1))
    gate.report(1, codes.REPORT_NOT_OPENED, 1, 0)
    gate.until(lambda: gate.got(Cursor)[-1].index == 1)
    assert house.end() == 0
    again = start("run", "--config", config, "--clock-is-right")
    right = bench_gate(keys, tty.fd, boot=2).bring_up().tap(number_of(1))

    assert "Check its time synchronisation" in house.said
    assert (behind.verdict, right.verdict) == (codes.REFER, codes.ALLOW)
    assert again.end() == 0
    assert "behind the time" not in again.said
