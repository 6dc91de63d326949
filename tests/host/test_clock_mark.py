"""A PC that starts with a clock older than the station's last run: no old status gets young by that."""

import contextlib
import time

import pytest
from gatehouse import clock_mark
from gatehouse.answering import Answering
from gatehouse.clock import StationClock
from gatehouse.lists import StationLists
from gatehouse.lookup.lookup import Lookup
from gatehouse.rules.book import RuleBook
from gatehouse.rules.usual import usual
from gatehouse.status import Colour
from gatelink import codes
from gatelink.gate_to_house import Tap

MONTH_S = 30 * 86400
RULES = RuleBook.fixed(usual(86400, 120, codes.REFER, codes.DENY))


@pytest.fixture
def ask(station, number_of):
    """Answers for one whose green is a month old."""
    station.know((number_of(1), Colour.GREEN, MONTH_S))
    with contextlib.closing(station.keys()) as keys, contextlib.closing(station.register()) as register:
        lists = StationLists(station.data / "lists.db", keys)
        answering = Answering(Lookup(register), keys, RULES, lists, 1500)

        def asked(clock):
            tap = Tap(1, 1, codes.CARD_RESIDENT, number_of(1).encode(), 0, 5, 0)
            verdict = answering.answer(b"GATE-A1.", tap, clock.now()).verdict
            return verdict.verdict, verdict.reason

        yield asked
        lists.close()


def test_a_green_of_a_month_ago_stays_old_under_a_clock_that_lost_the_month(ask):
    """Without the mark it would be as fresh as on its first day."""
    slow = {"wall": lambda: time.time() - MONTH_S, "monotonic": time.monotonic}
    assert ask(StationClock(**slow)) == (codes.ALLOW, codes.REASON_GREEN)
    assert ask(StationClock(**slow, sure_s=time.time())) == (codes.REFER, codes.REASON_STATUS_EXPIRED)


def test_under_a_clock_that_is_behind_no_green_is_believed(ask, station, number_of):
    """Also not one that would be fresh by either time; and it is, once the clock is right."""
    station.know((number_of(1), Colour.GREEN, 300))
    behind_s = [600.0]
    clock = StationClock(lambda: time.time() - behind_s[0], time.monotonic, sure_s=time.time())
    assert ask(clock)[0] == codes.REFER
    behind_s[0] = 0.0
    assert ask(clock) == (codes.ALLOW, codes.REASON_GREEN)


def test_what_the_clock_alone_jumped_ahead_by_is_not_sure():
    """Or one wrong setting would keep the station from serving after it was put right."""
    ahead_s = [0.0]
    clock = StationClock(lambda: time.time() + ahead_s[0], time.monotonic)
    ahead_s[0] = MONTH_S
    assert clock.sure_s() == pytest.approx(time.time(), abs=5)


@pytest.mark.parametrize("content", [b"", b"x", b"-5\n", b"1" * 40, b"1790000000", b"1e9\n", b"\xff\n", b"1\n2\n"])
def test_what_is_no_mark_is_none(tmp_path, content):
    """A file that was cut, or that somebody has written."""
    mark = tmp_path / "clock"
    mark.write_bytes(content)
    assert clock_mark.read(mark) == 0
    mark.unlink()
    assert clock_mark.read(mark) == 0
    clock_mark.write(mark, 1_790_000_000)
    assert clock_mark.read(mark) == 1_790_000_000
    assert mark.stat().st_mode & 0o777 == 0o600


def test_a_gatehouse_tells_that_its_clock_is_behind_and_can_be_told_that_it_is_not(station, start):
    """The time is kept while it serves; a mark of next month is what a run under a wrong clock leaves."""
    station.enrol()
    station.write_config("loop://")
    mark = clock_mark.path_in(station.data)
    house = start("run", "--config", station.config)
    house.until_said("serving ports: 1")
    assert house.end() == 0
    assert clock_mark.read(mark) == pytest.approx(time.time(), abs=60)

    clock_mark.write(mark, int(time.time()) + MONTH_S)
    for more, told in (([], True), ([], True), (["--clock-is-right"], False), ([], False)):
        house = start("run", "--config", station.config, *more)
        house.until_said("serving ports: 1")
        assert house.end() == 0
        assert ("every green goes to staff" in house.said) == told, more


def test_a_mark_that_cannot_be_written_is_told(station, start):
    """The lanes are served all the same."""
    station.enrol()
    station.write_config("loop://")
    station.data.mkdir(exist_ok=True)
    (station.data / "clock.new").mkdir()
    house = start("run", "--config", station.config)
    house.until_said("a wrong clock would not be noticed")
    house.until_said("serving ports: 1")
    assert house.end() == 0
