"""How loud signs speak at which time of day, and that the gates are told."""

import asyncio
import datetime

import pytest
from gatehouse import app
from gatehouse.clock import StationClock
from gatehouse.settings import SignSettings, load
from gatelink import codes
from gatelink.house_to_gate import Cursor, Signs

DAY = '[[signs.volume]]\nat = "22:30"\nlevel = 8\n[[signs.volume]]\nat = "06:00"\nlevel = 24\n'


def minute(text):
    return int(text[:2]) * 60 + int(text[3:])


@pytest.fixture
def signs(tmp_path):
    """Two volumes, written in another order than they come in."""
    path = tmp_path / "gatehouse.toml"
    store = '[store]\ndata = "data"\nkeys = "keys.db"\n[[port]]\nurl = "loop://"\n'
    path.write_text(f'{store}[signs]\nlanguage = "zh"\n{DAY}', encoding="utf-8")
    return load(path).signs


@pytest.mark.parametrize(
    ("at", "level"),
    [("00:00", 8), ("05:59", 8), ("06:00", 24), ("12:00", 24), ("22:29", 24), ("22:30", 8), ("23:59", 8)],
)
def test_each_time_of_day_has_its_volume(signs, at, level):
    """The last one of a day goes on after midnight."""
    assert signs.message(minute(at)).to_array() == [Signs.KIND, level, codes.LANGUAGE_CHINESE]


def test_without_a_table_both_languages_are_spoken_at_one_volume():
    """The gate's own usual values."""
    assert {tuple(SignSettings().message(at).to_array()[1:]) for at in range(1440)} == {(20, codes.LANGUAGE_BOTH)}


class Wall:
    """A wall clock at the station that a test sets."""

    def __init__(self, text):
        self.set(text)

    def set(self, text):
        self.now_s = datetime.datetime.fromisoformat(f"2026-03-01T{text}:00").astimezone().timestamp()

    def __call__(self):
        return self.now_s


def test_a_gate_is_told_when_it_comes_up_and_when_another_volume_begins(
    running, station, new_pty, bench_gate, signs, monkeypatch
):
    """Once each."""
    monkeypatch.setattr(app, "CLOCK_LOOK_S", 0.01)
    keys, tty = station.enrol(), new_pty()
    wall = Wall("22:29")

    async def story():
        async with running(station, StationClock(wall)) as run:
            run.house._signs = signs
            line = run.line(tty.name)
            gate = bench_gate(keys, tty.fd)
            await asyncio.to_thread(gate.bring_up)
            await asyncio.to_thread(gate.until, lambda: gate.got(Cursor))
            watching = asyncio.create_task(app.watch_signs(run.house, [line]))
            await asyncio.sleep(0.05)
            wall.set("22:30")
            await asyncio.to_thread(gate.until, lambda: len(gate.got(Signs)) > 1)
            wall.set("22:31")
            await asyncio.sleep(0.05)
            watching.cancel()
            return [one.volume for one in gate.got(Signs)]

    assert asyncio.run(story()) == [24, 8]
