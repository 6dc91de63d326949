"""The register at size, at a small one: every way is measured, and its section says what was found."""

import datetime

import pytest
from gatehouse.card_number import check_number

from tests.bench.register import chapter, measure, people
from tests.bench.register.measure import AtSize, Trial


def trial(seconds, memory_mb=600.0):
    return Trial(10_000_000, seconds, seconds, memory_mb)


def run(load=20.0, beside_ms=(0.05,) * 99 + (0.9,), memory_mb=600.0):
    csv = trial(40.0, memory_mb)
    return AtSize(10_000_000, trial(15.0), trial(load), csv, csv, [0.05], list(beside_ms), 40.9, 802.0)


def test_all_of_it_is_measured(tmp_path, monkeypatch):
    """Real processes; lookups that find nobody, or an import that loses somebody, would end it."""
    monkeypatch.setattr(measure, "QUIET_S", 0.2)
    told = []
    found = measure.measure(300, tmp_path / "build", told.append)

    assert all(one.people == 300 and one.seconds > 0 for one in (found.bare, found.load, found.csv, found.again))
    assert found.quiet_ms
    assert found.beside_ms
    assert found.bytes_per_person > 30
    assert 5 < found.csv.memory_mb < 2000
    assert list((tmp_path / "build").iterdir()) == []
    text = chapter.section(found)
    assert text.startswith(chapter.HEADING)
    assert "--only register --people 300" in text


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({}, []),
        ({"load": 25.1}, [0]),
        ({"beside_ms": (0.05,) * 98 + (1.2, 1.2)}, [1]),
        ({"beside_ms": ()}, [1]),
        ({"memory_mb": 2100.0}, [2]),
    ],
)
def test_a_bar_is_met_or_missed(changes, missed):
    """60 % of bare, 1 ms, 2 GB."""
    assert [nth for nth, bar in enumerate(chapter.bars(run(**changes))) if not bar.met] == missed


def test_people_are_different_and_can_exist():
    """Also where there are more than one region has."""
    some = list(people.numbers(2000))
    for number in (*some, people.number(35_000_000, ["19300101"] * people.BIRTHS)):
        check_number(number.encode(), datetime.date(2026, 1, 1))
    assert len(set(some)) == 2000
